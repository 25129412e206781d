"""One question at a time: for TCP, for odd packets, and for what the cache may hold.

The answers are the same as those of the compiled pass (``hot.py``), which uses the same tails.
"""

from __future__ import annotations

import ipaddress
import secrets
import time
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from hornbook.kernel.judge import One
from hornbook.kernel.seating import Seating
from hornbook.node.dns import cookies, discovery, wire
from hornbook.node.dns.cache import MAX_TTL, Cache, Entry, key_of
from hornbook.node.dns.chain import blocked_target
from hornbook.node.dns.columns import I64
from hornbook.node.dns.cookies import Cookies
from hornbook.node.dns.journal import Journal
from hornbook.node.dns.rewrite import Rewritten, needs_upstream, question_for
from hornbook.node.dns.rewrite import answer as rewritten
from hornbook.node.dns.rows import Judged
from hornbook.node.dns.tails import Notice, Tail, Tails
from hornbook.node.dns.world import Moment, World
from hornbook.node.protected import Protected
from hornbook.node.seating.edns import read_told
from hornbook.node.seating.forwarders import Forwarders

MAX_KNOWN = 20_000  # addresses whose seats are remembered
Packed = NDArray[np.uint32] | NDArray[np.uint8]

NOT_READY = "the rules of this filter are not loaded yet"


@dataclass
class Counts:
    """What the heartbeat tells. Each thread has its own; the heartbeat adds them up."""

    batches: int = 0
    received: int = 0
    answered: int = 0
    blocked: int = 0
    cached: int = 0
    forwarded: int = 0
    refused: int = 0
    limited: int = 0


@dataclass
class House:
    """What all threads share. ``world`` is replaced as a whole by :meth:`enter`; the rest stays.

    ``entered`` counts how often: compiled code looks there whether it must stop.

    ``trusted`` are the forwarders that may say for whom they ask; ``rate_limit`` is answers
    a second to one network, 0 for no limit. ``protected`` is what opens while there is no world.
    """

    notice: Notice
    cache: Cache
    journal: Journal
    trusted: Forwarders = field(default_factory=Forwarders)
    cookies: Cookies = field(default_factory=lambda: Cookies(secrets.token_hex(16)))
    rate_limit: int = 0
    world: World | None = None
    protected: Protected = field(default_factory=Protected)
    entered: I64 = field(default_factory=lambda: np.zeros(1, np.int64))
    counts: list[Counts] = field(default_factory=list)

    def enter(self, world: World) -> None:
        """From now on these rules hold: for the next packet that is looked at."""
        self.world = world
        self.entered[0] += 1

    def new_counts(self) -> Counts:
        self.counts.append(Counts())
        return self.counts[-1]


@dataclass(frozen=True, slots=True)
class Row:
    """Who asked, and what was judged: the row ``place`` of a batch."""

    batch: Judged
    place: int

    @property
    def world(self) -> World:
        return self.batch.world

    @property
    def verdict(self) -> int:
        return int(self.batch.verdict[self.place])

    @property
    def note(self) -> str:
        return self.batch.note[self.place] if self.batch.note else ""


