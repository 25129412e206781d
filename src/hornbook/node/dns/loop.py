"""The thread that answers: receive a batch, judge it, send what can be said at once.

Where numba is, a batch goes through compiled code (``quick.py``), a microsecond a packet; until
that is loaded, and where it is not, one by one through Python (``few.py``). What neither the tails
of blocked names nor the shelf of late answers can say goes one by one to the cache, and from there
to the forwarder's thread.
"""

from __future__ import annotations

import logging
import threading
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from hornbook.kernel.tables import fits
from hornbook.node.dns import wire
from hornbook.node.dns.cache import Entry
from hornbook.node.dns.columns import I64
from hornbook.node.dns.desk import Desk, House
from hornbook.node.dns.few import Few
from hornbook.node.dns.forward import Forwarder, Waiter
from hornbook.node.dns.limits import Limiter
from hornbook.node.dns.port import Asker, Port
from hornbook.node.dns.shelf import Shelf

if TYPE_CHECKING:
    from hornbook.node.dns.quick import Quick

log = logging.getLogger(__name__)

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
        self._quick: Quick | None = None
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
            try:
                self._turn()
            except Exception:
                log.exception("a batch of packets was not answered")

    def hurry(self) -> None:
        """Load the compiled pass, or make it, and use it from the next batch on."""
        from hornbook.node.dns.quick import Quick

        quick = Quick(
            self._port,
            self._house,
            self._shelf,
            self._limiter,
            self._counts,
            self._house.trusted,
        )
        quick.warm()
        self._quick = quick

    def _turn(self) -> None:
        """Wait for packets and answer them; some time, or until there is something to do here."""
        entered = int(self._house.entered[0])  # before the world is read
        world, quick = self._house.world, self._quick
        if world is None or quick is None or not quick.can_turn(world):
            n, left = self._port.receive(), 0
        else:
            n, left = quick.turn(world, entered)
        if n:
            self.serve(n)
        elif left and quick:
            self._port.fill(left)
            self._finish_batch(left, quick)
            self._submit()

    def serve(self, n: int) -> None:
        """Answer the n packets that lie in the port's columns."""
        self._counts.batches += 1
        self._counts.received += n
        world, quick = self._house.world, self._quick
        if world is not None and quick is not None and fits(world.kernel.catalogue):
            if quick.answer(n, world):
                self._finish_batch(n, quick)
            else:
                self._send(n, None)
        else:
            done = self._few.answer(n)
            self._port.send_few(done)
            self._counts.answered += len(done)
        self._submit()

    def _submit(self) -> None:
        """Ask upstream what has come together."""
        if self._waiters:
            self._forwarder.submit(self._waiters)
            self._waiters = []

    def _send(self, n: int, rows: I64 | None) -> None:
        count = n if rows is None else len(rows)
        if count:
            self._port.send(n, rows)
            self._counts.answered += count

    def _finish_batch(self, n: int, quick: Quick) -> None:
        """Do what the pass has left, and send what has a reply then."""
        renewed, over = quick.rows(n, quick.RENEW), quick.rows(n, quick.OVER)
        if len(renewed):
            quick.renew(renewed)
        self._counts.limited += len(over[SLIPS:])  # dropped
        done = [
            quick.rows(n, quick.DONE),
            renewed,
            self._ask_desk(quick.rows(n, quick.ODD)),
            self._resolve(quick, quick.rows(n, quick.OPEN)),
            self._ask_desk(over[:SLIPS], limited=True),
        ]
        self._send(n, np.concatenate(done))

    def _ask_desk(self, rows: I64, *, limited: bool = False) -> I64:
        """Answer rows one by one; those that have a reply now."""
        done = []
        for row in rows.tolist():
            asker, packet = self._port.asker(row), self._port.packet(row)
            reply = self._desk.answer(packet, asker.client, limited=limited)
            if self._put(row, reply):
                done.append(row)
        return np.array(done, np.int64)

    def _resolve(self, quick: Quick, rows: I64) -> I64:
        """Answer open rows from the cache; what is not there goes to the forwarder."""
        done = []
        for row in rows.tolist():
            query = wire.read_query(self._port.packet(row))
            if self._put(row, quick.look_up(self._desk, query, row)):
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
