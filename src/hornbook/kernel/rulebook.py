"""What a profile gets for a set of lists in a time slot: one matrix and a table of verdicts.

The compiler (:mod:`hornbook.district.filtering.compiler`) has answered every question once;
here it is only looked up. A rulebook is compiled for one catalogue, because it speaks of that
catalogue's set numbers.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hornbook.kernel.parts import Part
from hornbook.kernel.timetable import MINUTES_A_DAY, Timetable

KIND = "rulebook"
MINUTES_A_WEEK = 7 * MINUTES_A_DAY
LONGEST_PASS = 240  # minutes that a written reason is good for, at most
_NO_PLANS = np.empty((0, MINUTES_A_DAY), np.uint8)
_NO_SETS = np.empty(0, np.uint32)


@dataclass(frozen=True)
class Verdict:
    """What is done with a request, and why. Words for people are in plain language.

    ``action``: allow, block, rewrite, inspect or warn. ``rule``: the rule's key.
    ``clause``: the clause version in force (``PRO-1@1``). ``basis``: the legal basis.
    ``override``: who may lift it, as a role's key, or "". ``answer``: how the DNS says it
    (notice, nxdomain, nodata, rewrite), "" for allow. ``ede``: Extended DNS Error code
    (RFC 8914), None for none. ``ttl``: seconds. ``target``: the table of the rulebook's
    ``rewrites`` that a rewrite answers from. ``title``, ``official``, ``plain``, ``revised_on``
    (ISO date) and ``section`` are the clause's own. ``category``: the key of the category that
    decided, "" where none was needed. ``locked``: no exception and no class session lifts it.
    """

    action: str
    rule: str = ""
    clause: str = ""
    basis: str = ""
    override: str = ""
    answer: str = ""
    ede: int | None = None
    ttl: int = 60
    target: str = ""
    title: str = ""
    official: str = ""
    plain: str = ""
    revised_on: str = ""
    section: str = ""
    category: str = ""
    locked: bool = False


@dataclass(frozen=True)
class Terms:
    """What a rule that warns asks of whoever goes on: a reason, good for ``minutes``.

    ``known``: only people whom the seating knows may go on.
    """

    minutes: int
    known: bool = True

    def __post_init__(self) -> None:
        if not 0 < self.minutes <= LONGEST_PASS:
            raise ValueError(f"{self.minutes} minutes are not between 1 and {LONGEST_PASS}")


def build_rulebook(
    *,
    profiles: Sequence[str],
    verdicts: Sequence[Verdict],
    matrix: NDArray[np.uint16],
    week: NDArray[np.uint8],
    time_zone: str,
    notice: dict[str, Any],
    catalogue_hash: str,
    rewrites: Mapping[str, Mapping[str, str]] | None = None,
    beneath: Mapping[int, int] | None = None,
    days: Mapping[str, NDArray[np.uint8]] | None = None,
    opened: tuple[NDArray[np.uint32], NDArray[np.uint16]] | None = None,
    terms: Mapping[str, Terms] | None = None,
    keeps_paths: Collection[str] = (),
) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Meta and arrays of a rulebook part.

    ``matrix`` [slot, profile, set] holds places in ``verdicts``; ``profiles`` are sorted;
    ``week`` (10080,) holds the slot of each minute from Monday 00:00 in ``time_zone``.
    ``rewrites`` are, for each verdict's ``target``, hosts and the name or address that each is
    answered as. ``beneath`` says, for the place of a rewrite verdict, which verdict names below
    those hosts get. ``days`` are the slots of each minute (1440,) of dates (ISO) that are not
    like their weekday. ``opened``: sets (k,), sorted, and what they get [slot, profile, k] where
    something stronger than rules opens them. ``terms``: for the keys of rules that show a warning.
    ``keeps_paths``: keys of rules that look inside and have the record keep which page it was.
    Raises ValueError where these do not fit together.
    """
    if list(profiles) != sorted(set(profiles)):
        raise ValueError("the profiles of a rulebook must be sorted, each once")
    _check(matrix, week, len(profiles), len(verdicts))
    meta = {
        "profiles": list(profiles),
        "verdicts": [asdict(verdict) for verdict in verdicts],
        "time_zone": time_zone,
        "notice": notice,
        "catalogue_hash": catalogue_hash,
        "rewrites": {target: dict(table) for target, table in (rewrites or {}).items()},
        "beneath": sorted((beneath or {}).items()),
    }
    if terms:
        meta["terms"] = {rule: [one.minutes, one.known] for rule, one in sorted(terms.items())}
    if keeps_paths:
        meta["keeps_paths"] = sorted(keeps_paths)
    dates, plans = _plans(days or {})
    arrays: dict[str, NDArray[Any]] = {
        "matrix": matrix.astype(np.uint16),
        "week": week.astype(np.uint8),
        "plans": plans,
    }
    if opened:
        arrays |= {"opened_sets": opened[0].astype(np.uint32), "opened": opened[1]}
    return meta | {"dates": dates}, arrays


