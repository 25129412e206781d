"""The thread that answers: receive a batch, judge it, send what can be said at once.

A batch of plain questions to blocked names, which is the worst that a filter is asked, is
answered without a loop over packets: about a hundred numpy calls a batch, whatever its size.
Allowed names go one by one to the cache, and from there to the forwarder's thread.
"""

from __future__ import annotations

import logging
import threading
import time
from functools import partial

import numpy as np
from numpy.typing import NDArray

from hornbook.kernel.seating import Seating
from hornbook.kernel.wires import Wires
from hornbook.node.dns import wire
from hornbook.node.dns.cache import Entry
from hornbook.node.dns.columns import I64, KEPT, NAME, U8, U32, Plain, Rows
from hornbook.node.dns.desk import Desk, House, Row
from hornbook.node.dns.forward import Forwarder, Waiter
from hornbook.node.dns.port import Asker, Port
from hornbook.node.dns.rows import PROTOCOLS, Judged
from hornbook.node.dns.tails import PER_VERDICT, STATES
from hornbook.node.dns.world import Moment, World

log = logging.getLogger(__name__)

BATCH = 512  # packets: half a megabyte of buffers, which a core's cache holds

UDP = PROTOCOLS.index("udp")


class Loop:
    """One socket's thread. ``stop`` ends it after the batch that it is in."""

    def __init__(self, port: Port, house: House, forwarder: Forwarder) -> None:
        self._port = port
        self._house = house
        self._forwarder = forwarder
        self._counts = house.new_counts()
        self._desk = Desk(house, self._counts)
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
        answered = self._answer(n)
        count = n if answered is None else len(answered)
        if count:
            self._port.send(n, answered)
            self._counts.answered += count
        if self._waiters:
            self._forwarder.submit(self._waiters)
            self._waiters = []

    def _answer(self, n: int) -> I64 | None:
        """Write replies into the port; the rows that have one now, None for all n."""
        world = self._house.world
        if world is None:
            return self._ask_desk(np.arange(n))
        columns = self._port.columns
        plain = columns.read_plain(n)
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
        judged = self._judge(world, moment, now, plain, rows)
        blocked = world.blocks.take(judged.verdict)
        count = int(np.count_nonzero(blocked))
        self._counts.blocked += count
        if count == len(blocked):
            self._block(moment, judged, plain, rows)
            return None
        numbers = np.arange(rows.stop) if isinstance(rows, slice) else rows
        open_rows = numbers[~blocked]
        packets = [self._port.columns.packet(row) for row in open_rows.tolist()]
        self._block(moment, judged, plain, rows)  # heads of open rows are overwritten after this
        judged_rows = [Row(judged, place) for place in np.flatnonzero(~blocked).tolist()]
        return np.concatenate([numbers[blocked], self._resolve(open_rows, packets, judged_rows)])

    def _judge(self, world: World, moment: Moment, now: float, plain: Plain, rows: Rows) -> Judged:
        columns, kernel = self._port.columns, world.kernel
        names = columns.data[rows, NAME : NAME + int(plain.length.max())]
        clients = self._port.addresses(rows)
        seat = moment.now.present(_seats(kernel.seating, clients))
        wires = Wires(names, plain.length, plain.starts)
        judged = kernel.judge(wires, seat, moment.now)
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

    def _block(self, moment: Moment, judged: Judged, plain: Plain, rows: Rows) -> None:
        """Point each row's reply to the tail of its verdict."""
        port, columns, tails = self._port, self._port.columns, moment.tails
        tail = judged.verdict * np.intp(PER_VERDICT)
        tail += plain.kind * np.uint8(STATES) + plain.state
        columns.first[rows] = columns.first[rows] & KEPT | tails.first.take(tail)
        columns.counts[rows] = tails.counts.take(tail)
        port.front[rows] = plain.end
        port.tail[rows] = tails.address.take(tail)
        port.tail_length[rows] = tails.length.take(tail)

    def _ask_desk(self, rows: I64) -> I64:
        """Answer rows one by one; those that have a reply now."""
        done = []
        for row in rows.tolist():
            asker = self._port.asker(row)
            reply = self._desk.answer(self._port.columns.packet(row), asker.client)
            if self._put(row, reply):
                done.append(row)
        return np.array(done, np.int64)

    def _resolve(self, rows: I64, packets: list[bytes], judged_rows: list[Row]) -> I64:
        """Answer open rows from the cache; what is not there goes to the forwarder."""
        done = []
        for row, packet, judged in zip(rows.tolist(), packets, judged_rows, strict=True):
            query = wire.read_query(packet)
            query.row = judged
            if self._put(row, self._desk.resolve(query)):
                done.append(row)
        return np.array(done, np.int64)

    def _put(self, row: int, reply: bytes | wire.Query) -> bool:
        """Lay a whole reply into its row; a question waits for the forwarder instead."""
        if isinstance(reply, wire.Query):
            self._waiters.append((reply, partial(self._finish, reply, self._port.asker(row))))
            return False
        if not reply:
            return False
        port = self._port
        port.columns.data[row, : len(reply)] = np.frombuffer(reply, np.uint8)
        port.front[row] = len(reply)
        port.tail_length[row] = 0
        return True

    def _finish(self, query: wire.Query, asker: Asker, entry: Entry) -> None:
        """Send an answer that came from upstream; runs on the forwarder's thread."""
        self._counts.answered += 1
        asker.send(self._port.sock, self._desk.finish(query, entry))


def _seats(seating: Seating, clients: U32 | U8) -> NDArray[np.int32]:
    if clients.ndim == 1:
        return seating.by_v4(clients.view(np.uint32))
    return seating.by_v6(clients.view(np.uint8))
