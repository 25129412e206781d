"""Whether what an upstream calls a record can be one: the shape of its data, type by type.

What no client could read is not kept and handed on (RFC 3597 lets unknown types pass as they
are; of known ones a lying or broken upstream must not reach a client's parser).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from hornbook.node.dns import wire

NAME, PLAIN, TEXT, FILLED = "name", "plain", "text", "filled"
TEXTS, REST, BITMAP = "texts", "rest", "bitmap"
Part = int | str  # so many octets, or one of the words above

#: Type → its parts, in order (RFC 1035 3.3, 1183, 2230, 2782, 3596, 4034, 5155, 6672, 6698,
#: 6742, 7043, 7344, 7553, 7929, 8162, 8659).
SHAPES: Mapping[int, tuple[Part, ...]] = {
    wire.A: (4,),
    2: (NAME,),  # NS
    wire.CNAME: (NAME,),
    wire.SOA: (NAME, NAME, 20),
    12: (NAME,),  # PTR
    13: (TEXT, TEXT),  # HINFO
    15: (2, NAME),  # MX
    16: (TEXTS,),  # TXT
    17: (NAME, NAME),  # RP
    18: (2, NAME),  # AFSDB
    wire.AAAA: (16,),
    33: (6, NAME),  # SRV
    35: (4, TEXT, TEXT, TEXT, NAME),  # NAPTR
    36: (2, PLAIN),  # KX
    wire.DNAME: (PLAIN,),
    43: (4, REST),  # DS
    44: (2, REST),  # SSHFP
    46: (18, PLAIN, REST),  # RRSIG
    47: (PLAIN, BITMAP),  # NSEC
    48: (4, REST),  # DNSKEY
    50: (4, TEXT, FILLED, BITMAP),  # NSEC3: salt and hash are written as texts are
    51: (4, TEXT),  # NSEC3PARAM
    52: (3, REST),  # TLSA
    53: (3, REST),  # SMIMEA
    59: (4, REST),  # CDS
    60: (4, REST),  # CDNSKEY
    61: (REST,),  # OPENPGPKEY
    99: (TEXTS,),  # SPF
    104: (10,),  # NID
    105: (6,),  # L32
    106: (10,),  # L64
    107: (2, PLAIN),  # LP
    108: (6,),  # EUI48
    109: (8,),  # EUI64
    256: (4, REST),  # URI
    257: (1, TEXT, REST),  # CAA
}


def check(message: bytes, rtype: int, at: int, end: int) -> None:
    """Raises BadMessage where the octets from ``at`` to ``end`` are no data of that type."""
    shape = SHAPES.get(rtype)
    if shape is None:
        return
    for part in shape:
        at = at + part if isinstance(part, int) else _READERS[part](message, at, end)
        if at > end:
            raise wire.BadMessage
    if at != end:
        raise wire.BadMessage


def _name(message: bytes, at: int, end: int) -> int:
    wire.read_name(message, at)
    return wire.skip_name(message, at)


def _plain(message: bytes, at: int, end: int) -> int:
    """A name that must not be compressed (RFC 3597 section 4, RFC 4034)."""
    after = _name(message, at, end)
    if after - at != len(wire.read_name(message, at)):
        raise wire.BadMessage
    return after


def _text(message: bytes, at: int, end: int) -> int:
    """One character-string: an octet of length, and so many (RFC 1035 3.3)."""
    if at >= end:
        raise wire.BadMessage
    return at + 1 + message[at]


def _filled(message: bytes, at: int, end: int) -> int:
    if at < end and not message[at]:
        raise wire.BadMessage
    return _text(message, at, end)


def _texts(message: bytes, at: int, end: int) -> int:
    at = _text(message, at, end)
    while at < end:
        at = _text(message, at, end)
    return at


def _rest(message: bytes, at: int, end: int) -> int:
    if at >= end:
        raise wire.BadMessage
    return end


def _bitmap(message: bytes, at: int, end: int) -> int:
    """Windows of types in rising order, 1 to 32 octets without a last zero (RFC 4034 4.1.2)."""
    window = -1
    while at < end:
        if at + 2 > end or message[at] <= window or not 1 <= message[at + 1] <= 32:
            raise wire.BadMessage
        window, at = message[at], at + 2 + message[at + 1]
        if at > end or not message[at - 1]:
            raise wire.BadMessage
    return at


_READERS: Mapping[str, Callable[[bytes, int, int], int]] = {
    NAME: _name,
    PLAIN: _plain,
    TEXT: _text,
    FILLED: _filled,
    TEXTS: _texts,
    REST: _rest,
    BITMAP: _bitmap,
}
