"""The thread that answers: receive a batch, judge it, send what can be said at once.

A batch of plain questions is answered without a loop over packets, whether their names are
blocked (``tails``) or were answered lately (``shelf``): about a hundred numpy calls a batch,
whatever its size. What is in neither goes one by one to the cache, and from there to the
forwarder's thread.
"""

from __future__ import annotations

import logging
import threading
import time
from functools import partial

import numpy as np
from numpy.typing import NDArray

from hornbook.kernel.wires import Wires
from hornbook.node.dns import wire
from hornbook.node.dns.cache import Entry
from hornbook.node.dns.columns import I64, KEPT, NAME, U64, Plain, Rows
from hornbook.node.dns.desk import Desk, House, Row
from hornbook.node.dns.few import UDP, Few, seats_at
from hornbook.node.dns.forward import Forwarder, Waiter
from hornbook.node.dns.limits import Limiter
from hornbook.node.dns.port import Asker, Port
from hornbook.node.dns.rows import Judged
from hornbook.node.dns.shelf import Found, Shelf, who_asks
from hornbook.node.dns.tails import PER_VERDICT, STATES, Tails
from hornbook.node.dns.world import Moment, World

log = logging.getLogger(__name__)

FEW = 8  # packets: so few are answered sooner one by one than by setting arrays up
SLIPS = 64  # questions of a batch that are looked at although their network asks too much
BATCH = 512  # packets: half a megabyte of buffers, which a core's cache holds


