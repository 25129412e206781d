"""What upstreams answered, for as long as it is true: a bounded cache of message bodies.

An entry holds everything behind the question, without OPT, and where its TTLs stand. Names in
it point back to the question, whose length is part of the key, so a body fits every client's
spelling of the name. Positive answers live for their smallest TTL, negative ones as their SOA
says (RFC 2308 5), failures two seconds (RFC 9520 3.2).

One thread puts, any thread gets; a get changes nothing but the entry's time of last use, so no
lock is needed. When the cache is full, the put that finds it so drops what has expired and then
the tenth that was not used for longest.
"""

from __future__ import annotations

import math
import struct
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from hornbook.node.dns import rdata, wire

MAX_ENTRIES = 50_000
MAX_AGE = 86_400  # seconds
MAX_NEGATIVE_AGE = 3_600
STALE_AGE = 86_400  # seconds behind its end for which an answer is better than none (RFC 8767)
STALE_TTL = 30  # seconds that such an answer is kept, here and by clients (RFC 8767 4 and 5)
FAILURE_AGE = 2
RENEWABLE = 10  # seconds: a shorter life is over before it pays to renew it
RENEW_AFTER = 0.9  # of an answer's life: who asks then makes it be fetched anew (prefetch)
MAX_TTL = 300  # seconds that a client may keep an answer: how soon a new rule is felt

Key = tuple[bytes, int, bool, bool]


def key_of(query: wire.Query) -> Key:
    """Name, type, and the flags that change an answer (DO, CD)."""
    return query.name.lower(), query.qtype, query.do, bool(query.flags & wire.CD)


@dataclass(slots=True)
class Entry:
    """One answer. ``ttls`` are (offset into body, seconds); ``ede`` is sent with ``words``.

    ``targets`` are the names that it leads to, in wire form: each must be judged as well.
    """

    rcode: int
    counts: tuple[int, int, int]
    body: bytes
    ttls: tuple[tuple[int, int], ...]
    stored: float
    expires: float
    ede: int | None = None
    words: str = ""
    targets: tuple[bytes, ...] = ()
    authentic: bool = False  # the upstream says that it has validated the answer (AD)
    renew_at: float = math.inf  # when whoever asks makes it be fetched anew, before it ends
    ended: float | None = None  # when it really expired, for a stale answer
    used: float = 0.0
    _aged: tuple[int, bytes] = field(default=(-1, b""))

    def reply(self, query: wire.Query, now: float, ttl_limit: int = MAX_TTL) -> bytes:
        """The whole reply for one client, TTLs counted down, TC when it is too large for it."""
        opt, question = self.opt(query), query.question
        if 12 + len(question) + len(self.body) + len(opt) > query.limit:
            return wire.truncated(query)
        body = self.body_at(int(now - self.stored), ttl_limit)
        return self.head(query) + question + body + opt

    def head(self, query: wire.Query) -> bytes:
        answers, authorities, additionals = self.counts
        extra = wire.AD if self.authentic and query.wants_ad else 0
        return wire.head(
            query, self.rcode, answers, authorities, additionals + int(query.edns), extra
        )

    def opt(self, query: wire.Query) -> bytes:
        return wire.opt_record(query.do, self.ede, self.words) if query.edns else b""

    def body_at(self, age: int, limit: int) -> bytes:
        """The body ``age`` seconds after it was stored, no TTL above ``limit``."""
        mark = age << 16 | limit
        known, body = self._aged
        if known != mark:
            aged = bytearray(self.body)
            for offset, ttl in self.ttls:
                struct.pack_into("!I", aged, offset, max(0, min(ttl - age, limit)))
            body = bytes(aged)
            self._aged = (mark, body)
        return body


