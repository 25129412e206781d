"""The requests of one read, judged and answered by compiled code. Needs numba.

Where ``hot.py`` answers, an answer goes from the octets that came to the octets that go without an
object being made. What it leaves, and what is no plain request, goes the way of all others: to the
clerk.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable
from typing import Any, Protocol

import numpy as np

from hornbook.kernel.tables import fits
from hornbook.node.dns import wire
from hornbook.node.dns.columns import U8, Columns
from hornbook.node.dns.desk import Desk, House
from hornbook.node.dns.hot import BY_ADDRESS, LEAVE
from hornbook.node.dns.limits import Limiter
from hornbook.node.dns.port import whole_reply
from hornbook.node.dns.quick import Quick
from hornbook.node.dns.shelf import WIDTH, Shelf
from hornbook.node.dns.world import World
from hornbook.node.doh.blocks import TEXTS
from hornbook.node.doh.clerk import DOH
from hornbook.node.doh.clients import octets
from hornbook.node.doh.frames import (
    HEAD,
    LATE,
    PLACES,
    SAID,
    STREAM,
    Requests,
    Waiting,
    answers,
    gather,
)
from hornbook.node.doh.freshness import max_age
from hornbook.node.doh.h2 import Trunk
from hornbook.node.doh.hpack import Head
from hornbook.node.doh.request import MEDIA_TYPE, token_of
from hornbook.node.seating.forwarders import Forwarders

log = logging.getLogger(__name__)

BATCH = 128  # requests: 160 KB of questions, which a core's cache holds
WAITING = 1024  # requests of a connection whose bodies have not come: a power of two
MAX_KNOWN = 4096  # clients whose seats are known for a second
_FRONT = 12 + 255 + 4  # octets of an answer before what stands in the tails or on the shelf

Who = tuple[bytes, int]  # 16 octets, and a seat or what ``hot`` takes instead


class Slow(Protocol):
    """Who answers what must be looked up."""

    def give(self, trunk: Trunk, stream: int, client: bytes, reply: bytes | wire.Query) -> None:
        """Answer with a reply, or with what comes of a question that is asked upstream."""


class Rows:
    """Questions out of HTTP, as a port's columns (``dns/port.py``)."""

    is_v6 = True
    lines: tuple[Any, ...] | None = None

    def __init__(self) -> None:
        self.columns = columns = Columns(BATCH)
        self.vectors = np.zeros((BATCH, 4), np.uint64)
        self.vectors[:, 0] = columns.addresses
        self.clients = np.zeros((BATCH, 16), np.uint8)
        self.seats = np.full(BATCH, BY_ADDRESS, np.int32)
        sizes = columns.size.view(np.uint64), 0, 1
        names = self.clients.reshape(-1), 0, 16, 16
        self.told: tuple[Any, ...] = (
            columns.octets,
            columns.words,
            *sizes,
            self.vectors,
            *names,
            self.seats,
        )

    def fill(self, n: int) -> None:
        """There is nothing to fill: all lies where it is read."""


