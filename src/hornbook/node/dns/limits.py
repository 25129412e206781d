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
from typing import Any

import numpy as np
from numpy.typing import NDArray

PLACES_LOG = 16
_MASK = (1 << 64) - 1
_OWN_V4, _OWN_V6 = 127, bytes(15) + b"\1"


class Limiter:
    """Counts one socket's questions. ``most`` is a second and network (/24, /56); 0 is no limit.

    ``told`` is the same table for compiled code (``hot.Limits``).
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._count: NDArray[np.uint32] = np.zeros(1 << PLACES_LOG, np.uint32)
        self._second = np.zeros(1, np.int64)
        self._factor = secrets.randbits(64) | 1
        shift = np.uint64(64 - PLACES_LOG)
        self.told: tuple[Any, ...] = (
            self._count,
            self._second,
            most,
            np.uint64(self._factor),
            shift,
        )

    def passes(self, client: bytes, now: float) -> bool:
        """Count a question of ``client``, 4 or 16 octets; False when its network asks too much."""
        if not self._most or _is_own(client):
            return True
        if self._second[0] != int(now):
            self._second[0] = int(now)
            self._count.fill(0)
        network = int.from_bytes(client[:3] if len(client) == 4 else client[:7], "big")
        place = (network * self._factor & _MASK) >> (64 - PLACES_LOG)
        self._count[place] += 1
        return bool(self._count[place] <= self._most)


def _is_own(client: bytes) -> bool:
    return client[0] == _OWN_V4 if len(client) == 4 else client == _OWN_V6
