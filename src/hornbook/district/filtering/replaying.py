"""Judge recorded decisions again, each with the three parts that judged it the first time.

A decision is one distinct combination of name, profile, slot, parts and outcome, however many
rows it stands for. Where the seating holds orders (lessons, restrictions), person and time count
too. The parts are immutable and named by their content, so the answer must be the same;
anything else is a fault or a forgery.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from hornbook.instance import InstanceError
from hornbook.kernel.judge import Judgement, Kernel, Mismatch
from hornbook.kernel.names import to_wire
from hornbook.kernel.parts import BadPart
from hornbook.kernel.wires import BadName, Wires
from hornbook.node.partstore import Current, PartStore

PARTS = ("catalogue", "rulebook", "seating")
ASKED = ("name", "profile", "slot")
ANSWERED = ("action", "rule", "clause", "basis", "set_id")
COLUMNS = (*PARTS, *ASKED, *ANSWERED)
WHO_AND_WHEN = ("person", "site", "at")  # what orders depend on

Row = Mapping[str, Any]


class ReplayError(InstanceError):
    """The recorded rows cannot be read; the message says why."""


@dataclass
class Replay:
    """What came of it, in rows of the record.

    ``differences`` are ``{"recorded", "now", "rows"}``; ``unchecked`` counts rows by the reason
    why they could not be judged, which is another thing than "no difference". ``led`` counts rows
    that were blocked by where their name led (an alias, a page): the record tells the set that
    decided and not its name, so they are judged by that set.
    """

    rows: int = 0
    led: int = 0
    differences: list[dict[str, Any]] = field(default_factory=list)
    unchecked: dict[str, int] = field(default_factory=dict)

    @property
    def checked(self) -> int:
        return self.rows - sum(self.unchecked.values())


def replay(decisions: Iterable[Row], store: PartStore) -> Replay:
    """Judge each decision again. A decision has ``COLUMNS`` and ``n``, its number of rows.

    Those by a seating with orders must have ``WHO_AND_WHEN`` too (see :func:`columns_for`).
    """
    done = Replay()
    in_order = sorted(decisions, key=_parts)
    for parts, group in groupby(in_order, key=_parts):
        rows = list(group)
        done.rows += _count(rows)
        try:
            kernel = store.load(Current(*parts, number=0, at=0.0))
        except (BadPart, Mismatch) as error:
            reason = str(error).partition(". Run ")[0]
            done.unchecked[reason] = done.unchecked.get(reason, 0) + _count(rows)
            continue
        _compare(kernel, rows, done)
    return done


def columns_for(seatings: Iterable[str], store: PartStore) -> tuple[str, ...]:
    """The columns by which decisions must be told apart, for rows by these seating parts."""
    for part in seatings:
        try:
            found = store.seating(part)
        except BadPart:
            continue  # it is told as unchecked later
        if found.orders:
            return (*COLUMNS, *WHO_AND_WHEN)
    return COLUMNS


def _parts(row: Row) -> tuple[str, str, str]:
    return row["catalogue"], row["rulebook"], row["seating"]


def _count(rows: Sequence[Row]) -> int:
    return sum(row["n"] for row in rows)


def _compare(kernel: Kernel, rows: Sequence[Row], done: Replay) -> None:
    possible = []
    for row in rows:
        trouble = _impossible(kernel, row)
        if trouble:
            done.differences.append(_difference(row, {"impossible": trouble}))
        else:
            possible.append(row)
    for row, now in zip(possible, _judge(kernel, possible), strict=True):
        if all(row[name] == now[name] for name in ANSWERED):
            continue
        if row["action"] == "block" and row["set_id"] != now["set_id"] and _led(kernel, row):
            done.led += row["n"]
        else:
            done.differences.append(_difference(row, now))


def _led(kernel: Kernel, row: Row) -> bool:
    """Whether a name in the recorded set would have been blocked so; what is open never counts."""
    if row["set_id"] >= kernel.catalogue.set_count:
        return False
    profile = kernel.rulebook.profiles.index(row["profile"])
    number = int(kernel.rulebook.matrix[row["slot"], profile, row["set_id"]])
    said = [kernel.verdict(number)]
    if "at" in row:
        at = row["at"].timestamp()
        said += [o.verdict for o in kernel.seating.orders if o.begins <= at < o.ends]
    wanted = tuple(row[name] for name in ANSWERED[:-1])
    return any((v.action, v.rule, v.clause, v.basis) == wanted for v in said)


def _impossible(kernel: Kernel, row: Row) -> str:
    """Why these parts can never have given such a row; empty when they can."""
    if row["profile"] not in kernel.rulebook.profiles:
        return f"the rulebook has no profile “{row['profile']}”"
    if not 0 <= row["slot"] < kernel.rulebook.slots:
        return f"the rulebook has no slot {row['slot']}"
    try:
        to_wire(row["name"])
    except BadName as error:
        return str(error)
    return ""


def _judge(kernel: Kernel, rows: Sequence[Row]) -> list[dict[str, Any]]:
    if not rows:
        return []
    if kernel.seating.orders and all(name in rows[0] for name in WHO_AND_WHEN):
        return _judge_persons(kernel, rows)
    places = {key: place for place, key in enumerate(kernel.rulebook.profiles)}
    judged = kernel.judge_profiles(
        Wires.pack([to_wire(row["name"]) for row in rows]),
        np.array([places[row["profile"]] for row in rows], np.intp),
        np.array([row["slot"] for row in rows], np.intp),
    )
    return _said(kernel, judged)


def _judge_persons(kernel: Kernel, rows: Sequence[Row]) -> list[dict[str, Any]]:
    """The same for each person at the time, all that held at once in one batch."""
    seats = {
        (seat.person, seat.profile, seat.site): n for n, seat in enumerate(kernel.seating.seats)
    }
    batches: dict[tuple[float, int], list[int]] = {}
    for place, row in enumerate(rows):
        held = kernel.at(row["at"].timestamp())
        batches.setdefault((held.since, row["slot"]), []).append(place)
    found: dict[int, dict[str, Any]] = {}
    for (since, slot), places in batches.items():
        who = [_seat(seats, rows[place]) for place in places]
        judged = kernel.judge(
            Wires.pack([to_wire(rows[place]["name"]) for place in places]),
            np.array(who, np.int32),
            replace(kernel.at(since), slot=slot),
        )
        found |= dict(zip(places, _said(kernel, judged), strict=True))
    return [found[place] for place in range(len(rows))]


def _seat(seats: Mapping[tuple[str, str, str], int], row: Row) -> int:
    """A seat without a site is recorded under the node's own."""
    known = row["person"], row["profile"]
    return seats.get((*known, row["site"]), seats.get((*known, ""), 0))


def _said(kernel: Kernel, judged: Judgement) -> list[dict[str, Any]]:
    verdicts = [kernel.verdict(number) for number in judged.verdict.tolist()]
    return [
        {"action": v.action, "rule": v.rule, "clause": v.clause, "basis": v.basis, "set_id": set_id}
        for v, set_id in zip(verdicts, judged.set_id.tolist(), strict=True)
    ]


def _difference(row: Row, now: dict[str, Any]) -> dict[str, Any]:
    recorded = {name: row[name] for name in (*ASKED, *ANSWERED, *PARTS)}
    return {"recorded": recorded, "now": now, "rows": row["n"]}


def decisions_in(segment: Path, store: PartStore) -> list[Row]:
    """The decisions of one sealed segment. Raises ReplayError when it is none."""
    try:
        seatings = pq.read_table(segment, columns=["seating"])["seating"].unique().to_pylist()
        columns = list(columns_for(map(str, seatings), store))
        table = pq.read_table(segment, columns=columns)
        counted = table.group_by(columns).aggregate([([], "count_all")])
    except (OSError, pa.ArrowException) as error:
        raise ReplayError(f"{segment} is no segment of the record: {error}") from error
    return list(counted.rename_columns([*columns, "n"]).to_pylist())
