"""Who asks: from a client's address, token, certificate, login or MAC address to a seat (person,
profile, site).

Networks are nested or disjoint (RFC 4632), so they flatten into ranges that cover the whole
address space, each with the seat of its most specific network; a look-up is one binary
search. Tokens are kept as their SHA-256 only: who reads the part learns none. Certificates and
logins (``ann@DISTRICT.EXAMPLE``) have tables of their own, since neither is a secret: sent as a
token, they are unknown. Seat 0 is "nobody known" and has the default profile.

Seats change by themselves: a *step* says that from a moment on a seat is another one (somebody
turns 17, a role begins or ends), and *orders* (:mod:`hornbook.kernel.orders`) say what holds for
some seats for a while. Neither needs another part when its time comes.
"""

from __future__ import annotations

import hashlib
import ipaddress
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hornbook.kernel.orders import NEVER, Order
from hornbook.kernel.parts import Part

KIND = "seating"
_Span = tuple[int, int, int]  # version, first and last address of a network
_MAPPED = 0xFFFF << 32  # ::ffff:0:0/96, IPv4 as a dual-stack socket shows it (RFC 4291)
_V6_KEY = np.dtype("S16")
DIGEST = 32  # octets of SHA-256
MAC = 6  # octets of an EUI-48


@dataclass(frozen=True)
class Seat:
    """``person`` and ``site`` are keys, "" where unknown; ``profile`` a key of the rulebook."""

    person: str
    profile: str
    site: str


@dataclass(frozen=True)
class Key:
    """Octets that say who asks: the SHA-256 of a token, a certificate or a login, or a MAC address.

    ``ends`` is when it ends to be good, in Unix seconds.
    """

    octets: bytes
    seat: Seat
    ends: int = NEVER


@dataclass(frozen=True)
class Step:
    """From ``at`` on (Unix seconds), whoever has the seat ``before`` has the seat ``after``."""

    at: int
    before: Seat
    after: Seat


class BadSeating(ValueError):
    """Two seats claim one network or key, or one of these cannot be read."""