class Cache:
    """Entries by key. ``hits`` and ``misses`` count the gets.

    ``renew`` is called with the key of an answer that is still asked for and will soon end.
    """

    def __init__(self, limit: int = MAX_ENTRIES) -> None:
        self._limit = limit
        self.renew: Callable[[Key], None] | None = None
        self.before_room: list[Callable[[], None]] = []  # who knows more of when entries were used
        self._entries: dict[Key, Entry] = {}
        self.hits = 0
        self.misses = 0

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: Key, now: float) -> Entry | None:
        entry = self._entries.get(key)
        if entry is None or entry.expires <= now:
            self.misses += 1
            return None
        entry.used = now
        self.hits += 1
        if now >= entry.renew_at and self.renew is not None:
            entry.renew_at = math.inf  # once
            self.renew(key)
        return entry

    def stale(self, key: Key, now: float) -> Entry | None:
        """What was true less than a day ago, for when nobody can be asked (RFC 8767); EDE 3."""
        entry = self._entries.get(key)
        if entry is None or entry.rcode not in (wire.NOERROR, wire.NXDOMAIN):
            return None
        ended = entry.expires if entry.ended is None else entry.ended
        if now >= ended + STALE_AGE:
            return None
        return replace(
            entry,
            ttls=tuple((offset, STALE_TTL) for offset, _ in entry.ttls),
            stored=now,
            expires=now + STALE_TTL,
            ede=wire.EDE_STALE if entry.ede is None else entry.ede,
            ended=ended,
            authentic=False,
            renew_at=math.inf,
            _aged=(-1, b""),
        )

    def put(self, key: Key, entry: Entry) -> None:
        """Keep an entry that is still true; only the forwarder's thread calls this."""
        if entry.expires <= entry.stored:
            return
        entry.used = entry.stored
        if len(self._entries) >= self._limit:
            self._make_room(entry.stored)
        self._entries[key] = entry

    def _make_room(self, now: float) -> None:
        for tell in self.before_room:
            tell()
        by_use = sorted((entry.used, key) for key, entry in self._entries.items())
        spare = max(1, self._limit // 10)
        for place, (_, key) in enumerate(by_use):
            if place < spare or self._entries[key].expires <= now:
                del self._entries[key]


def failure(ede: int | None = wire.EDE_NO_AUTHORITY) -> Entry:
    """SERVFAIL, kept for a moment so that a dead upstream is not asked for every packet."""
    now = time.monotonic()
    return Entry(wire.SERVFAIL, (0, 0, 0), b"", (), now, now + FAILURE_AGE, ede)


@dataclass(frozen=True, slots=True)
class Record:
    """Where one record of a message stands: offsets from the message's begin."""

    section: int  # 1 answer, 2 authority, 3 additional
    rtype: int
    start: int
    ttl_at: int
    ttl: int
    data: int
    end: int


def read_response(message: bytes, question: bytes) -> Entry:
    """The entry that an upstream's reply to ``question`` makes, dated now.

    Raises BadMessage for a reply that cannot be read to its end. The caller has compared id
    and question.
    """
    _, flags, _, *counts = wire.HEADER.unpack_from(message)
    start = 12 + len(question)
    try:
        records = read_records(message, start, counts)
    except struct.error as error:
        raise wire.BadMessage from error
    for record in records:
        _check(message, record)
    kept = [record for record in records if record.rtype != wire.OPT]
    opt = next((record for record in records if record.rtype == wire.OPT), None)
    if opt:  # usually the last; what stands behind it is additional and may be left out
        kept = [record for record in kept if record.end <= opt.start]
    end = kept[-1].end if kept else start
    rcode = flags & 15
    now = time.monotonic()
    lifetime = _lifetime(message, rcode, kept)
    return Entry(
        rcode,
        (_count(kept, 1), _count(kept, 2), _count(kept, 3)),
        message[start:end],
        tuple((record.ttl_at - start, record.ttl) for record in kept),
        now,
        now + lifetime,
        authentic=bool(flags & wire.AD),
        renew_at=now + lifetime * RENEW_AFTER if lifetime >= RENEWABLE else math.inf,
    )


def read_records(message: bytes, at: int, counts: Sequence[int]) -> list[Record]:
    """All records from ``at`` on. Raises BadMessage or struct.error where they end too early."""
    records: list[Record] = []
    for section, count in enumerate(counts, 1):
        for _ in range(count):
            start, at = at, wire.skip_name(message, at)
            rtype, _, ttl, length = wire.RECORD.unpack_from(message, at)
            data = at + wire.RECORD.size
            if data + length > len(message):
                raise wire.BadMessage
            ttl = ttl if ttl < 1 << 31 else 0  # RFC 2181 8
            records.append(Record(section, rtype, start, at + 4, ttl, data, data + length))
            at = data + length
    return records


def _check(message: bytes, record: Record) -> None:
    """Raises BadMessage for names and data that no client could read."""
    wire.read_name(message, record.start)
    rdata.check(message, record.rtype, record.data, record.end)


def _count(records: list[Record], section: int) -> int:
    return sum(record.section == section for record in records)


def _lifetime(message: bytes, rcode: int, records: list[Record]) -> int:
    """Seconds that an answer may be kept; 0 for what must not be."""
    if rcode not in (wire.NOERROR, wire.NXDOMAIN):
        return FAILURE_AGE
    ttls = [record.ttl for record in records if record.section == 1]
    positive = rcode == wire.NOERROR and bool(ttls)
    if positive:
        return min(MAX_AGE, *ttls)
    soa = next((r for r in records if r.section == 2 and r.rtype == wire.SOA), None)
    if soa is None or soa.end - soa.data < 22:
        return 0
    minimum = int.from_bytes(message[soa.end - 4 : soa.end], "big")
    return min(soa.ttl, minimum, MAX_NEGATIVE_AGE, *ttls)
