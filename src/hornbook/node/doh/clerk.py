"""What arrives in one turn of the loop, judged as one batch.

Reading, judging, tails, cache and forwarding are those of the DNS node; only who asks may be
known in one more way: by a token.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from hornbook.kernel.judge import Judgement, Now
from hornbook.kernel.seating import Seating
from hornbook.kernel.wires import Wires
from hornbook.node.dns import wire
from hornbook.node.dns.cache import Entry
from hornbook.node.dns.desk import Desk, House, Row, tail_of, with_tail
from hornbook.node.dns.discovery import CANARIES
from hornbook.node.dns.forward import Forwarder
from hornbook.node.dns.rows import PROTOCOLS, Judged
from hornbook.node.dns.world import World

log = logging.getLogger(__name__)

DOH, DOT = PROTOCOLS.index("doh"), PROTOCOLS.index("dot")


@dataclass(frozen=True, slots=True)
class Ask:
    """One question: ``client`` 16 octets, ``token`` empty when the address decides.

    ``done`` is called once, with the reply, or with nothing for what is no question.
    """

    packet: bytes
    client: bytes
    token: bytes
    proto: int
    done: Callable[[bytes], None]


Read = tuple[Ask, wire.Query]


class Clerk:
    """Takes questions and answers them at the end of the turn, on the forwarder's loop."""

    def __init__(self, house: House, forwarder: Forwarder) -> None:
        self._house = house
        self._forwarder = forwarder
        self.counts = house.new_counts()
        self.desk = Desk(house, self.counts)
        self._waiting: list[Ask] = []

    def take(self, ask: Ask) -> None:
        if not self._waiting:
            asyncio.get_running_loop().call_soon(self._serve)
        self._waiting.append(ask)

    def _serve(self) -> None:
        asks, self._waiting = self._waiting, []
        self.counts.batches += 1
        self.counts.received += len(asks)
        read = [(ask, query) for ask in asks if (query := self._read(ask)) is not None]
        if not read:
            return
        try:
            self._answer(read)
        except Exception:
            log.exception("a batch of %d questions was not answered", len(read))
            for ask, query in read:
                ask.done(wire.reply(query, wire.SERVFAIL))

    def _read(self, ask: Ask) -> wire.Query | None:
        try:
            return wire.read_query(ask.packet, stream=True)
        except wire.Refusal as refusal:
            self.counts.refused += 1
            ask.done(refusal.reply)
            return None

    def _answer(self, read: list[Read]) -> None:
        world = self._house.world
        if world is None:
            for ask, query in read:
                self.give(ask, self.desk.without_rules(query))
            return
        now = time.time()
        moment = world.moment(now)
        verdicts = self._judge(world, read, now, moment.now)
        blocked = world.blocks.take(verdicts).tolist()
        for (ask, query), number, is_blocked in zip(read, verdicts.tolist(), blocked, strict=True):
            if is_blocked and query.name.lower() not in CANARIES:
                self.counts.blocked += 1
                self._reply(ask, with_tail(query, tail_of(query, moment.tails, number)))
            else:
                self._resolve(ask, query)

    def _judge(self, world: World, read: list[Read], now: float, held: Now) -> NDArray[np.uint16]:
        """The verdicts; each query learns who asks."""
        names = [query.name for _, query in read]
        asks = [ask for ask, _ in read]
        clients = np.frombuffer(b"".join(ask.client for ask in asks), np.uint8).reshape(-1, 16)
        seat = held.present(
            seats_of(world.kernel.seating, [ask.token for ask in asks], clients, now)
        )
        judged = world.kernel.judge(Wires.pack(names), seat, held)
        qtypes = np.array([query.qtype for _, query in read], np.uint16)
        protos = np.array([ask.proto for ask in asks])
        made = as_rows(world, now, held, protos, names, judged, seat, clients, qtypes)
        for batch, rows in made:
            self._house.journal.add(batch)
            for place, row in enumerate(rows):
                read[row][1].row = Row(batch, place)
        return judged.verdict

    def _resolve(self, ask: Ask, query: wire.Query) -> None:
        self.give(ask, self.desk.resolve(query))

    def give(self, ask: Ask, reply: bytes | wire.Query) -> None:
        """Say what the desk has found, now or when it was asked upstream."""
        if isinstance(reply, wire.Query):
            self._forwarder.ask(reply, partial(self._finish, ask, reply))
        else:
            self._reply(ask, reply)

    def _finish(self, ask: Ask, query: wire.Query, entry: Entry) -> None:
        self._reply(ask, self.desk.finish(query, entry))

    def _reply(self, ask: Ask, reply: bytes) -> None:
        self.counts.answered += 1
        ask.done(reply)


def as_rows(
    world: World,
    now: float,
    held: Now,
    protos: NDArray[np.int_],
    names: Sequence[bytes],
    judged: Judgement,
    seat: NDArray[np.int32],
    clients: NDArray[np.uint8],
    qtypes: NDArray[np.uint16],
    texts: tuple[Sequence[str], Sequence[str]] = ((), ()),
) -> Iterator[tuple[Judged, list[int]]]:
    """A batch for the journal for each protocol, and its rows' places.

    ``names`` are in wire form, ``clients`` (n, 16), IPv4 mapped. ``texts`` are paths and notes.
    """
    for proto in np.unique(protos).tolist():
        rows = np.flatnonzero(protos == proto)
        own = [names[row] for row in rows.tolist()]
        batch = Judged(
            world,
            int(now * 1e6),
            held.slot,
            proto,
            np.frombuffer(b"".join(own), np.uint8),
            np.fromiter(map(len, own), np.int64, len(own)),
            judged.verdict[rows],
            judged.set_id[rows],
            seat[rows],
            clients[rows],
            qtypes[rows],
            *(tuple(some[row] for row in rows.tolist()) if any(some) else () for some in texts),
        )
        yield batch, rows.tolist()


def seats_of(
    seating: Seating, tokens: Sequence[bytes], clients: NDArray[np.uint8], now: float
) -> NDArray[np.int32]:
    """By token where there is one, even an unknown one; else by address."""
    seat = seating.by_v6(clients)
    rows = [row for row, token in enumerate(tokens) if token]
    if rows:
        seat[rows] = seating.by_token([tokens[row] for row in rows], now=now)
    return seat
