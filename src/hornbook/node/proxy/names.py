"""For which names Envoy may be given a certificate, and how many at most.

A name gets in by a verdict that opens a tunnel to be looked into, never by what a client says in
TLS alone. The least recently used leaves when it is full. How many names that are new here one
client may bring is limited: each costs a signature and 30 kB of Envoy's memory.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable

MAX_NAMES = 4000  # 120 MB of Envoy's memory
BURST = 200  # new names of one client at once: a page full of embedded sites
PER_SECOND = 5.0
MAX_CLIENTS = 20_000


class Names:
    """Names in use, the one used longest ago first. ``left`` is told which one leaves."""

    def __init__(self, most: int = MAX_NAMES, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._clock = clock
        self._known: OrderedDict[str, None] = OrderedDict()
        self._allowance: OrderedDict[bytes, tuple[float, float]] = OrderedDict()
        self.left: Callable[[str], None] = lambda name: None

    def __contains__(self, name: str) -> bool:
        return name in self._known

    def __len__(self) -> int:
        return len(self._known)

    def use(self, name: str, client: bytes) -> bool:
        """Let ``name`` have a certificate; false when this client has brought too many new ones."""
        if name not in self._known and not self._allows(client):
            return False
        self.admit(name)
        return True

    def admit(self, name: str) -> None:
        """As :meth:`use`, for a name that nobody brings."""
        self._known[name] = None
        self._known.move_to_end(name)
        while len(self._known) > self._most:
            gone, _ = self._known.popitem(last=False)
            self.left(gone)

    def forget(self, name: str) -> None:
        self._known.pop(name, None)

    def _allows(self, client: bytes) -> bool:
        now = self._clock()
        left, at = self._allowance.pop(client, (float(BURST), now))
        left = min(float(BURST), left + (now - at) * PER_SECOND)
        allowed = left >= 1.0
        self._allowance[client] = (left - 1.0 if allowed else left, now)
        while len(self._allowance) > MAX_CLIENTS:
            self._allowance.popitem(last=False)
        return allowed
