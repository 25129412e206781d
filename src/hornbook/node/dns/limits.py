"""How many answers one network gets in a second, so that nobody can aim this server at it.

Whoever forges the source of questions makes a server send answers to a victim. Beyond the limit
most questions get nothing, and every second one a truncated reply, no larger than the question:
a real client then asks by TCP, which cannot be forged. Loopback is not limited, for no forged
packet comes from there; nor is who brings back a cookie of ours (``cookies.py``).

Networks are counted in a table of hashes: two may share a place, but which ones, nobody outside
can know.
"""

from __future__ import annotations

import secrets

import numpy as np
from numpy.typing import NDArray

from hornbook.node.dns.columns import U8, U32, Bools
from hornbook.node.dns.rows import unpacked

PLACES_LOG = 16
_V4_SHIFT, _V6_SHIFT = np.uint64(8), np.uint64(8)  # /24; of 64 bits, /56
_LOOPBACK_V4 = np.uint32(127)
_LOOPBACK_V6 = np.frombuffer(bytes(15) + b"\1", np.uint8)


class Limiter:
    """Counts one socket's questions. ``most`` is a second and network; 0 is no limit.

    While all networks together have asked no more than that in a second, none is counted.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._count: NDArray[np.uint32] = np.zeros(1 << PLACES_LOG, np.uint32)
        self._factor = np.uint64(secrets.randbits(64) | 1)
        self._begin(0)

    def _begin(self, second: int) -> None:
        self._second = second
        self._seen = 0
        self._waiting: list[U32 | U8] = []
        self._singles: list[bytes] = []
        self._is_fresh = True  # the table holds an earlier second's counts

    def over(self, clients: U32 | U8, now: float) -> Bools | None:
        """Count questions of ``clients`` (n,) or (n, 16); which are too many, None for none."""
        if not self._most:
            return None
        if int(now) != self._second:
            self._begin(int(now))
        self._seen += len(clients)
        self._waiting.append(clients)
        if self._seen <= self._most:
            return None
        away = ~_is_loopback(clients)
        if not away.any():
            self._waiting.pop()
            return None
        self._count_waiting()
        away &= self._count.take(self._places(clients)) > self._most
        return away if away.any() else None

    def passes(self, client: bytes, now: float) -> bool:
        """The same for one question; 4 or 16 octets."""
        if not self._most:
            return True
        if int(now) != self._second:
            self._begin(int(now))
        if self._seen < self._most:
            self._seen += 1
            self._singles.append(client)
            return True
        return self.over(unpacked(client), now) is None

    def _count_waiting(self) -> None:
        """Those of this second that are not counted yet."""
        if self._is_fresh:
            self._count.fill(0)
            self._is_fresh = False
        if self._singles:
            self._waiting.append(unpacked(*self._singles))
        for clients in self._waiting:
            away = clients[~_is_loopback(clients)]
            np.add.at(self._count, self._places(away), np.uint32(1))
        self._waiting, self._singles = [], []

    def _places(self, clients: U32 | U8) -> NDArray[np.int64]:
        if clients.ndim == 1:
            network = clients.astype(np.uint64) >> _V4_SHIFT
        else:
            octets = np.ascontiguousarray(clients[:, :8])
            network = octets.view(">u8")[:, 0].astype(np.uint64) >> _V6_SHIFT
        network *= self._factor
        network >>= np.uint64(64 - PLACES_LOG)
        return network.view(np.int64)


def _is_loopback(clients: U32 | U8) -> Bools:
    if clients.ndim == 1:
        found: Bools = clients >> 24 == _LOOPBACK_V4
        return found
    same: Bools = (clients == _LOOPBACK_V6).all(1)
    return same
