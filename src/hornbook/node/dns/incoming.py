"""What upstreams answer, checked before it is kept: one reading for every answer.

* An address of a private network under a public name is an attack (DNS rebinding) or a mistake:
  the answer has no data then, unless the name is under a suffix that the district calls private.
* SVCB and HTTPS records are cut to what the network lets through (``svcb.py``).
* The names that an answer leads to (CNAME, DNAME, SVCB) are kept with it, so that each can be
  judged for whoever asks (``desk.py``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from ipaddress import IPv6Address, ip_address, ip_network

from hornbook.instance import InstanceError, Settings
from hornbook.kernel.names import BadName, normalise, to_wire
from hornbook.node.dns import svcb, wire
from hornbook.node.dns.cache import Entry, Record, read_records, read_response

MAX_TARGETS = 16  # names that one answer may lead to; longer chains are lame or hostile
PRIVATE = "a private address for a public name"
# RFC 1918, 4193, 6598, 6890
_PRIVATE_NETWORKS = tuple(
    map(
        ip_network,
        (
            "0.0.0.0/8",
            "10.0.0.0/8",
            "100.64.0.0/10",
            "127.0.0.0/8",
            "169.254.0.0/16",
            "172.16.0.0/12",
            "192.168.0.0/16",
            "::/127",
            "fc00::/7",
            "fe80::/10",
        ),
    )
)
# Never public names (RFC 6761, 6762, 8375; "internal" by ICANN's resolution 2024.07.29.06)
_NEVER_PUBLIC = tuple(map(to_wire, ("home.arpa", "internal", "lan", "local", "localhost")))
_SERVICES = (wire.SVCB, wire.HTTPS)


def is_private(address: bytes) -> bool:
    """Whether 4 or 16 octets are an address that no public name has."""
    found = ip_address(address)
    if isinstance(found, IPv6Address) and found.ipv4_mapped:
        found = found.ipv4_mapped
    return any(found in network for network in _PRIVATE_NETWORKS)


@dataclass(frozen=True)
class Checks:
    """How answers are checked. ``private_suffixes`` are names in wire form."""

    private_suffixes: Sequence[bytes] = ()
    quic_closed: bool = True

    def read(self, message: bytes, question: bytes) -> Entry:
        """The entry that an upstream's reply makes. Raises BadMessage for what cannot be read."""
        entry = read_response(message, question)
        _, _, _, *counts = wire.HEADER.unpack_from(message)
        records = read_records(message, 12 + len(question), counts)
        answers = [record for record in records if record.section == 1]
        if any(record.rtype in _SERVICES for record in answers):
            message = self._with_cut_services(message, question, answers)
            entry = read_response(message, question)
            entry.authentic = False  # these are not the records that were validated
            answers = read_records(message, 12 + len(question), (entry.counts[0],))
        if self._is_rebound(message, question, answers):
            return replace(
                entry,
                counts=(0, 0, 0),
                body=b"",
                ttls=(),
                ede=wire.EDE_BLOCKED,
                words=PRIVATE,
                authentic=False,
            )
        entry.targets = tuple(dict.fromkeys(_targets(message, answers)))
        if len(entry.targets) > MAX_TARGETS:
            raise wire.BadMessage
        return entry

    def _is_rebound(self, message: bytes, question: bytes, answers: list[Record]) -> bool:
        addresses = (
            message[record.data : record.end]
            for record in answers
            if (record.rtype, record.end - record.data) in ((wire.A, 4), (wire.AAAA, 16))
        )
        return any(map(is_private, addresses)) and not self._may_be_private(question[:-4])

    def _may_be_private(self, name: bytes) -> bool:
        suffixes = (*_NEVER_PUBLIC, *self.private_suffixes)
        return any(wire.is_under(name.lower(), suffix) for suffix in suffixes)

    def _with_cut_services(self, message: bytes, question: bytes, answers: list[Record]) -> bytes:
        """The reply with its answers alone, without signatures: they do not fit any more."""
        private = self._may_be_private(question[:-4])
        kept = [
            body
            for record in answers
            if (body := self._service(message, record, private)) is not None
        ]
        _, flags, *_ = wire.HEADER.unpack_from(message)
        head = wire.HEADER.pack(int.from_bytes(message[:2], "big"), flags, 1, len(kept), 0, 0)
        return head + question + b"".join(kept)

    def _service(self, message: bytes, record: Record, private: bool) -> bytes | None:
        """One record without compression; None for a kind that is left out."""
        data = message[record.data : record.end]
        if record.rtype in (wire.CNAME, wire.DNAME):
            data = wire.read_name(message, record.data)
        elif record.rtype in _SERVICES:
            found = self._cut(message, record, private)
            if found is None:
                return None
            data = found
        else:
            return None
        owner = wire.read_name(message, record.start)
        return owner + wire.RECORD.pack(record.rtype, wire.IN, record.ttl, len(data)) + data

    def _cut(self, message: bytes, record: Record, private: bool) -> bytes | None:
        end = _service_end(message, record)
        params = svcb.cut(
            message[end : record.end],
            quic_closed=self.quic_closed,
            is_private=(lambda _: False) if private else is_private,
        )
        return None if params is None else message[record.data : end] + params


def checks_of(settings: Settings) -> Checks:
    """The checks that the settings ask for. Raises InstanceError for a suffix that is no name."""
    try:
        names = [to_wire(normalise(text)) for text in settings.private_suffixes]
    except BadName as error:
        raise InstanceError(
            f"“private_suffixes” in instance.json holds what is no name: {error}. "
            "Write names such as “school.example”."
        ) from error
    return Checks(tuple(names), settings.quic_closed)


def _targets(message: bytes, answers: list[Record]) -> list[bytes]:
    found = []
    for record in answers:
        if record.rtype in (wire.CNAME, wire.DNAME):
            found.append(wire.read_name(message, record.data))
        elif record.rtype in _SERVICES:
            found.append(message[record.data + 2 : _service_end(message, record)].lower())
    return [name for name in found if name != b"\0"]


def _service_end(message: bytes, record: Record) -> int:
    """The offset behind the target of an SVCB record, which is never compressed."""
    at = record.data + 2
    while at < record.end and message[at]:
        if message[at] > 63:
            raise wire.BadMessage
        at += message[at] + 1
    if at >= record.end or at - record.data > 256:
        raise wire.BadMessage
    return at + 1
