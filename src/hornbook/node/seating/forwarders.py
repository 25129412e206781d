"""Which addresses are forwarders that may say for whom they ask."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from hornbook.instance import InstanceError


class Forwarders:
    """The networks of ``trusted_forwarders`` in ``instance.json``. False where there are none.

    Raises InstanceError for a network that cannot be read.
    """

    def __init__(self, networks: Sequence[str] = ()) -> None:
        found = [_network(text) for text in networks]
        self._networks = tuple(found)
        v4 = [network for network in found if network.version == 4]
        v6 = [network for network in found if network.version == 6]
        self._first = np.array([int(network.network_address) for network in v4], np.uint32)
        self._mask = np.array([int(network.netmask) for network in v4], np.uint32)
        self._first6 = _octets(network.network_address.packed for network in v6)
        self._mask6 = _octets(network.netmask.packed for network in v6)

    def __bool__(self) -> bool:
        return bool(self._networks)

    def holds(self, client: str) -> bool:
        """Whether that address, in text form, is one of them."""
        if not self._networks:
            return False
        address = ipaddress.ip_address(client.partition("%")[0])
        return any(address in network for network in self._networks)

    def words(self, *, v6: bool) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
        """Masks and first addresses of one family, two words each: uint64 (k, 2)."""
        if v6:
            mask, first = (
                each.view(">u8").astype(np.uint64) for each in (self._mask6, self._first6)
            )
            return mask, first
        mask, first = np.zeros((2, len(self._mask), 2), np.uint64)
        mask[:, 1], first[:, 1] = self._mask, self._first
        return mask, first

    def rows(self, clients: NDArray[np.uint32] | NDArray[np.uint8]) -> NDArray[np.bool_]:
        """The same (n,) for IPv4 addresses as numbers (n,), or for IPv6 octets (n, 16)."""
        if clients.ndim == 1:
            found: NDArray[np.bool_] = (clients[:, None] & self._mask == self._first).any(1)
            return found
        inside: NDArray[np.bool_] = (
            (clients[:, None, :] & self._mask6 == self._first6).all(2).any(1)
        )
        return inside


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    try:
        return ipaddress.ip_network(text)
    except ValueError as error:
        raise InstanceError(
            f"“{text}” in trusted_forwarders of instance.json is no network: {error}. "
            "Write it like 10.0.0.2 or 10.0.0.0/28."
        ) from error


def _octets(packed: Iterable[bytes]) -> NDArray[np.uint8]:
    return np.frombuffer(b"".join(packed), np.uint8).reshape(-1, 16)
