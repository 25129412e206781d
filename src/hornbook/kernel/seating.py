"""Who asks: from a client's address to a seat (person, profile, site).

Networks are nested or disjoint (RFC 4632), so they flatten into ranges that cover the whole
address space, each with the seat of its most specific network; a look-up is one binary
search. Seat 0 is "nobody known" and has the default profile.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hornbook.kernel.parts import Part

KIND = "seating"
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_MAPPED = 0xFFFF << 32  # ::ffff:0:0/96, IPv4 as a dual-stack socket shows it (RFC 4291)
_V6_KEY = np.dtype("S16")


@dataclass(frozen=True)
class Seat:
    """``person`` and ``site`` are keys, "" where unknown; ``profile`` a key of the rulebook."""

    person: str
    profile: str
    site: str


class BadSeating(ValueError):
    """Two seats claim one network, or a network cannot be read."""


def build_seating(
    seats: Sequence[tuple[str, str, str, str]], *, default_profile: str, default_site: str = ""
) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Meta and arrays of a seating part from (network, person, profile, site) rows.

    A network is ``10.1.0.0/16``, ``2001:db8::/48`` or a single address. The most specific one
    wins. Raises :class:`BadSeating` for an unreadable network or one that is given twice.
    """
    numbers = {Seat("", default_profile, default_site): 0}
    claims: dict[Network, int] = {}
    for network, person, profile, site in seats:
        parsed = _network(network)
        if parsed in claims:
            raise BadSeating(f"the network {parsed} has two seats; keep one of them")
        claims[parsed] = numbers.setdefault(Seat(person, profile, site), len(numbers))
    v4 = [(int(n[0]), int(n[-1]), seat) for n, seat in claims.items() if n.version == 4]
    v6 = [(int(n[0]), int(n[-1]), seat) for n, seat in claims.items() if n.version == 6]
    v6 += [(first | _MAPPED, last | _MAPPED, seat) for first, last, seat in v4]
    starts4, seats4 = _flatten(v4, 1 << 32)
    starts6, seats6 = _flatten(v6, 1 << 128)
    keys = b"".join(start.to_bytes(16, "big") for start in starts6)
    return {"seats": [asdict(seat) for seat in numbers]}, {
        "v4_starts": np.array(starts4, np.uint32),
        "v4_seats": np.array(seats4, np.int32),
        "v6_starts": np.frombuffer(keys, np.uint8).reshape(-1, 16),
        "v6_seats": np.array(seats6, np.int32),
    }


class Seating:
    """A seating part, ready for look-ups. Raises ValueError where it contradicts itself."""

    def __init__(self, part: Part) -> None:
        self.hash = part.hash
        self.seats = tuple(Seat(**told) for told in part.meta["seats"])
        self._v4: NDArray[np.uint32] = part.arrays["v4_starts"]
        self._v4_seats: NDArray[np.int32] = part.arrays["v4_seats"]
        self._v6 = part.arrays["v6_starts"].view(_V6_KEY)[:, 0]
        self._v6_seats: NDArray[np.int32] = part.arrays["v6_seats"]
        for starts, seats in ((self._v4, self._v4_seats), (self._v6, self._v6_seats)):
            if not 0 < len(starts) == len(seats) or seats.max() >= len(self.seats):
                raise ValueError("its address ranges do not fit its seats")

    def by_v4(self, addresses: NDArray[np.uint32]) -> NDArray[np.int32]:
        """Seat of each IPv4 address, given as host-order integers (n,)."""
        place = self._v4.searchsorted(addresses.astype(np.uint32, copy=False), "right")
        return self._v4_seats[place - 1]

    def by_v6(self, addresses: NDArray[np.uint8]) -> NDArray[np.int32]:
        """Seat of each IPv6 address, given as 16 octets in network order (n, 16).

        IPv4-mapped addresses have the seat of the IPv4 address.
        """
        keys = np.ascontiguousarray(addresses, np.uint8).view(_V6_KEY)[:, 0]
        return self._v6_seats[self._v6.searchsorted(keys, "right") - 1]

    def by_address(self, text: str) -> int:
        """Seat of one address in text form. Raises ValueError where it is none."""
        address = ipaddress.ip_address(text.partition("%")[0])
        if address.version == 4:
            return int(self.by_v4(np.array([int(address)], np.uint32))[0])
        octets = np.frombuffer(address.packed, np.uint8).reshape(1, 16)
        return int(self.by_v6(octets)[0])

    def of_person(self, person: str) -> int | None:
        """The first seat of a person, None where they have none."""
        return next((n for n, seat in enumerate(self.seats) if seat.person == person), None)


def _network(text: str) -> Network:
    try:
        return ipaddress.ip_network(text)
    except ValueError as error:
        raise BadSeating(f"“{text}” is no network: {error}") from error


def _flatten(networks: list[tuple[int, int, int]], size: int) -> tuple[list[int], list[int]]:
    """Starts of consecutive ranges from address 0, and the seat of each.

    ``networks`` are (first, last, seat), nested or disjoint. Walking them in order of their
    first address, wider before narrower, the open ones form a stack.
    """
    changes = {0: 0}
    open_: list[tuple[int, int]] = []

    def close_before(address: int) -> None:
        while open_ and open_[-1][0] < address:
            last, _ = open_.pop()
            if last + 1 < size:
                changes[last + 1] = open_[-1][1] if open_ else 0

    for first, last, seat in sorted(networks, key=lambda n: (n[0], -n[1])):
        close_before(first)
        open_.append((last, seat))
        changes[first] = seat
    close_before(size)
    return list(changes), list(changes.values())
