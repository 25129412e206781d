"""DNS messages, one at a time: the strict reading that every odd packet gets.

The compiled reading (``reading.py``) recognises the plain questions that nearly all packets are.
Whatever it does not recognise comes here. Nothing here raises anything but ``Refusal``, and
no refusal is larger than the packet that it answers, so that the server is no amplifier.

Layouts: RFC 1035 4.1 (messages), RFC 6891 (EDNS), RFC 8914 (extended errors).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any

HEADER = struct.Struct("!HHHHHH")
WORDS = struct.Struct("!HH")
RECORD = struct.Struct("!HHIH")  # type, class, TTL, RDLENGTH

NOERROR, FORMERR, SERVFAIL, NXDOMAIN, NOTIMP, REFUSED = range(6)
BADVERS = 16

A, CNAME, SOA, AAAA, DNAME, OPT, SVCB, HTTPS = 1, 5, 6, 28, 39, 41, 64, 65
IXFR, AXFR, ANY = 251, 252, 255
IN = 1

QR, AA, TC, RD = 0x8000, 0x0400, 0x0200, 0x0100
RA, AD, CD = 0x0080, 0x0020, 0x0010
OPCODE = 0x7800
DO = 0x8000
KEPT = OPCODE | RD | CD  # what a reply repeats of the question's flags

SMALLEST_UDP = 512  # RFC 1035 2.3.4: what every client can take
LARGEST_UDP = 1232  # never fragmented on any usual path (DNS flag day 2020)
LARGEST_TCP = 65535
EDE, COOKIE = 15, 10  # EDNS option codes, RFC 8914 and 7873

# INFO-CODEs of RFC 8914, 4
EDE_STALE, EDE_FORGED, EDE_NOT_READY, EDE_BLOCKED, EDE_NO_AUTHORITY = 3, 4, 14, 15, 22


class Refusal(Exception):
    """A packet that gets no judgement. ``reply`` is what is sent back; empty: nothing."""

    def __init__(self, reply: bytes = b"") -> None:
        super().__init__()
        self.reply = reply


class BadMessage(ValueError):
    """A message that ends too early, points forwards or is otherwise not a DNS message."""


@dataclass(slots=True)
class Query:
    """One question that can be judged: class IN, one name, no transfer, no ANY.

    ``end`` is the offset behind the name (of QTYPE); ``limit`` is the largest reply in bytes.
    ``row`` is set by whoever judged it (``desk.Row``): who asks, and what was judged.
    ``cookie`` is what the client sent (RFC 7873), ``own_cookie`` what it gets.
    """

    packet: bytes
    end: int
    qtype: int
    edns: bool
    do: bool
    limit: int
    row: Any = None
    cookie: bytes = b""
    own_cookie: bytes = b""

    @property
    def name(self) -> bytes:
        """The name in wire form, as it was sent (RFC 1035 3.1; the client's own case)."""
        return self.packet[12 : self.end]

    @property
    def question(self) -> bytes:
        """Name, type and class, byte for byte as they were sent."""
        return self.packet[12 : self.end + 4]

    @property
    def flags(self) -> int:
        return int.from_bytes(self.packet[2:4], "big")

    @property
    def wants_ad(self) -> bool:
        """Whether the client understands AD in a reply (RFC 6840 5.7 and 5.8)."""
        return self.do or bool(self.flags & AD)


def read_query(packet: bytes, *, stream: bool = False) -> Query:
    """Read one packet strictly. Raises Refusal with the reply for whatever is not a question."""
    if len(packet) < 12 or packet[2] & 0x80:
        raise Refusal
    _, flags, questions, answers, authorities, additionals = HEADER.unpack_from(packet)
    if flags & OPCODE:
        raise Refusal(_bare(packet, NOTIMP))
    try:
        if questions != 1:
            raise BadMessage
        end = _question_end(packet)
        qtype, qclass = WORDS.unpack_from(packet, end)
        if qclass != IN or qtype in (0, OPT) or 249 <= qtype <= 255:
            raise Refusal(_bare(packet, REFUSED))
        if answers or authorities:
            raise BadMessage
        edns = _read_additionals(packet, end + 4, additionals)
    except (BadMessage, struct.error):
        raise Refusal(_bare(packet, FORMERR)) from None
    if edns is None:
        return Query(packet, end, qtype, False, False, LARGEST_TCP if stream else SMALLEST_UDP)
    size, version, do, options = edns
    limit = LARGEST_TCP if stream else min(max(size, SMALLEST_UDP), LARGEST_UDP)
    query = Query(packet, end, qtype, True, do, limit)
    if options:
        query.cookie = option_in(options, COOKIE)
    if version:
        raise Refusal(reply(query, BADVERS))
    return query


def _question_end(packet: bytes) -> int:
    """The offset behind the question's name; a question has nothing before it to point to."""
    at = 12
    while packet[at : at + 1] and packet[at]:
        if packet[at] > 63:
            raise BadMessage
        at += packet[at] + 1
    if at - 12 > 254 or at + 5 > len(packet):
        raise BadMessage
    return at + 1


def skip_name(message: bytes, at: int) -> int:
    """The offset behind the name at ``at``, which may end in a pointer backwards."""
    while True:
        if at >= len(message):
            raise BadMessage
        length = message[at]
        if length == 0:
            return at + 1
        if length >= 0xC0:
            if at + 2 > len(message):
                raise BadMessage
            return at + 2
        if length > 63:
            raise BadMessage
        at += length + 1


def read_name(message: bytes, at: int) -> bytes:
    """The name at ``at``, lower case, without compression; pointers may only go backwards."""
    labels: list[bytes] = []
    size, before = 1, at
    while at < len(message) and message[at]:
        length = message[at]
        if length >= 0xC0:
            at = int.from_bytes(message[at : at + 2], "big") & 0x3FFF
            if not HEADER.size <= at < before:  # the header is another in our own reply
                raise BadMessage
            before = at
            continue
        size += length + 1
        if length > 63 or size > 255 or at + length >= len(message):
            raise BadMessage
        labels.append(message[at : at + length + 1].lower())
        at += length + 1
    if at >= len(message):
        raise BadMessage
    return b"".join(labels) + b"\0"


def is_under(name: bytes, suffix: bytes) -> bool:
    """Whether ``name`` is ``suffix`` or below it, label by label; both in wire form, one case."""
    if not name.endswith(suffix):
        return False
    at, begin = 0, len(name) - len(suffix)
    while at < begin:
        at += name[at] + 1
    return at == begin


def _read_additionals(packet: bytes, at: int, count: int) -> tuple[int, int, bool, bytes] | None:
    """(UDP size, version, DO, options) of the OPT record; None without one. Nothing follows."""
    found: tuple[int, int, bool, bytes] | None = None
    if count > 4:
        raise BadMessage
    for _ in range(count):
        owner = at
        at = skip_name(packet, at)
        rtype, size, ttl, length = RECORD.unpack_from(packet, at)
        at += RECORD.size + length
        if rtype == OPT:
            if found or packet[owner]:
                raise BadMessage
            found = size, ttl >> 16 & 0xFF, bool(ttl & DO), packet[at - length : at]
    if at != len(packet):
        raise BadMessage
    return found


def _bare(packet: bytes, rcode: int) -> bytes:
    """Twelve bytes: the header alone, never larger than what was asked."""
    flags = int.from_bytes(packet[2:4], "big") & KEPT | QR | RA | rcode
    return HEADER.pack(int.from_bytes(packet[:2], "big"), flags, 0, 0, 0, 0)


def reply(query: Query, rcode: int, ede: int | None = None, text: str = "") -> bytes:
    """A reply without records: header, question, and OPT when the client sent OPT."""
    opt = opt_record(query.do, ede, text, rcode >> 4) if query.edns else b""
    return head(query, rcode & 15, additionals=int(query.edns)) + query.question + opt


def option_in(options: bytes, wanted: int) -> bytes:
    """The first EDNS option of that code, empty where there is none that can be read."""
    at = 0
    while at + 4 <= len(options):
        code, length = WORDS.unpack_from(options, at)
        at += 4 + length
        if code == wanted and at <= len(options):
            return options[at - length : at]
    return b""


def with_option(message: bytes, code: int, value: bytes) -> bytes:
    """One of our replies with one more EDNS option; its OPT record, if any, is its last."""
    at = skip_name(message, 12) + 4
    for _ in range(sum(HEADER.unpack_from(message)[3:])):
        at = skip_name(message, at)
        rtype, _, _, length = RECORD.unpack_from(message, at)
        if rtype == OPT:
            longer: bytes = (length + 4 + len(value)).to_bytes(2, "big")
            option: bytes = WORDS.pack(code, len(value)) + value
            return message[: at + 8] + longer + message[at + 10 :] + option
        at += RECORD.size + length
    return message


def truncated(query: Query) -> bytes:
    """The reply that sends the client to TCP (RFC 2181 9)."""
    opt = opt_record(query.do) if query.edns else b""
    return head(query, NOERROR, additionals=int(query.edns), extra=TC) + query.question + opt


def head(
    query: Query,
    rcode: int,
    answers: int = 0,
    authorities: int = 0,
    additionals: int = 0,
    extra: int = 0,
) -> bytes:
    flags = query.flags & KEPT | QR | RA | rcode | extra
    mark = int.from_bytes(query.packet[:2], "big")
    return HEADER.pack(mark, flags, 1, answers, authorities, additionals)


def opt_record(do: bool, ede: int | None = None, text: str = "", high_rcode: int = 0) -> bytes:
    """An OPT record (RFC 6891 6.1.2), with an extended error (RFC 8914 2) when ``ede`` is one."""
    option = b""
    if ede is not None:
        words = text.encode("ascii", "replace")[:160]
        option = struct.pack("!HHH", EDE, 2 + len(words), ede) + words
    ttl = high_rcode << 24 | (DO if do else 0)
    return b"\0" + RECORD.pack(OPT, LARGEST_UDP, ttl, len(option)) + option
