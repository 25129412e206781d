"""Why one name gets one verdict: the same judge, a batch of one, with everything it saw."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

from hornbook.kernel.catalogue import Source
from hornbook.kernel.judge import Kernel, Now, One
from hornbook.kernel.names import normalise, to_wire
from hornbook.kernel.orders import Order
from hornbook.kernel.paths import Address
from hornbook.kernel.rulebook import Verdict
from hornbook.kernel.seating import Seat

_ALLOW = Verdict("allow")


@dataclass(slots=True)
class Suffix:
    """One suffix that was looked up: whether it is ``listed``, and whether it decided."""

    name: str
    listed: bool
    matched: bool


@dataclass(slots=True)
class Explanation:
    """The whole chain from a name to a verdict.

    ``suffixes`` go from the longest to the shortest; ``sources`` are those of the set,
    parents' included. ``seat`` is None where a profile was asked about instead. ``path`` is the
    listed path of that site which decided, "" where the host did. ``ruled`` is
    what the rules say; ``order`` the order that is stronger, None where there is none.
    """

    name: str
    suffixes: tuple[Suffix, ...]
    set_id: int
    sources: tuple[Source, ...]
    seat: Seat | None
    profile: str
    slot: int
    verdict: Verdict
    verdict_number: int
    catalogue: str
    rulebook: str
    seating: str
    ruled: Verdict = _ALLOW
    order: Order | None = None
    path: str = ""

    @property
    def matched(self) -> str:
        """The longest listed suffix, "" where no list has the name."""
        return next((suffix.name for suffix in self.suffixes if suffix.matched), "")

    @property
    def categories(self) -> tuple[str, ...]:
        """The distinct categories that hold for the name, in alphabetical order.

        Those of rewrites hold for the listed host alone.
        """
        is_host = self.matched == self.name
        held = (source for source in self.sources if is_host or source.kind != "rewrite")
        return tuple(sorted({source.category for source in held}))

    def as_dict(self) -> dict[str, Any]:
        """For JSON: all of the above, and by how many sources the name is listed."""
        return asdict(self) | {
            "order": self.order and self.order.told(),
            "matched": self.matched,
            "categories": list(self.categories),
            "listed_by": len(self.sources),
        }


def explain(
    kernel: Kernel,
    name: str,
    *,
    seat: int = 0,
    profile: str | None = None,
    slot: int = 0,
    now: Now | None = None,
    path: bytes = b"",
    port: int = 0,
) -> Explanation:
    """What ``name`` gets at ``seat`` (or, if given, for ``profile``) in time slot ``slot``.

    With ``now`` (:meth:`Kernel.at`) its slot counts, and the seat is read as it is then, orders
    included. ``path`` (with its query) and ``port`` are what a proxy sees beside the name. Raises
    :class:`~hornbook.kernel.wires.BadName` for what is no domain name, KeyError for a profile
    that the rulebook does not know, IndexError for a seat or slot beyond the last.
    """
    plain = normalise(name)
    address = Address.of(to_wire(plain), path, port)
    now = now or Now(slot, 0.0, 0.0)
    seat = now.present_one(seat)
    if profile is None:
        place = int(kernel.profile_of_seat[seat])
        one, below = kernel.judge_address(address, seat, now)
    else:
        place = _profile_place(kernel, profile)
        at = partial(kernel.judge_one_profile, profile=place, slot=now.slot)
        one, below = kernel.longest_path(address, at)
    known = kernel.seating.seats[seat] if profile is None else None
    told = _told(kernel, plain, one, now.slot, place, known)
    told.suffixes = _suffixes(_texts(plain, address, bool(below)), one)
    told.path = below
    return told


def explain_set(
    kernel: Kernel, name: str, set_id: int, now: Now, *, seat: int = 0, profile: str | None = None
) -> Explanation:
    """What something in that set gets that has no name of its own, such as a bare address.

    ``name`` is what people read. Raises KeyError for a profile that the rulebook does not know.
    """
    seat = now.present_one(seat)
    if profile is None:
        place = int(kernel.profile_of_seat[seat])
        one = kernel.judge_set(set_id, seat, now)
    else:
        place = _profile_place(kernel, profile)
        ruled = int(kernel.rulebook.matrix[now.slot, place, set_id])
        one = One(ruled, set_id, -1, ruled, -1, [], [])
    known = kernel.seating.seats[seat] if profile is None else None
    return _told(kernel, name, one, now.slot, place, known)


def _told(
    kernel: Kernel, name: str, one: One, slot: int, profile: int, seat: Seat | None
) -> Explanation:
    """What a judgement says, without what was looked up for it; ``profile`` is its place."""
    return Explanation(
        name=name,
        suffixes=(),
        set_id=one.set_id,
        sources=kernel.catalogue.sources_of(one.set_id),
        seat=seat,
        profile=kernel.rulebook.profiles[profile],
        slot=slot,
        verdict=kernel.verdict(one.verdict),
        verdict_number=one.verdict,
        catalogue=kernel.catalogue.hash,
        rulebook=kernel.rulebook.hash,
        seating=kernel.seating.hash,
        ruled=kernel.verdict(one.ruled),
        order=kernel.seating.orders[one.order] if one.order >= 0 else None,
    )


def _profile_place(kernel: Kernel, profile: str) -> int:
    if profile not in kernel.rulebook.profiles:
        raise KeyError(f"the rulebook has no profile {profile}")
    return kernel.rulebook.profiles.index(profile)


def _texts(plain: str, address: Address, below: bool) -> Iterator[str]:
    """What was looked up, in text form, the longest first."""
    if below:
        site = plain if address.site is address.host else plain.partition(".")[2]
        depth = len(address.levels)
        yield from (
            site + b"".join(address.levels[: depth - n]).decode("utf-8", "replace")
            for n in range(depth)
        )
        plain = site
    while plain:  # a dot always parts two labels, so the names need not be made from octets
        yield plain
        plain = plain.partition(".")[2]


def _suffixes(texts: Iterator[str], one: One) -> tuple[Suffix, ...]:
    return tuple(
        Suffix(text, listed >= 0, start == one.start)
        for text, (start, _), listed in zip(texts, one.suffixes, one.sets, strict=True)
    )
