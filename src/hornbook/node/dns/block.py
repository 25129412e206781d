"""Rows of the record in the making: columns that the answering thread fills in place.

A block is some thousand rows long and no row is written twice, so what was taken out of it stays as
it is. The answering thread fills it, the journal's thread takes what is there.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hornbook.node.dns.rows import PROTOCOLS, Judged
from hornbook.node.dns.world import World

ROWS = 8192
OCTETS = 64 * ROWS  # of names; they have 20 on average
MOST = 256  # octets that one name may take
UDP = PROTOCOLS.index("udp")


class Page(NamedTuple):
    """The columns of a block, as :class:`Judged` has them; ``clients`` as octets, 4 or 16 of them.

    ``filled`` (1,): how many rows, times 2**32, and how many octets of names. It is written last,
    in one piece.
    """

    at: NDArray[np.int64]
    octets: NDArray[np.uint8]
    length: NDArray[np.int64]
    verdict: NDArray[np.uint16]
    set_id: NDArray[np.uint32]
    seat: NDArray[np.int32]
    clients: NDArray[np.uint8]
    qtype: NDArray[np.uint16]
    filled: NDArray[np.int64]


def blank(*, v6: bool = False) -> Page:
    """A page with nothing on it."""
    return Page(
        np.empty(ROWS, np.int64),
        np.empty(OCTETS, np.uint8),
        np.empty(ROWS, np.int64),
        np.empty(ROWS, np.uint16),
        np.empty(ROWS, np.uint32),
        np.empty(ROWS, np.int32),
        np.empty((ROWS, 16 if v6 else 4), np.uint8),
        np.empty(ROWS, np.uint16),
        np.zeros(1, np.int64),
    )


def has_room(filled: int, rows: int) -> bool:
    """Whether so many more rows fit on a page, whatever their names. Also compiled."""
    used, octets = filled >> 32, filled & 0xFFFFFFFF
    return used + rows <= ROWS and octets + rows * MOST <= OCTETS


class Block:
    """Rows of one world, slot, address family and protocol. ``closed``: nothing more will come."""

    def __init__(self, world: World, slot: int, *, v6: bool, proto: int = UDP) -> None:
        self.world, self.slot, self.is_v6, self._proto = world, slot, v6, proto
        self.page = blank(v6=v6)
        self.closed = False
        self._seen = self._taken = 0

    @property
    def filled(self) -> int:
        return int(self.page.filled[0])

    def take(self) -> Judged | None:
        """The rows that were there when this was called before, each once; all when it is closed.

        The filling thread holds no lock. What was counted a call ago, it has written for certain.
        """
        end = self.filled if self.closed else self._seen
        begin, self._taken, self._seen = self._taken, end, self.filled
        return None if begin == end else self.rows(begin, end)

    def rows(self, begin: int, end: int) -> Judged:
        """What was filled between two states of ``filled``."""
        page, rows = self.page, slice(begin >> 32, end >> 32)
        clients = page.clients[rows]
        return Judged(
            self.world,
            page.at[rows],
            self.slot,
            self._proto,
            page.octets[begin & 0xFFFFFFFF : end & 0xFFFFFFFF],
            page.length[rows],
            page.verdict[rows],
            page.set_id[rows],
            page.seat[rows],
            clients if self.is_v6 else clients.view(">u4")[:, 0].astype(np.uint32),
            page.qtype[rows],
        )
