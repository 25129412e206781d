"""Run a rehearsal: group what was asked, judge it twice, count what flips and for whom.

A question flips when its action or its clause would be another. Counts are rows of the record;
persons are distinct known persons. The same draft, window, record and parts give the same
``hash``.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hornbook.district.activity.rehearsal.draft import Draft
from hornbook.district.activity.rehearsal.flips import CHANGE, flipped, flips_of, timed
from hornbook.district.activity.rehearsal.judging import (
    Judged,
    Week,
    both_kernels,
    judge_both,
    week_of,
)
from hornbook.district.people.models import Enrollment
from hornbook.kernel.judge import Kernel
from hornbook.record.lake import Lake, Row, Where, Window

if TYPE_CHECKING:
    from ibis.expr.types import Table

EXAMPLES = 20
_ORDER = ("allow", "warn", "inspect", "rewrite", "block")


@dataclass
class Rehearsal:
    """What a draft would have done.

    ``before`` and ``after`` count rows by action. ``changes`` are [{before, after, clause,
    rows, persons}], ``clause`` that of the draft's verdict, or of today's where the draft cites
    none; ``schools`` and ``classes`` the same for each site key or class title; ``examples``
    name single names. ``otherwise`` counts rows that today's rules judge otherwise than the
    record says, because rules or lists were others then; ``unchecked`` rows by reason.
    """

    since: datetime
    until: datetime
    draft: dict[str, Any]
    parts: dict[str, str]
    rows: int = 0
    questions: int = 0
    otherwise: int = 0
    flipped: int = 0
    persons: int = 0
    before: dict[str, int] = field(default_factory=dict)
    after: dict[str, int] = field(default_factory=dict)
    changes: list[Row] = field(default_factory=list)
    schools: list[Row] = field(default_factory=list)
    classes: list[Row] = field(default_factory=list)
    examples: list[Row] = field(default_factory=list)
    unchecked: dict[str, int] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    @property
    def hash(self) -> str:
        """SHA-256 of everything above as canonical JSON."""
        body = json.dumps(
            asdict(self), sort_keys=True, separators=(",", ":"), default=datetime.isoformat
        )
        return hashlib.sha256(body.encode()).hexdigest()

    def as_dict(self) -> dict[str, Any]:
        return asdict(self) | {"hash": self.hash}


def read_result(told: dict[str, Any]) -> Rehearsal:
    """A rehearsal from ``as_dict`` after it went through JSON; it has the same hash."""
    values = {name: value for name, value in told.items() if name != "hash"}
    for name in ("since", "until"):
        values[name] = datetime.fromisoformat(values[name])
    return Rehearsal(**values)


class Progress:
    """What a long rehearsal tells while it runs, and where it may keep what it has read.

    This one tells nobody, keeps nothing, and reads the window as one slice. A subclass may raise
    from ``begin`` and ``at`` to end the rehearsal.
    """

    def begin(self, parts: list[str], steps: int) -> None:
        """Both sides are compiled: their hashes, and how many steps there will be."""

    def at(self, step: int, doing: str) -> None:
        """So many steps are done; what comes next, in words."""

    def load(self, slice_: int) -> pa.Table | None:
        """The questions of a slice that was kept for these parts, None where there are none."""

    def save(self, slice_: int, table: pa.Table) -> None:
        """Keep the questions of a slice."""


def rehearse(
    draft: Draft,
    lake: Lake,
    since: datetime,
    until: datetime,
    where: Where | None = None,
    *,
    progress: Progress | None = None,
) -> Rehearsal:
    """Judge the window's questions by the parts in service and by the draft.

    With ``progress`` the window is read day by day; the result is the same. Raises DraftError,
    LakeError, or InstanceError where nothing is published.
    """
    since, until = since.astimezone(UTC), until.astimezone(UTC)
    slices = _days(since, until) if progress else [(since, until)]
    told = progress or Progress()
    with both_kernels(draft, until.date()) as (before, after):
        told.begin([*before.hashes, *after.hashes], len(slices) + _LATER_STEPS)
        week = week_of(before.rulebook, after.rulebook, since, until)
        found = Rehearsal(since, until, draft.as_dict(), _parts(before))
        pairs = _read(lake, slices, where, week, found, told)
        told.at(len(slices), "Judging what was asked by both")
        judged = judge_both(pairs, week, before, after)
        _count(found, pairs, judged, before, after)
        flips = flips_of(pairs, judged, before, after)
        told.at(len(slices) + 1, "Counting for whom it would change")
        if flips.num_rows:
            with lake.window(since, until, where) as window:
                _count_flips(found, window, flips, week)
                found.problems += window.problems
        found.problems = sorted(set(found.problems))
    return found


_LATER_STEPS = 2  # judging, and counting for whom


def _days(since: datetime, until: datetime) -> list[tuple[datetime, datetime]]:
    """The window cut at midnight UTC, where the record's files are cut, too."""
    found, start = [], since
    while start < until:
        midnight = start.replace(hour=0, minute=0, second=0, microsecond=0)
        end = min(midnight + timedelta(days=1), until)
        found.append((start, end))
        start = end
    return found or [(since, until)]