class Loop:
    """One socket's thread. ``stop`` ends it after the batch that it is in."""

    def __init__(self, port: Port, house: House, forwarder: Forwarder) -> None:
        self._port = port
        self._house = house
        self._forwarder = forwarder
        self._counts = house.new_counts()
        self._desk = Desk(house, self._counts)
        self._shelf = Shelf(house.cache)
        self._limiter = Limiter(house.rate_limit)
        self._few = Few(port, house, self._desk, self._limiter, self._put)
        self._waiters: list[Waiter] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="dns", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        stopped = self._stop.is_set
        while not stopped():
            n = self._port.receive()
            if n:
                try:
                    self.serve(n)
                except Exception:
                    log.exception("a batch of %d packets was not answered", n)

    def serve(self, n: int) -> None:
        """Answer the n packets that lie in the port's columns."""
        self._counts.batches += 1
        self._counts.received += n
        if n <= FEW:
            done = self._few.answer(n)
            self._port.send_few(done)
            self._counts.answered += len(done)
        else:
            self._serve_many(n)
        if self._waiters:
            self._forwarder.submit(self._waiters)
            self._waiters = []

    def _serve_many(self, n: int) -> None:
        self._port.fill(n)
        answered = self._answer(n)
        count = n if answered is None else len(answered)
        if count:
            self._port.send(n, answered)
            self._counts.answered += count

    def _answer(self, n: int) -> I64 | None:
        """Write replies into the port; the rows that have one now, None for all n."""
        world = self._house.world
        over = self._limiter.over(self._port.addresses(slice(0, n)), time.time())
        if over is not None:
            return self._mostly_refuse(np.flatnonzero(~over), np.flatnonzero(over))
        if world is None:
            return self._ask_desk(np.arange(n))
        columns = self._port.columns
        plain = columns.read_plain(n)
        cookies = columns.cookies(plain)
        if len(cookies):
            plain.ok[cookies] = False
        for canary in world.canaries_listed:
            plain.ok[columns.named(canary, plain)] = False
        if self._house.trusted:  # the desk reads what a forwarder tells about its client
            relayed = self._house.trusted.rows(self._port.addresses(slice(0, n)))
            plain.ok[relayed & (plain.state > 0)] = False
        if np.count_nonzero(plain.ok) == n:
            return self._serve_plain(world, plain, slice(0, n))
        odd = self._ask_desk(np.flatnonzero(~plain.ok))
        rows = np.flatnonzero(plain.ok)
        if not len(rows):
            return odd
        done = self._serve_plain(world, plain.take(rows), rows)
        return np.concatenate([odd, rows if done is None else done])

    def _serve_plain(self, world: World, plain: Plain, rows: Rows) -> I64 | None:
        """Judge, record and answer plain rows; those that have a reply now, None for all."""
        now = time.time()
        moment = world.moment(now)
        names = self._port.columns.data[rows, NAME : NAME + int(plain.length.max())]
        wires = Wires(names, plain.length, plain.starts)
        judged = self._judge(world, moment, now, plain, rows, wires)
        blocked = world.blocks.take(judged.verdict)
        count = int(np.count_nonzero(blocked))
        self._counts.blocked += count
        if count == len(blocked):
            self._lay(rows, plain.end, moment.tails, _tails(judged, plain))
            return None
        found = self._look_up(moment, judged, plain, rows, wires)
        hit = found.hit & ~blocked
        hits = int(np.count_nonzero(hit))
        self._counts.cached += hits
        if hits == len(hit):
            self._lay(rows, plain.end, self._shelf, found.place)
            return None
        numbers = np.arange(rows.stop) if isinstance(rows, slice) else rows
        done = [numbers[hit], numbers[blocked]]
        self._lay(done[0], plain.end[hit], self._shelf, found.place[hit])
        self._lay(done[1], plain.end[blocked], moment.tails, _tails(judged, plain)[blocked])
        left = np.flatnonzero(~(hit | blocked))
        done.append(self._resolve(numbers[left], left, judged, found.key[left]))
        return np.concatenate(done)

    def _look_up(
        self, moment: Moment, judged: Judged, plain: Plain, rows: Rows, wires: Wires
    ) -> Found:
        flags = self._port.columns.flags[rows]
        who = who_asks(judged.world, moment.now, judged.verdict, judged.seat)
        return self._shelf.find(judged.world, wires, plain, flags, who, moment)

    def _judge(
        self, world: World, moment: Moment, now: float, plain: Plain, rows: Rows, wires: Wires
    ) -> Judged:
        clients = self._port.addresses(rows)
        seat = moment.now.present(seats_at(world.kernel.seating, clients))
        judged = world.kernel.judge(wires, seat, moment.now)
        batch = Judged(
            world,
            int(now * 1e6),
            moment.slot,
            UDP,
            wires.octets,
            plain.length,
            judged.verdict,
            judged.set_id,
            seat,
            clients,
            plain.qtype,
        )
        self._house.journal.add(batch)
        return batch

    def _lay(self, rows: Rows, ends: I64, book: Tails | Shelf, place: NDArray[np.intp]) -> None:
        """Point each row's reply to what stands in the book for it."""
        port, columns = self._port, self._port.columns
        columns.first[rows] = columns.first[rows] & KEPT | book.first.take(place)
        columns.counts[rows] = book.counts.take(place)
        port.front[rows] = ends
        port.tail[rows] = book.address.take(place)
        port.tail_length[rows] = book.length.take(place)

    def _mostly_refuse(self, good: I64, over: I64) -> I64:
        """Some networks ask too much: a few of their questions are looked at, the rest dropped."""
        self._counts.limited += len(over[SLIPS:])
        return np.concatenate([self._ask_desk(good), self._ask_desk(over[:SLIPS], limited=True)])

    def _ask_desk(self, rows: I64, *, limited: bool = False) -> I64:
        """Answer rows one by one; those that have a reply now."""
        done = []
        for row in rows.tolist():
            asker, packet = self._port.asker(row), self._port.packet(row)
            reply = self._desk.answer(packet, asker.client, limited=limited)
            if self._put(row, reply):
                done.append(row)
        return np.array(done, np.int64)

    def _resolve(self, rows: I64, places: I64, judged: Judged, keys: U64) -> I64:
        """Answer open rows from the cache; what is not there goes to the forwarder."""
        done = []
        for row, place, key in zip(rows.tolist(), places.tolist(), keys, strict=True):
            query = wire.read_query(self._port.packet(row))
            query.row = Row(judged, place)
            found = self._desk.find(query)
            if isinstance(found, Entry):
                self._shelf.put(key, query, found)
            if self._put(row, self._desk.as_reply(query, found)):
                done.append(row)
        return np.array(done, np.int64)

    def _put(self, row: int, reply: bytes | wire.Query) -> bool:
        """Lay a whole reply into its row; a question waits for the forwarder instead."""
        if isinstance(reply, wire.Query):
            self._waiters.append((reply, partial(self._finish, reply, self._port.asker(row))))
            return False
        if not reply:
            return False
        self._port.lay(row, reply)
        return True

    def _finish(self, query: wire.Query, asker: Asker, entry: Entry) -> None:
        """Send an answer that came from upstream; runs on the forwarder's thread."""
        self._counts.answered += 1
        asker.send(self._port.sock, self._desk.finish(query, entry))


def _tails(judged: Judged, plain: Plain) -> NDArray[np.intp]:
    """The tail of each row's verdict."""
    tail = judged.verdict * np.intp(PER_VERDICT)
    tail += plain.kind * np.uint8(STATES) + plain.state
    return tail
