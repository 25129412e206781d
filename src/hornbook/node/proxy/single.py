"""One row of the record for something that was judged by itself."""

from __future__ import annotations

import numpy as np

from hornbook.kernel.judge import Judgement, Now
from hornbook.node.dns.desk import House
from hornbook.node.dns.rows import PROTOCOLS
from hornbook.node.dns.world import World
from hornbook.node.doh.clerk import as_rows
from hornbook.node.proxy.who import read_who, seats_of

PROXY = PROTOCOLS.index("proxy")


class Asker:
    """Who asked, as ``ask.lua`` tells it (``who``)."""

    def __init__(self, world: World, now: float, told: str) -> None:
        self.world, self.now = world, now
        self.held: Now = world.moment(now).now
        who = read_who(told)
        self._clients = np.frombuffer(who.client, np.uint8).reshape(1, 16)
        self._seats = self.held.present(seats_of(world.kernel.seating, [who], now))

    @property
    def seat(self) -> int:
        """As it is now."""
        return int(self._seats[0])

    def write(self, house: House, wire: bytes, verdict: int, set_id: int) -> None:
        """A row of the record: this person got that for this name."""
        judged = Judgement(
            np.array([verdict], np.uint16), np.array([set_id], np.uint32), np.array([-1], np.int16)
        )
        none, protos = np.zeros(1, np.uint16), np.full(1, PROXY)
        for batch, _ in as_rows(
            self.world, self.now, self.held, protos, [wire], judged, self._seats,
            self._clients, none,
        ):  # fmt: skip
            house.journal.add(batch)