def _read(
    lake: Lake,
    slices: list[tuple[datetime, datetime]],
    where: Where | None,
    week: Week,
    found: Rehearsal,
    told: Progress,
) -> pa.Table:
    """The distinct questions of the window, and how often each was asked."""
    parts = []
    for number, (start, end) in enumerate(slices):
        told.at(number, f"Reading what was asked, day {number + 1} of {len(slices)}")
        table = told.load(number)
        if table is None:
            with lake.window(start, end, where) as window:
                table = window.arrow(lambda rows: _questions(timed(rows, week)))
                problems = window.problems
            found.problems += problems
            if not problems:  # what could not be read may be readable when it goes on
                told.save(number, table)
        parts.append(table)
    if len(parts) == 1:
        return parts[0]
    whole = pa.concat_tables(parts, promote_options="default").group_by(list(_QUESTION))
    summed = whole.aggregate([("n", "sum")]).rename_columns([*_QUESTION, "n"])
    return summed.sort_by([(name, "ascending") for name in _QUESTION])


def _parts(kernel: Kernel) -> dict[str, str]:
    return dict(zip(("catalogue", "rulebook", "seating"), kernel.hashes, strict=True))


# --- what was asked -----------------------------------------------------------------------------


_QUESTION = ("profile", "name", "case", "action")


def _questions(table: Table) -> Table:
    return table.group_by(*_QUESTION).aggregate(n=table.count()).order_by(*_QUESTION)


# --- what it would have come to -----------------------------------------------------------------


def _count(
    found: Rehearsal, pairs: pa.Table, judged: Judged, before: Kernel, after: Kernel
) -> None:
    count = np.asarray(pairs.column("n").combine_chunks())
    found.rows, found.questions = int(count.sum()), len(count)
    found.unchecked = dict(sorted(judged.unchecked.items()))
    for kernel, verdict, into in (
        (before, judged.before, found.before),
        (after, judged.after, found.after),
    ):
        sums = np.bincount(verdict[verdict >= 0], count[verdict >= 0])
        for number in np.flatnonzero(sums).tolist():
            action = kernel.verdict(number).action
            into[action] = into.get(action, 0) + int(sums[number])
    found.before, found.after = _in_order(found.before), _in_order(found.after)
    recorded = pairs.column("action").to_pylist()
    known = np.flatnonzero(judged.before >= 0).tolist()
    actions = [verdict.action for verdict in before.rulebook.verdicts]
    found.otherwise = sum(
        int(count[row]) for row in known if actions[judged.before[row]] != recorded[row]
    )


def _in_order(counts: dict[str, int]) -> dict[str, int]:
    return {action: counts[action] for action in _ORDER if action in counts}


# --- for whom -----------------------------------------------------------------------------------


def _count_flips(found: Rehearsal, window: Window, flips: pa.Table, week: Week) -> None:
    people = window.run(lambda table: _by_person(table, flips, week))
    found.flipped = sum(row["rows"] for row in people)
    found.persons = len({row["person"] for row in people} - {""})
    found.changes = _grouped(people, lambda row: [()])
    found.schools = _grouped(people, lambda row: [(("site", row["site"]),)])
    classes = _classes_of({row["person"] for row in people})
    found.classes = _grouped(
        people, lambda row: [(("class", title),) for title in classes.get(row["person"], ())]
    )
    found.examples = _examples(window, flips, week)


def _by_person(table: Table, flips: pa.Table, week: Week) -> Table:
    by = (*CHANGE, "site", "person")
    joined = flipped(table, flips, week)
    return joined.group_by(*by).aggregate(rows=joined.count()).order_by(*by)


def _examples(window: Window, flips: pa.Table, week: Week) -> list[Row]:
    """The names with most rows, and how many people asked for each."""
    by = ["name", *CHANGE]
    named = flips.group_by(by).aggregate([("n", "sum")]).rename_columns({"n_sum": "rows"})
    order: Any = [("rows", "descending"), *((column, "ascending") for column in by)]
    first = named.sort_by(order).slice(0, EXAMPLES)
    some = flips.filter(pc.is_in(flips["name"], first["name"].combine_chunks()))

    def persons(table: Table) -> Table:
        joined = flipped(table, some, week)
        return joined.group_by(*by).aggregate(persons=joined.person.nullif("").nunique())

    people = {tuple(row[key] for key in by): row["persons"] for row in window.run(persons)}
    return [row | {"persons": people[tuple(row[key] for key in by)]} for row in first.to_pylist()]


def _grouped(
    people: list[Row], keys: Callable[[Row], list[tuple[tuple[str, str], ...]]]
) -> list[Row]:
    """Rows and distinct persons of each change and key, most persons first."""
    rows: dict[tuple[Any, ...], int] = defaultdict(int)
    persons: dict[tuple[Any, ...], set[str]] = defaultdict(set)
    for row in people:
        for key in keys(row):
            whole = (*key, row["was"], row["becomes"], row["cites"])
            rows[whole] += row["rows"]
            persons[whole] |= {row["person"]} - {""}
    found: list[Row] = []
    for whole, count in rows.items():
        key, (was, becomes, cites) = whole[:-3], whole[-3:]
        change = {"was": was, "becomes": becomes, "cites": cites}
        found.append(dict(key) | change | {"rows": count, "persons": len(persons[whole])})
    return sorted(found, key=lambda row: (-row["persons"], -row["rows"], *map(str, row.values())))


def _classes_of(persons: set[str]) -> dict[str, list[str]]:
    """The titles of each person's classes."""
    found: dict[str, list[str]] = defaultdict(list)
    seats = Enrollment.objects.filter(school_class__active=True).values_list(
        "person__key", "school_class__title", "school_class__site__name"
    )
    for key, title, site in seats:
        if str(key) in persons:
            found[str(key)].append(f"{title}, {site}")
    return found
