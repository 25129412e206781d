"""Hosts that are answered as another one: SafeSearch, and YouTube's restricted modes.

The answer is a CNAME to the other name with that name's addresses, or an address that the
rulebook tells. Questions for anything but addresses have no data: an HTTPS record (RFC 9460) of
the host itself would lead around the other name.
"""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Iterator
from dataclasses import dataclass

from hornbook.kernel.names import is_ip_literal, to_wire
from hornbook.kernel.rulebook import Rulebook, Verdict
from hornbook.node.dns import wire
from hornbook.node.dns.cache import Entry, read_records
from hornbook.node.dns.tails import soa_record

UNREACHED = "the safe address of this site cannot be reached now"
MAX_ADDRESSES = 8  # so that the reply fits into every UDP packet that is asked for
_SIZES = {wire.A: 4, wire.AAAA: 16}
_POINTER = b"\xc0\x0c"


@dataclass(frozen=True, slots=True)
class Other:
    """What a host is answered as: ``name`` in wire form, or an ``address``; the other is empty."""

    verdict: Verdict
    name: bytes = b""
    address: bytes = b""


@dataclass(slots=True)
class Rewritten(wire.Query):
    """The client's question, asked upstream for the other name."""

    other: Other = Other(Verdict("rewrite"))

    @property
    def name(self) -> bytes:
        return self.other.name


class Rewrites:
    """All rewrites of one rulebook. Raises BadName for a target that is no name."""

    def __init__(self, rulebook: Rulebook) -> None:
        self._by_verdict = {
            number: dict(_read(verdict, rulebook.rewrites.get(verdict.target, {})))
            for number, verdict in enumerate(rulebook.verdicts)
            if verdict.answer == "rewrite"
        }

    def find(self, verdict: int, name: bytes) -> Other | None:
        """What ``name`` (wire form, lower case) is answered as; None when it is left alone."""
        hosts = self._by_verdict.get(verdict)
        return hosts.get(name) if hosts else None


def _read(verdict: Verdict, hosts: dict[str, str]) -> Iterator[tuple[bytes, Other]]:
    for host, target in hosts.items():
        if is_ip_literal(target):
            packed = ipaddress.ip_address(target).packed
            yield to_wire(host), Other(verdict, address=packed)
        else:
            yield to_wire(host), Other(verdict, name=to_wire(target))


def question_for(query: wire.Query, other: Other) -> Rewritten:
    """What must be asked upstream, so that ``answer`` can be made."""
    return Rewritten(
        query.packet,
        query.end,
        query.qtype,
        query.edns,
        query.do,
        query.limit,
        query.row,
        query.cookie,
        query.own_cookie,
        other,
    )


def needs_upstream(query: wire.Query, other: Other) -> bool:
    return bool(other.name) and query.qtype in _SIZES


def answer(query: wire.Query, other: Other, entry: Entry | None, url: str) -> Entry:
    """What the client is told; ``entry`` is what upstream said of the other name."""
    now, ttl = time.monotonic(), other.verdict.ttl
    if entry is None:
        mine = len(other.address) == _SIZES.get(query.qtype)
        found = [other.address] if mine else []
    elif entry.rcode != wire.NOERROR:
        failed = wire.SERVFAIL, (0, 0, 0), b"", (), now, entry.expires
        return Entry(*failed, wire.EDE_NO_AUTHORITY, UNREACHED)
    else:
        found = addresses(entry, query.qtype)
        ttl = min(ttl, max(0, int(entry.expires - now)))
    body, answers = _answers(query, other, found, ttl)
    rest, authorities = (b"", 0) if answers else (soa_record(ttl), 1)
    counts = (answers, authorities, 0)
    ttls = tuple((r.ttl_at, r.ttl) for r in read_records(body + rest, 0, counts))
    text = f"{other.verdict.clause.partition('@')[0]} see {url}".strip()
    told = wire.NOERROR, counts, body + rest, ttls, now, now + ttl
    return Entry(*told, other.verdict.ede, text)


def _answers(
    query: wire.Query, other: Other, addresses: list[bytes], ttl: int
) -> tuple[bytes, int]:
    """(records, how many). A CNAME comes first where there is another name to tell."""
    if query.qtype not in _SIZES:
        return b"", 0
    if not other.name:
        records = [_record(_POINTER, query.qtype, ttl, data) for data in addresses]
        return b"".join(records), len(records)
    place = 12 + len(query.question) + len(_POINTER) + wire.RECORD.size
    owner = (0xC000 | place).to_bytes(2, "big")
    records = [_record(_POINTER, wire.CNAME, ttl, other.name)]
    records += [_record(owner, query.qtype, ttl, data) for data in addresses]
    return b"".join(records), len(records)


def _record(owner: bytes, rtype: int, ttl: int, data: bytes) -> bytes:
    return owner + wire.RECORD.pack(rtype, wire.IN, ttl, len(data)) + data


def addresses(entry: Entry, qtype: int) -> list[bytes]:
    """The first addresses among the answers of an entry."""
    records = read_records(entry.body, 0, entry.counts)
    found = [
        entry.body[record.data : record.end]
        for record in records
        if record.section == 1 and record.rtype == qtype
    ]
    return [data for data in found if len(data) == _SIZES[qtype]][:MAX_ADDRESSES]
