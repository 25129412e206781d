"""Why one name gets one verdict: the same judge, a batch of one, with everything it saw."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from hornbook.kernel.catalogue import Source
from hornbook.kernel.judge import Kernel
from hornbook.kernel.names import from_wire, normalise, to_wire
from hornbook.kernel.rulebook import Verdict
from hornbook.kernel.seating import Seat
from hornbook.kernel.wires import Wires


@dataclass(frozen=True)
class Suffix:
    """One suffix that was looked up: whether it is ``listed``, and whether it decided."""

    name: str
    listed: bool
    matched: bool


@dataclass(frozen=True)
class Explanation:
    """The whole chain from a name to a verdict.

    ``suffixes`` go from the longest to the shortest; ``sources`` are those of the set,
    parents' included. ``seat`` is None where a profile was asked about instead.
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
            "matched": self.matched,
            "categories": list(self.categories),
            "listed_by": len(self.sources),
        }


def explain(
    kernel: Kernel, name: str, *, seat: int = 0, profile: str | None = None, slot: int = 0
) -> Explanation:
    """What ``name`` gets at ``seat`` (or, if given, for ``profile``) in time slot ``slot``.

    Raises :class:`~hornbook.kernel.wires.BadName` for what is no domain name, KeyError for a
    profile that the rulebook does not know, IndexError for a seat or slot beyond the last.
    """
    plain = normalise(name)
    wires = Wires.pack([to_wire(plain)])
    place = _profile_place(kernel, seat, profile)
    judged = kernel.judge_profiles(wires, np.array([place], np.intp), slot)
    number, set_id = int(judged.verdict[0]), int(judged.set_id[0])
    return Explanation(
        name=plain,
        suffixes=_suffixes(kernel, wires, int(judged.start[0])),
        set_id=set_id,
        sources=kernel.catalogue.sources_of(set_id),
        seat=kernel.seating.seats[seat] if profile is None else None,
        profile=kernel.rulebook.profiles[place],
        slot=slot,
        verdict=kernel.verdict(number),
        verdict_number=number,
        catalogue=kernel.catalogue.hash,
        rulebook=kernel.rulebook.hash,
        seating=kernel.seating.hash,
    )


def _profile_place(kernel: Kernel, seat: int, profile: str | None) -> int:
    if profile is None:
        return int(kernel.profile_of_seat[seat])
    if profile not in kernel.rulebook.profiles:
        raise KeyError(f"the rulebook has no profile {profile}")
    return kernel.rulebook.profiles.index(profile)


def _suffixes(kernel: Kernel, wires: Wires, matched: int) -> tuple[Suffix, ...]:
    found = kernel.catalogue.hasher.suffixes(wires)
    listed = kernel.catalogue.listed(found.fingerprint) > 0
    wire = wires.data[0].tobytes()
    return tuple(
        Suffix(from_wire(wire[start:]), bool(is_listed), start == matched)
        for start, is_listed in zip(found.start.tolist(), listed, strict=True)
    )