class Fast:
    """Answers the plain requests of all connections, on their one thread."""

    def __init__(self, house: House, desk: Desk, slow: Slow) -> None:
        self._house, self._desk, self._slow = house, desk, slow
        self._counts = desk.counts
        self._rows = Rows()
        # Nobody behind TLS speaks for others; nobody's address is forged there.
        nobody, unlimited, shelf = Forwarders(), Limiter(0), Shelf(house.cache)
        self._quick = Quick(self._rows, house, shelf, unlimited, self._counts, nobody, proto=DOH)
        columns = self._rows.columns
        self._requests = Requests(
            columns.octets,
            columns.size,
            np.zeros((BATCH, PLACES), np.int64),
            np.zeros(BATCH * TEXTS, np.uint8),
        )
        self._told = tuple(self._requests)
        self._out = np.zeros(BATCH * (HEAD + _FRONT + WIDTH) + HEAD, np.uint8)
        self._known: dict[bytes, Who] = {}
        self._known_for: tuple[World, float] | None = None

    def warm(self) -> None:
        """Have the machine code made or loaded, by nothing."""
        self._quick.warm()
        self.reader().read(Trunk(lambda *_: None, set()), b"", 0)
        answers(self._told, 0, self._quick.state, self._rows.vectors, self._out, 0)

    def reader(self) -> Reading:
        """What takes the requests off one connection."""
        return Reading(self)

    def read(self, trunk: Trunk, waiting: tuple[Any, ...], data: bytes, at: int) -> int:
        """Answer the plain requests from ``at`` on; where the first frame of others begins."""
        came = np.frombuffer(data, np.uint8)
        n, behind, last, taken = gather(self._told, waiting, came, at, trunk.last)
        trunk.took(last, taken)
        if n:
            place = self._requests.place[:n].tolist()
            if self._judge(n, place):
                self._answer(trunk, n, place)
            else:
                self._hand_over(trunk, range(n), place)
        return int(behind)

    def _judge(self, n: int, place: list[list[int]]) -> bool:
        """Whether the first n requests were judged."""
        world = self._house.world
        try:
            if world is None or not fits(world.kernel.catalogue):
                return False
            self._seat(world, place)
            if self._quick.answer(n, world):
                self._quick.renew(self._quick.rows(n, self._quick.RENEW))
        except Exception:  # they are answered in the other way, or refused there
            log.exception("a batch of %d requests was not judged", n)
            return False
        return True

    def _seat(self, world: World, place: list[list[int]]) -> None:
        """Lay out who asks."""
        now = time.time()
        until = world.moment(now).until
        if self._known_for != (world, until) or len(self._known) > MAX_KNOWN:
            self._known_for, self._known = (world, until), {}
        known, texts = self._known, self._requests.texts[: len(place) * TEXTS].tobytes()
        clients, seats = [], []
        for row, (_, said) in enumerate(place):
            text = texts[row * TEXTS : row * TEXTS + said]
            who = known.get(text)
            if who is None:
                who = known[text] = who_asks(world, text, now)
            clients.append(who[0])
            seats.append(who[1])
        octets_of_all = np.frombuffer(b"".join(clients), np.uint8)
        self._rows.clients[: len(place)] = octets_of_all.reshape(-1, 16)
        self._rows.seats[: len(place)] = seats

    def _answer(self, trunk: Trunk, n: int, place: list[list[int]]) -> None:
        state, vectors, counts = self._quick.state, self._rows.vectors, self._counts
        window = trunk.window if trunk.has_room else 0
        written, used, rest = answers(self._told, n, state, vectors, self._out, window)
        counts.batches += 1
        counts.received += n
        counts.answered += written
        if written:
            trunk.window = rest
            trunk.send(self._out[:used].tobytes())
        if written < n:
            self._finish(trunk, n, place)

    def _finish(self, trunk: Trunk, n: int, place: list[list[int]]) -> None:
        """Do what the pass has left."""
        quick = self._quick
        for row in quick.rows(n, LATE).tolist():
            reply = whole_reply(self._rows.vectors[row])
            trunk.open(place[row][STREAM])
            trunk.answer(place[row][STREAM], 200, reply, max_age(reply))
            self._counts.answered += 1
        for row in quick.rows(n, quick.OPEN).tolist():
            trunk.open(place[row][STREAM])
            self._resolve(trunk, place[row][STREAM], row)
        odd = quick.rows(n, quick.ODD).tolist()
        self._counts.received -= len(odd)  # the clerk counts them
        self._hand_over(trunk, odd, place)

    def _hand_over(self, trunk: Trunk, rows: Iterable[int], place: list[list[int]]) -> None:
        """Have rows answered as if they had not been taken here."""
        for row in rows:
            head = head_of(self._requests.texts, row, place[row][SAID])
            trunk.hand_over(place[row][STREAM], head, self._rows.columns.packet(row))

    def _resolve(self, trunk: Trunk, stream: int, row: int) -> None:
        """Answer an open row from the cache, or ask upstream."""
        query = wire.read_query(self._rows.columns.packet(row), stream=True)
        reply = self._quick.look_up(self._desk, query, row)
        self._slow.give(trunk, stream, self._rows.clients[row].tobytes(), reply)


class Reading:
    """One connection's requests on their way in (``h2.Reader``)."""

    def __init__(self, fast: Fast) -> None:
        self._fast = fast
        self._waiting = Waiting(
            np.zeros(WAITING, np.int64),
            np.zeros(WAITING, np.int64),
            np.zeros(WAITING * TEXTS, np.uint8),
        )
        self._told = tuple(self._waiting)

    def read(self, trunk: Trunk, data: bytes, at: int) -> int:
        return self._fast.read(trunk, self._told, data, at)

    def release(self, stream: int) -> Head | None:
        place = (stream >> 1) % WAITING
        streams, said, texts = self._waiting
        if not stream or streams[place] != stream:
            return None
        streams[place] = 0
        return head_of(texts, place, int(said[place]))


def head_of(texts: U8, place: int, said: int) -> Head:
    """What the header at a place of ``texts`` said; a GET was made a POST of the same."""
    begin = place * TEXTS
    path, _, client = texts[begin : begin + said].tobytes().partition(b"\0")
    return Head(b"POST", path, MEDIA_TYPE, client)


def who_asks(world: World, text: bytes, now: float) -> Who:
    """Of a path, a zero and a client's address. What is not right there is left to others."""
    path, _, client = text.partition(b"\0")
    token = token_of(path)
    try:
        address = octets(client)
    except ValueError:
        return bytes(16), LEAVE
    if token is None:
        return address, LEAVE
    seat = int(world.kernel.seating.by_token([token], now=now)[0]) if token else BY_ADDRESS
    return address, seat