def build_seating(
    seats: Sequence[tuple[str, str, str, str]],
    *,
    default_profile: str,
    default_site: str = "",
    tokens: Iterable[Key] = (),
    certificates: Iterable[Key] = (),
    logins: Iterable[Key] = (),
    macs: Iterable[Key] = (),
    steps: Iterable[Step] = (),
    orders: Iterable[Order] = (),
    others: Iterable[Seat] = (),
    recording: Mapping[str, Any] | None = None,
) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Meta and arrays of a seating part from (network, person, profile, site) rows.

    A network is ``10.1.0.0/16``, ``2001:db8::/48`` or a single address. The most specific one
    wins. ``others`` are seats that no network has and that shall be known all the same.
    ``recording`` says what of it may be recorded with whose name (``record.scope``), nothing that
    there is no limit. Raises :class:`BadSeating` for an unreadable network or key, or one that is
    given twice.
    """
    numbers = {Seat("", default_profile, default_site): 0}
    claims: dict[_Span, int] = {}
    for network, person, profile, site in seats:
        span = _span(network)
        if span in claims:
            raise BadSeating(f"the network {network} has two seats; keep one of them")
        claims[span] = numbers.setdefault(Seat(person, profile, site), len(numbers))
    keys = _keys("token", tokens, DIGEST, numbers) | _keys("mac", macs, MAC, numbers)
    keys |= _keys("certificate", certificates, DIGEST, numbers)
    keys |= _keys("login", logins, DIGEST, numbers)
    for seat in others:
        numbers.setdefault(seat, len(numbers))
    known_steps = _steps(steps, numbers)
    told, members = _orders(orders, numbers)
    v4 = [(first, last, seat) for (version, first, last), seat in claims.items() if version == 4]
    v6 = [(first, last, seat) for (version, first, last), seat in claims.items() if version == 6]
    v6 += [(first | _MAPPED, last | _MAPPED, seat) for first, last, seat in v4]
    starts4, seats4 = _flatten(v4, 1 << 32)
    starts6, seats6 = _flatten(v6, 1 << 128)
    edges = b"".join(start.to_bytes(16, "big") for start in starts6)
    seated = [_told(seat) for seat in numbers]
    return {"seats": seated, "orders": told, "recording": dict(recording or {})}, {
        "v4_starts": np.array(starts4, np.uint32),
        "v4_seats": np.array(seats4, np.int32),
        "v6_starts": np.frombuffer(edges, np.uint8).reshape(-1, 16),
        "v6_seats": np.array(seats6, np.int32),
        **keys,
        **known_steps,
        **members,
    }


class Seating:
    """A seating part, ready for look-ups. Raises ValueError where it contradicts itself."""

    def __init__(self, part: Part) -> None:
        self.hash = part.hash
        #: What may be recorded, as the console wrote it; None in a part from before it did.
        self.recording: Any = part.meta.get("recording")
        self.seats = tuple(Seat(**told) for told in part.meta["seats"])
        self._v4: NDArray[np.uint32] = part.arrays["v4_starts"]
        self._v4_seats: NDArray[np.int32] = part.arrays["v4_seats"]
        self._v6 = part.arrays["v6_starts"].view(_V6_KEY)[:, 0]
        self._v6_seats: NDArray[np.int32] = part.arrays["v6_seats"]
        for starts, seats in ((self._v4, self._v4_seats), (self._v6, self._v6_seats)):
            if not 0 < len(starts) == len(seats) or seats.max() >= len(self.seats):
                raise ValueError("its address ranges do not fit its seats")
        self._tokens = _Table(part, "token", DIGEST, len(self.seats))
        self._certificates = _Table(part, "certificate", DIGEST, len(self.seats))
        self._logins = _Table(part, "login", DIGEST, len(self.seats))
        self._macs = _Table(part, "mac", MAC, len(self.seats))
        self._step_at: NDArray[np.int64] = part.arrays.get("step_at", np.empty(0, np.int64))
        self._step: NDArray[np.int32] = part.arrays.get("step", np.empty((0, 2), np.int32))
        if len(self._step_at) != len(self._step) or _beyond(self._step, len(self.seats)):
            raise ValueError("its steps do not fit its seats")
        self.orders = tuple(Order.read(told) for told in part.meta.get("orders", ()))
        self.members = _members(part, len(self.orders))
        if any(_beyond(seats, len(self.seats)) for seats in self.members):
            raise ValueError("its orders do not fit its seats")

    def ranges(
        self, *, v6: bool
    ) -> tuple[NDArray[np.uint64], NDArray[np.uint64], NDArray[np.int32]]:
        """Where each range of addresses of a family begins, as two words, and its seat."""
        if not v6:
            low = self._v4.astype(np.uint64)
            return np.zeros(len(low), np.uint64), low, self._v4_seats
        words = self._v6.view(">u8").astype(np.uint64).reshape(-1, 2)
        return words[:, 0], words[:, 1], self._v6_seats

    @property
    def edges(self) -> list[int]:
        """When a seat becomes another one (Unix seconds), in order."""
        return sorted(set(self._step_at.tolist()))

    def present(self, now: float) -> NDArray[np.int32] | None:
        """For each seat, which seat it is at ``now`` (Unix time); None while none has changed."""
        count = int(self._step_at.searchsorted(now, "right"))
        if not count:
            return None
        found = np.arange(len(self.seats), dtype=np.int32)
        # From the last step to the first, so that a chain of steps ends where its last one does.
        for before, after in self._step[count - 1 :: -1].tolist():
            found[before] = found[after]
        return found

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

    def by_token(self, tokens: Sequence[bytes], *, now: float = math.inf) -> NDArray[np.int32]:
        """Seat (n,) of each token as it arrived; 0 for an unknown, revoked or ended one.

        ``now`` is Unix time. Without it, a token that ever ends counts as ended.
        """
        return self._tokens.find(_rows([hashlib.sha256(token).digest() for token in tokens]), now)

    def by_certificate(
        self, fingerprints: Sequence[bytes], *, now: float = math.inf
    ) -> NDArray[np.int32]:
        """Seat (n,) of each SHA-256 of a certificate; 0 for one that is unknown, revoked or ended.

        That its holder has the key was seen before: this is no secret.
        """
        return self._certificates.find(_rows(fingerprints), now)

    def by_login(self, logins: Sequence[str]) -> NDArray[np.int32]:
        """Seat (n,) of each login, in the form that :func:`login_digest` takes; 0 for unknown."""
        return self._logins.find(_rows([login_digest(login) for login in logins]), 0)

    def by_mac(self, macs: NDArray[np.uint8]) -> NDArray[np.int32]:
        """Seat of each MAC address, given as octets (n, 6); 0 for an unknown one."""
        return self._macs.find(macs, 0)

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


class _Table:
    """Keys of equal size in order, each with its seat and its end."""

    def __init__(self, part: Part, name: str, size: int, seats: int) -> None:
        # A part from before there were keys has none.
        empty = np.empty((0, size), np.uint8)
        octets = part.arrays.get(f"{name}_keys", empty)
        self._key = np.dtype(f"S{size}")
        self._keys = octets.view(self._key)[:, 0]
        self._seats: NDArray[np.int32] = part.arrays.get(f"{name}_seats", np.empty(0, np.int32))
        self._ends: NDArray[np.int64] = part.arrays.get(f"{name}_ends", np.empty(0, np.int64))
        same = octets.shape[1] == size and len(octets) == len(self._seats) == len(self._ends)
        if not same or self._seats.max(initial=0) >= seats or self._seats.min(initial=0) < 0:
            raise ValueError(f"its {name} keys do not fit its seats")

    def find(self, octets: NDArray[np.uint8], now: float) -> NDArray[np.int32]:
        """Seats (n,) of keys (n, size); 0 for what is unknown, or ended at ``now``."""
        if not len(self._keys):
            return np.zeros(len(octets), np.int32)
        keys = np.ascontiguousarray(octets, np.uint8).view(self._key)[:, 0]
        place = np.minimum(self._keys.searchsorted(keys), len(self._keys) - 1)
        good = (self._keys[place] == keys) & (
            (self._ends[place] == NEVER) | (self._ends[place] > now)
        )
        return np.where(good, self._seats[place], np.int32(0))


def login_digest(login: str) -> bytes:
    """Of ``name@REALM``: names are alike in any case (as in a Windows domain), realms are not."""
    name, _, realm = login.rpartition("@")
    return hashlib.sha256(f"{name.lower()}@{realm}".encode()).digest()


def _rows(digests: Sequence[bytes]) -> NDArray[np.uint8]:
    return np.frombuffer(b"".join(digests), np.uint8).reshape(-1, DIGEST)


def _keys(
    name: str, given: Iterable[Key], size: int, numbers: dict[Seat, int]
) -> dict[str, NDArray[Any]]:
    """The three arrays of one table; a seat that is new gets the next number."""
    found = sorted(given, key=lambda key: key.octets)
    for before, key in pairwise(found):
        if before.octets == key.octets:
            raise BadSeating(f"a {name} key has two seats; keep one of them")
    if any(len(key.octets) != size for key in found):
        raise BadSeating(f"a {name} key must have {size} octets")
    seats = [numbers.setdefault(key.seat, len(numbers)) for key in found]
    octets = b"".join(key.octets for key in found)
    return {
        f"{name}_keys": np.frombuffer(octets, np.uint8).reshape(-1, size),
        f"{name}_seats": np.array(seats, np.int32),
        f"{name}_ends": np.array([key.ends for key in found], np.int64),
    }


def _steps(steps: Iterable[Step], numbers: dict[Seat, int]) -> dict[str, NDArray[Any]]:
    found = sorted(
        (
            step.at,
            numbers.setdefault(step.before, len(numbers)),
            numbers.setdefault(step.after, len(numbers)),
        )
        for step in steps
    )
    return {
        "step_at": np.array([at for at, _, _ in found], np.int64),
        "step": np.array([pair for _, *pair in found], np.int32).reshape(-1, 2),
    }


def _orders(
    orders: Iterable[Order], numbers: dict[Seat, int]
) -> tuple[list[dict[str, Any]], dict[str, NDArray[Any]]]:
    """The orders, strongest first, and the seats that each is for."""
    found = sorted(orders, key=lambda order: order.strength)
    of_person: dict[str, list[int]] = {}
    for seat, number in numbers.items():
        of_person.setdefault(seat.person, []).append(number)
    members = [_held(order, numbers, of_person) for order in found]
    return [order.told() for order in found], {
        "order_ends": np.cumsum([len(one) for one in members], dtype=np.int64),
        "order_seats": np.array([seat for one in members for seat in one], np.int32),
    }


def _held(order: Order, numbers: dict[Seat, int], of_person: dict[str, list[int]]) -> list[int]:
    if order.who.persons:
        return [n for person in sorted(order.who.persons) for n in of_person.get(person, ())]
    return [
        n for seat, n in numbers.items() if order.who.holds(seat.person, seat.profile, seat.site)
    ]


def _members(part: Part, orders: int) -> list[NDArray[np.int32]]:
    if not orders:
        return []
    ends = part.arrays["order_ends"]
    if len(ends) != orders:
        raise ValueError("its orders and their seats are not as many")
    return np.split(part.arrays["order_seats"], ends[:-1])


def _beyond(seats: NDArray[np.int32], count: int) -> bool:
    return bool(len(seats)) and not 0 <= int(seats.min()) <= int(seats.max()) < count


def _told(seat: Seat) -> dict[str, str]:
    return {"person": seat.person, "profile": seat.profile, "site": seat.site}


@lru_cache(maxsize=1 << 16)  # the same addresses are compiled again with each change
def _span(text: str) -> _Span:
    try:
        network = ipaddress.ip_network(text)
    except ValueError as error:
        raise BadSeating(f"“{text}” is no network: {error}") from error
    first = int(network.network_address)
    return network.version, first, first | (1 << network.max_prefixlen - network.prefixlen) - 1


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
