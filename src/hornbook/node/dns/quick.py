"""The compiled pass over a batch (``hot.py``), with what it needs laid ready. Needs numba.

What follows from rules and time is laid out once a stretch of time. Everything is told in plain
tuples of arrays and numbers, which compiled code takes over fastest.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from hornbook.kernel.judge import Now
from hornbook.kernel.tables import U8, U64, bare, fits, no_rules, rules_of
from hornbook.kernel.wires import Wires
from hornbook.node.dns import hot, wire
from hornbook.node.dns.block import UDP, Block, blank, has_room
from hornbook.node.dns.cache import MAX_TTL, Entry
from hornbook.node.dns.columns import I64
from hornbook.node.dns.desk import Counts, Desk, House, Row
from hornbook.node.dns.limits import Limiter
from hornbook.node.dns.port import Columned
from hornbook.node.dns.shelf import Shelf, tick_of
from hornbook.node.dns.tails import Tails
from hornbook.node.dns.world import Moment, World
from hornbook.node.seating.forwarders import Forwarders

LOOK = 0.1  # seconds: how soon new rules are seen, and what was counted is told
_ROOM = 0xFFFFFFFFFFFF0000  # for a layer
_COUNTED = ("blocked", "cached", "received", "answered", "batches")  # as ``hot`` counts them


class Quick:
    """Answers the rows of one port, and says what became of each. The world must :func:`fits`.

    Who is of ``trusted`` may say for whom it asks, and is left to be read alone.
    """

    ODD, DONE, RENEW, OPEN, OVER = hot.ODD, hot.DONE, hot.RENEW, hot.OPEN, hot.OVER

    def __init__(
        self,
        port: Columned,
        house: House,
        shelf: Shelf,
        limiter: Limiter,
        counts: Counts,
        trusted: Forwarders,
        proto: int = UDP,
    ) -> None:
        self._port, self._house, self._shelf, self._counts = port, house, shelf, counts
        rows = port.columns.rows
        self._result = hot.Result(
            np.zeros(rows, np.uint8),
            np.zeros(rows, np.uint64),
            np.zeros(rows, np.int64),
            np.zeros(len(_COUNTED), np.int64),
        )
        limits, law, answers = limiter.told, no_rules(), shelf.columns.answers
        told_by = trusted.words(v6=port.is_v6)
        nothing = hot.Law(law, np.empty(0, np.bool_), np.empty(0, np.uint64), *told_by, answers)
        told = port.told, limits, nothing, shelf.columns, blank(v6=port.is_v6), self._result
        self._told: list[Any] = [bare(one) for one in told]
        self._trusted = told_by
        self._proto = proto
        self._holds_for: tuple[World, Now, Tails] | None = None
        self._orders = np.uint64(0)
        self._block: Block | None = None
        self._begin = 0
        self._received = rows  # of which control data was taken: all, for the first time
        self._turn: Callable[..., tuple[int, int]] = lambda *_: (0, 0)
        self._turns = False

    def warm(self) -> None:
        """Have the machine code made or loaded, by an empty batch under no rules."""
        hot.answer(tuple(self._told), 0, 0, 0.0, 0, self._orders)
        if self._port.lines is not None:
            from hornbook.node.dns.turn import turn

            nowhere, stop = (-1, *self._port.lines[1:]), (self._house.entered, 0, 0)
            turn(tuple(self._told), nowhere, 0, *stop, 0, self._orders)
            self._turn, self._turns = turn, True

    def can_turn(self, world: World) -> bool:
        """Whether :meth:`turn` can be used here, for these rules."""
        return self._turns and fits(world.kernel.catalogue)

    def turn(self, world: World, entered: int) -> tuple[int, int]:
        """Receive, answer and send for a while, at most until other rules are ``entered``.

        One of two numbers is not 0 where work is left: rows that were received and not looked at,
        or rows that were, of which some are left. :meth:`can_turn` must be true.
        """
        now = time.time()
        moment = self._lay_out(self._port.columns.rows, world, now)
        until = int(min(now + LOOK, moment.until) * 1e6)
        limit, lines = min(MAX_TTL, moment.edge), self._port.lines
        stop = self._house.entered, entered, until
        n, left = self._turn(tuple(self._told), lines, self._received, *stop, limit, self._orders)
        self._received = max(n, left)
        self._count()
        return n, left

    def answer(self, n: int, world: World) -> int:
        """Answer the first n rows; how many are left."""
        now, clock = time.time(), time.monotonic()
        moment = self._lay_out(n, world, now)
        self._port.fill(n)
        tick = tick_of(clock, min(MAX_TTL, moment.edge))
        left: int = hot.answer(tuple(self._told), n, int(now * 1e6), clock, tick, self._orders)
        self._count()
        return left

    def _lay_out(self, n: int, world: World, now: float) -> Moment:
        """Lay rules and page ready for n rows."""
        moment = world.moment(now)
        self._lay_law(world, moment)
        self._lay_page(n, world, moment.slot)
        return moment

    @property
    def state(self) -> U8:
        """What became of each row."""
        return self._result.state

    def rows(self, n: int, state: int) -> I64:
        """The rows of the first n that came to this."""
        return np.flatnonzero(self._result.state[:n] == state)

    def renew(self, rows: I64) -> None:
        """Have the answers of these rows fetched anew."""
        self._shelf.renew(self._result.place[rows])

    def open(self, row: int) -> tuple[Row, np.uint64]:
        """What was judged of an open row, and its key on the shelf."""
        block = self._block
        if block is None:
            raise LookupError("no batch was answered yet")
        batch = block.rows(self._begin, block.filled)
        place = int(self._result.place[row]) - (self._begin >> 32)
        return Row(batch, place), self._result.key[row]

    def look_up(self, desk: Desk, query: wire.Query, row: int) -> bytes | wire.Query:
        """The reply to an open row, shelved where the cache has it, or what to ask upstream."""
        query.row, key = self.open(row)
        found = desk.find(query)
        if isinstance(found, Entry):
            self._shelf.put(key, query, found)
        return desk.as_reply(query, found)

    def _count(self) -> None:
        """Add what compiled code has counted to what the heartbeat tells."""
        tallies = self._result.tallies
        for name, number in zip(_COUNTED, tallies.tolist(), strict=True):
            if number:
                setattr(self._counts, name, getattr(self._counts, name) + number)
        tallies.fill(0)

    def _lay_page(self, n: int, world: World, slot: int) -> None:
        block = self._block
        if (
            block is None
            or block.world is not world
            or block.slot != slot
            or not has_room(block.filled, n)
        ):
            if block is not None:
                block.closed = True
            self._block = block = Block(world, slot, v6=self._port.is_v6, proto=self._proto)
            self._told[_PAGE] = bare(block.page)
            self._house.journal.attach(block)
        self._begin = block.filled

    def _lay_law(self, world: World, moment: Moment) -> None:
        """Lay out what holds, where it is other than before."""
        now, before = moment.now, self._holds_for
        if before and before[0] is world and before[1] is now and before[2] is moment.tails:
            return
        self._holds_for = world, now, moment.tails
        self._shelf.hold_for(world, moment.slot)
        self._orders = np.uint64(hash((world.hashes[2], now.since)) & _ROOM)
        rules = rules_of(world.kernel, now, v6=self._port.is_v6)
        law = hot.Law(rules, world.blocks, _odd(world), *self._trusted, moment.tails.columns)
        self._told[_LAW] = bare(law)


_LAW, _PAGE = hot.House._fields.index("law"), hot.House._fields.index("page")


def _odd(world: World) -> U64:
    """The fingerprints of the names that are told to clients whatever a list says."""
    names = world.canaries_listed
    if not names:
        return np.empty(0, np.uint64)
    return world.kernel.catalogue.hasher.whole(Wires.pack(names))
