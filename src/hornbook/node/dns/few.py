"""A few packets at a time, without arrays: what a node does for most of the day.

Where one question comes at a time, its answer is what somebody waits for, and setting up arrays
takes longer than answering. So replies are kept: whoever asks the same, octet for octet, and gets
the same by rules and orders, gets the same reply with another id and the TTLs of this second.
Only what is not kept is read, judged and looked up, one by one (``desk.py``).

What is kept holds for one set of parts and for the orders of one stretch of time. It belongs to
the one thread that sends, so it needs no lock.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hornbook.kernel.judge import Now
from hornbook.kernel.seating import Seating
from hornbook.node.dns import wire
from hornbook.node.dns.block import UDP
from hornbook.node.dns.cache import MAX_TTL, Entry
from hornbook.node.dns.columns import U8, U32
from hornbook.node.dns.desk import Counts, Desk, House, Row
from hornbook.node.dns.limits import Limiter
from hornbook.node.dns.port import Port
from hornbook.node.dns.rows import unpacked
from hornbook.node.dns.tails import Tails
from hornbook.node.dns.world import Moment, World

MAX_KEPT = 20_000  # replies, and clients: about 20 MB
_TC = wire.TC >> 8

Put = Callable[[int, bytes | wire.Query], bool]


@dataclass(slots=True)
class Kept:
    """A reply from its third octet on, and what the record says of the question.

    ``entry`` is what it was made from where its TTLs must be counted down: with ``front`` and
    ``opt`` around its body it makes the reply anew.
    """

    rest: bytes
    name: bytes
    qtype: int
    verdict: int
    set_id: int
    entry: Entry | None = None
    front: bytes = b""
    opt: bytes = b""
    mark: tuple[int, int] = (0, 0)


@dataclass(slots=True)
class Asking:
    """One client: its seat now, its octets, and the replies of all who get the same.

    ``relays``: it may say for whom it asks, so that its own seat is not what counts.
    """

    seat: int
    client: bytes
    relays: bool
    kept: dict[bytes, Kept]


class Few:
    """Answers single rows of a port; ``put`` lays a reply, or lets a question go upstream."""

    def __init__(self, port: Port, house: House, desk: Desk, limiter: Limiter, put: Put) -> None:
        self._port, self._house, self._desk = port, house, desk
        self._counts: Counts = desk.counts
        self._limiter = limiter
        self._put = put
        self._world: World | None = None
        self._now: Now | None = None
        self._tails: Tails | None = None
        self._forget()

    def answer(self, n: int) -> list[int]:
        """Lay the replies of the first n rows into the port; the rows that have one now."""
        now, world = time.time(), self._house.world
        if world is None:
            return [row for row in range(n) if self._ask_desk(row)]
        moment = world.moment(now)
        if self._tails is not moment.tails or self._now is not moment.now:
            self._world, self._now, self._tails = world, moment.now, moment.tails
            self._forget()
        return [row for row in range(n) if self._answer(row, world, moment, now)]

    def _forget(self) -> None:
        """Parts, orders or the next edge are others than before."""
        self._asking: dict[bytes, Asking] = {}
        self._kept: dict[int, dict[bytes, Kept]] = {}
        self._room = MAX_KEPT

    def _answer(self, row: int, world: World, moment: Moment, now: float) -> bool:
        client = self._port.who(row)
        if not self._limiter.passes(client, now):
            return self._ask_desk(row, limited=True)
        asking = self._asking.get(client) or self._seat(client, world, moment)
        if asking.relays:
            return self._ask_desk(row)
        packet = self._port.packet(row)
        kept = asking.kept.get(packet[2:])
        if kept is None or (kept.entry and not self._is_true(kept, kept.entry, moment)):
            return self._first(row, packet, asking, world, moment, now)
        if kept.entry:
            self._counts.cached += 1
        else:
            self._counts.blocked += 1
        self._note(world, moment, now, asking, kept)
        self._port.lay(row, packet[:2] + kept.rest)
        return True

    def _is_true(self, kept: Kept, entry: Entry, moment: Moment) -> bool:
        """Whether the entry holds on; the reply is made anew when its TTLs are others now."""
        now = time.monotonic()
        if entry.expires <= now or entry.renew_at <= now:
            return False
        entry.used = now
        mark = int(now - entry.stored), min(MAX_TTL, moment.edge)
        if kept.mark != mark:
            kept.mark, kept.rest = mark, kept.front + entry.body_at(*mark) + kept.opt
        return True

    def _note(self, world: World, moment: Moment, now: float, asking: Asking, kept: Kept) -> None:
        who = asking.seat, asking.client
        what = kept.name, kept.qtype, kept.verdict, kept.set_id
        self._house.journal.note((world, moment.slot, UDP, int(now * 1e6), *who, *what))

    def _seat(self, client: bytes, world: World, moment: Moment) -> Asking:
        """Where that client sits, and the replies that it shares with others."""
        packed = unpacked(client)
        seat = moment.now.present_one(int(seats_at(world.kernel.seating, packed)[0]))
        who = int(world.kernel.profile_of_seat[seat])
        if moment.now.orders is not None:
            who |= int(moment.now.orders.layer_of(np.array([seat]))[0]) << 32
        if len(self._asking) >= MAX_KEPT:
            self._asking.clear()
        relays = bool(self._house.trusted) and bool(self._house.trusted.rows(packed)[0])
        asking = Asking(seat, client, relays, self._kept.setdefault(who, {}))
        self._asking[client] = asking
        return asking

    def _first(
        self, row: int, packet: bytes, asking: Asking, world: World, moment: Moment, now: float
    ) -> bool:
        """Read, judge and answer a question whose reply is not kept."""
        try:
            query = wire.read_query(packet)
        except wire.Refusal:
            return self._ask_desk(row)
        if query.cookie:
            return self._ask_desk(row)
        judged = world.kernel.judge_one(query.name, asking.seat, moment.now)
        reply = self._desk.refusal(world, moment, query, judged.verdict)
        if reply is None:
            who = asking.seat, unpacked(asking.client)
            return self._open(row, query, asking, self._desk.noted(world, now, query, judged, who))
        kept = Kept(reply[2:], query.name, query.qtype, judged.verdict, judged.set_id)
        self._keep(asking, packet, kept)
        self._note(world, moment, now, asking, kept)
        self._port.lay(row, reply)
        return True

    def _open(self, row: int, query: wire.Query, asking: Asking, noted: Row) -> bool:
        """The answer from the cache, which is kept, or a question for upstream."""
        query.row = noted
        found = self._desk.find(query)
        reply = self._desk.as_reply(query, found)
        if isinstance(found, Entry) and isinstance(reply, bytes) and not reply[2] & _TC:
            front, opt = found.head(query)[2:] + query.question, found.opt(query)
            set_id = int(noted.batch.set_id[0])
            kept = Kept(reply[2:], query.name, query.qtype, noted.verdict, set_id)
            kept.entry, kept.front, kept.opt = found, front, opt
            self._keep(asking, query.packet, kept)
        return self._put(row, reply)

    def _keep(self, asking: Asking, packet: bytes, kept: Kept) -> None:
        self._room -= packet[2:] not in asking.kept
        if self._room < 0:
            self._forget()
        asking.kept[packet[2:]] = kept

    def _ask_desk(self, row: int, *, limited: bool = False) -> bool:
        client = self._port.asker(row).client
        return self._put(row, self._desk.answer(self._port.packet(row), client, limited=limited))


def seats_at(seating: Seating, clients: U32 | U8) -> NDArray[np.int32]:
    """The seat of each address, as the seating part has it."""
    if clients.ndim == 1:
        return seating.by_v4(clients.view(np.uint32))
    return seating.by_v6(clients.view(np.uint8))
