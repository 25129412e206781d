"""Who is at the other end: addresses as octets, and how much one address may have open."""

from __future__ import annotations

import ipaddress
from collections import Counter
from functools import lru_cache

from hornbook.node.dns.columns import MAPPED


@lru_cache(maxsize=4096)
def octets(text: bytes) -> bytes:
    """The 16 octets of an address in text form, IPv4 mapped. Raises ValueError."""
    address = ipaddress.ip_address(text.decode("ascii", "replace").partition("%")[0])
    return address.packed if address.version == 6 else MAPPED + address.packed


class Crowd:
    """Counts what each address has open; nobody has more than ``most``."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._open: Counter[bytes] = Counter()

    def enter(self, client: bytes) -> bool:
        """Count one more, or say that it is too much."""
        if self._open[client] >= self._most:
            return False
        self._open[client] += 1
        return True

    def leave(self, client: bytes) -> None:
        self._open[client] -= 1
        if self._open[client] <= 0:
            del self._open[client]