class Desk:
    """Answers one packet: the reply, nothing, or the question that must be forwarded."""

    def __init__(self, house: House, counts: Counts) -> None:
        self._house = house
        self.counts = counts
        self._seated_by: Seating | None = None
        self._seated: dict[str, tuple[int, Packed]] = {}
        self._discovery = Tails(discovery.ANSWERS, house.notice, MAX_TTL)

    def answer(
        self, packet: bytes, client: str, *, stream: bool = False, limited: bool = False
    ) -> bytes | wire.Query:
        """Judge, record and answer; an empty reply means that nothing is sent.

        ``limited``: its network asks too much, so that only a good cookie gets an answer.
        """
        try:
            query = wire.read_query(packet, stream=stream)
        except wire.Refusal as refusal:
            self.counts.refused += 1
            return refusal.reply
        if query.cookie and not cookies.is_well_formed(query.cookie):
            return wire.reply(query, wire.FORMERR)  # RFC 7873 5.2.2
        known = bool(query.cookie) and not stream and self._take_cookie(query, client)
        if limited and not known:
            return self._slip(query)
        world = self._house.world
        if world is None:
            reply = self.without_rules(query)
        else:
            reply = self._judge(world, query, client, stream) or self.resolve(query)
        return reply if isinstance(reply, wire.Query) else _with_cookie(query, reply)

    def without_rules(self, query: wire.Query) -> bytes | wire.Query:
        """Only the protected set is looked up; nothing can be judged, so nothing is recorded."""
        if self._house.protected.holds(query.name):
            return self.resolve(query)
        return wire.reply(query, wire.SERVFAIL, wire.EDE_NOT_READY, NOT_READY)

    def _slip(self, query: wire.Query) -> bytes:
        """Nothing, or every second time what sends a real client to TCP."""
        self.counts.limited += 1
        return _with_cookie(query, wire.truncated(query)) if self.counts.limited & 1 else b""

    def _take_cookie(self, query: wire.Query, client: str) -> bool:
        """Make the cookie that the client gets; whether it brought a good one."""
        own, good = self._house.cookies.answer(query.cookie, client, time.time())
        query.own_cookie = own
        query.limit -= 4 + len(own)
        return good

    def resolve(self, query: wire.Query) -> bytes | wire.Query:
        """The reply to an open question, or what is asked upstream."""
        return self.as_reply(query, self.find(query))

    def as_reply(self, query: wire.Query, found: Entry | bytes | wire.Query) -> bytes | wire.Query:
        """What :meth:`find` found, for one client now."""
        if isinstance(found, Entry):
            return found.reply(query, time.monotonic(), self._longest())
        return found

    def find(self, query: wire.Query) -> Entry | bytes | wire.Query:
        """Canary, rewrite, cache, or what is asked upstream.

        An entry says the same to everybody of that profile who asks in that way, until it
        expires or other rules are in force; octets are a reply for this client alone.
        """
        name = query.name.lower()
        told = discovery.answer_to(name)
        if told is not None:
            about = discovery.information(query)
            return about or with_tail(query, tail_of(query, self._discovery, told))
        row: Row | None = query.row
        other = row.world.rewrites.find(row.verdict, name) if row else None
        if other and not needs_upstream(query, other):
            return rewritten(query, other, None, self._house.notice.url)
        if other:
            query = question_for(query, other)
        entry = self._house.cache.get(key_of(query), time.monotonic())
        if entry is None:
            self.counts.forwarded += 1
            return query
        self.counts.cached += 1
        return self._told(query, entry)

    def finish(self, query: wire.Query, entry: Entry) -> bytes:
        """The reply that an upstream's answer makes for this client."""
        told = self._told(query, entry)
        if isinstance(told, Entry):
            told = told.reply(query, time.monotonic(), self._longest())
        return _with_cookie(query, told)

    def _told(self, query: wire.Query, entry: Entry) -> Entry | bytes:
        if isinstance(query, Rewritten):
            return rewritten(query, query.other, entry, self._house.notice.url)
        return self._blocked_target(query, entry) or entry

    def _blocked_target(self, query: wire.Query, entry: Entry) -> bytes | None:
        """The reply to a question whose answer leads to a name that the asker may not have."""
        row: Row | None = query.row
        found = blocked_target(row.batch, row.place, entry.targets) if row else None
        if found is None:
            return None
        self.counts.blocked += 1
        self._house.journal.add(found)
        moment = found.world.moment(time.time())
        return with_tail(query, tail_of(query, moment.tails, int(found.verdict[0])))

    def _longest(self) -> int:
        """Seconds that an answer may be kept now."""
        world = self._house.world
        return min(MAX_TTL, world.moment(time.time()).edge) if world else MAX_TTL

    def _judge(self, world: World, query: wire.Query, client: str, stream: bool) -> bytes | None:
        """The reply to a blocked question, None for an allowed one."""
        now = time.time()
        moment = world.moment(now)
        seat, packed = self._who(world, query, client)
        seat = moment.now.present_one(seat)
        judged = world.kernel.judge_one(query.name, seat, moment.now)
        query.row = self.noted(world, now, query, judged, (seat, packed), stream=stream)
        return self.refusal(world, moment, query, judged.verdict)

    def noted(
        self,
        world: World,
        now: float,
        query: wire.Query,
        judged: One,
        who: tuple[int, Packed],
        *,
        stream: bool = False,
    ) -> Row:
        """A judged question in the record, as the row that later steps refer to."""
        name = query.name
        batch = Judged(
            world,
            int(now * 1e6),
            world.moment(now).slot,
            int(stream),
            np.frombuffer(name, np.uint8),
            np.array([len(name)]),
            np.array([judged.verdict], np.uint16),
            np.array([judged.set_id], np.uint32),
            np.array([who[0]], np.int32),
            who[1],
            np.array([query.qtype], np.uint16),
        )
        self._house.journal.add(batch)
        return Row(batch, 0)

    def refusal(
        self, world: World, moment: Moment, query: wire.Query, verdict: int
    ) -> bytes | None:
        """The reply to a question with a blocking verdict, None where the name is open."""
        if not world.blocks[verdict] or query.name.lower() in discovery.CANARIES:
            return None
        self.counts.blocked += 1
        return with_tail(query, tail_of(query, moment.tails, verdict))

    def _who(self, world: World, query: wire.Query, client: str) -> tuple[int, Packed]:
        """The seat, and the client's own address where a trusted forwarder tells it."""
        seating = world.kernel.seating
        if query.edns and self._house.trusted.holds(client):
            told = read_told(query.packet, query.end + 4)
            client = told.client or client
            if told.mac and (seat := int(seating.by_mac(_octets(told.mac))[0])):
                return seat, _packed(client)
        return self._seat(seating, client)

    def _seat(self, seating: Seating, client: str) -> tuple[int, Packed]:
        """By address; what was found for one is kept as long as the seating is the same."""
        if self._seated_by is not seating or len(self._seated) > MAX_KNOWN:
            self._seated_by, self._seated = seating, {}
        found = self._seated.get(client)
        if found is None:
            found = self._seated[client] = seating.by_address(client), _packed(client)
        return found


def _with_cookie(query: wire.Query, reply: bytes) -> bytes:
    return wire.with_option(reply, wire.COOKIE, query.own_cookie) if query.own_cookie else reply


def tail_of(query: wire.Query, tails: Tails, number: int) -> Tail:
    """What follows the question in the reply to a name that verdict ``number`` blocks."""
    kind = {wire.A: 0, wire.AAAA: 1}.get(query.qtype, 2)
    return tails.tail(number, kind, int(query.edns) + int(query.do))


def with_tail(query: wire.Query, tail: Tail) -> bytes:
    """The whole reply."""
    head = wire.head(query, tail.rcode, tail.answers, tail.authorities, tail.additionals)
    return head + query.question + tail.body


def _packed(client: str) -> Packed:
    address = ipaddress.ip_address(client.partition("%")[0])
    if address.version == 4:
        return np.array([int(address)], np.uint32)
    return _octets(address.packed)


def _octets(packed: bytes) -> NDArray[np.uint8]:
    return np.frombuffer(packed, np.uint8).reshape(1, -1)