def _plans(
    days: Mapping[str, NDArray[np.uint8]],
) -> tuple[dict[str, int], NDArray[np.uint8]]:
    """Each distinct day once, and which one each date has."""
    places: dict[bytes, int] = {}
    dates = {}
    for day, plan in sorted(days.items()):
        if plan.shape != (MINUTES_A_DAY,):
            raise ValueError(f"the plan of {day} has {plan.size} minutes")
        dates[day] = places.setdefault(plan.tobytes(), len(places))
    return dates, np.frombuffer(b"".join(places), np.uint8).reshape(-1, MINUTES_A_DAY)


class Rulebook:
    """A rulebook part, ready for use. Raises ValueError where it contradicts itself."""

    def __init__(self, part: Part) -> None:
        self.hash = part.hash
        self.meta: dict[str, Any] = part.meta
        self.profiles: tuple[str, ...] = tuple(part.meta["profiles"])
        self.verdicts = tuple(Verdict(**told) for told in part.meta["verdicts"])
        self.time_zone: str = part.meta["time_zone"]
        self.notice: dict[str, Any] = part.meta["notice"]
        self.catalogue_hash: str = part.meta["catalogue_hash"]
        self.matrix: NDArray[np.uint16] = part.arrays["matrix"]
        self.week: NDArray[np.uint8] = part.arrays["week"]
        _check(self.matrix, self.week, len(self.profiles), len(self.verdicts))
        #: Dates (ISO) that are not like their weekday → row of ``plans`` uint8 (k, 1440).
        self.dates: dict[str, int] = part.meta.get("dates", {})
        self.plans: NDArray[np.uint8] = part.arrays.get("plans", _NO_PLANS)
        self._check_plans()
        self.timetable = Timetable(self)
        self.rewrites: dict[str, dict[str, str]] = part.meta.get("rewrites", {})
        #: For rules that show a warning, by key; a rule that warns without them only notes it.
        self.terms = {rule: Terms(*told) for rule, told in part.meta.get("terms", {}).items()}
        #: Keys of rules that look inside and have pages recorded.
        self.keeps_paths: frozenset[str] = frozenset(part.meta.get("keeps_paths", ()))
        #: For each verdict, the one for names below a listed name: another for rewrites only.
        self.beneath = np.arange(len(self.verdicts), dtype=np.uint16)
        for number, other in part.meta.get("beneath", ()):
            self.beneath[number] = other

        self._opened_sets: NDArray[np.uint32] = part.arrays.get("opened_sets", _NO_SETS)
        self._opened: NDArray[np.uint16] | None = part.arrays.get("opened")

    def opened(self, slot: int, profile: int, set_id: int) -> int | None:
        """What the set gets where something stronger than rules opens it, None for plain allow."""
        place = int(self._opened_sets.searchsorted(set_id))
        if self._opened is None or self._opened_sets[place : place + 1].tolist() != [set_id]:
            return None
        return int(self._opened[slot, profile, place])

    def terms_of(self, verdict: Verdict) -> Terms | None:
        """What must be done before that verdict lets somebody on; None where nothing must."""
        return self.terms.get(verdict.rule) if verdict.action == "warn" else None

    def keeps_path(self, verdict: Verdict) -> bool:
        """Whether the record keeps which page of a site with that verdict was asked for."""
        return verdict.action == "inspect" and verdict.rule in self.keeps_paths

    def _check_plans(self) -> None:
        if self.plans.max(initial=0) >= self.slots or self.plans.shape[1] != MINUTES_A_DAY:
            raise ValueError("a day of the calendar points beyond the time slots")
        if max(self.dates.values(), default=-1) >= len(self.plans):
            raise ValueError("a date of the calendar has no plan")

    @property
    def slots(self) -> int:
        """How many time slots there are."""
        return int(self.matrix.shape[0])

    def slot_at(self, weekday: int, hour: int = 0, minute: int = 0) -> int:
        """The slot of a minute in the district's own time zone; Monday is weekday 0."""
        return int(self.week[(weekday * 24 + hour) * 60 + minute])


def _check(
    matrix: NDArray[np.uint16], week: NDArray[np.uint8], profiles: int, verdicts: int
) -> None:
    if matrix.ndim != 3 or matrix.shape[1] != profiles or 0 in matrix.shape:
        raise ValueError(f"the matrix {matrix.shape} does not fit {profiles} profiles")
    if matrix.max() >= verdicts:
        raise ValueError(f"the matrix points beyond the {verdicts} verdicts")
    if week.shape != (MINUTES_A_WEEK,) or week.max() >= matrix.shape[0]:
        raise ValueError(f"the week has {week.size} minutes or points beyond the time slots")
