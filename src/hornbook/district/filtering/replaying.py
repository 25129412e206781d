"""Judge recorded decisions again, each with the three parts that judged it the first time.

A decision is one distinct combination of name, profile, slot, parts and outcome, however many
rows it stands for. Where the seating holds orders (lessons, restrictions), person and time count
too. The parts are immutable and named by their content, so the answer must be the same;
anything else is a fault or a forgery.

What the record leaves out on purpose (where a name led, a page's path, a person out of scope) is
judged by what it does hold, and counted apart: never as a difference, never as fully checked.
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
from hornbook.kernel.paths import Address
from hornbook.kernel.rulebook import Verdict
from hornbook.kernel.wires import BadName, Wires
from hornbook.node.partstore import Current, PartStore

PARTS = ("catalogue", "rulebook", "seating")
ASKED = ("name", "profile", "slot")
ANSWERED = ("action", "rule", "clause", "basis", "set_id")
PROTO = "proto"
COLUMNS = (*PARTS, *ASKED, *ANSWERED, PROTO)
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
    decided and not its name, so they are judged by that set. ``paths`` counts rows of the proxy
    for single pages of a site, whose path is not kept: judged by the page's set, in the same way.
    ``unnamed`` counts rows that were recorded without a person, and answered as an order then in
    force for somebody says: for whom, is not on record.
    """

    rows: int = 0
    led: int = 0
    paths: int = 0
    unnamed: int = 0
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
        apart = _apart(kernel, row, now)
        if apart:
            setattr(done, apart, getattr(done, apart) + row["n"])
        else:
            done.differences.append(_difference(row, now))


def _apart(kernel: Kernel, row: Row, now: Mapping[str, Any]) -> str:
    """Which count of :class:`Replay` a row belongs to that its name alone does not explain."""
    if row["set_id"] != now["set_id"]:
        if row.get(PROTO) == "proxy" and row["set_id"] and _has_pages(kernel, row["name"]):
            return "paths" if _fits_its_set(kernel, row) else ""
        return "led" if row["action"] == "block" and _fits_its_set(kernel, row) else ""
    unnamed = row.get("person") == "" and "at" in row
    return "unnamed" if unnamed and _said_of(row) in map(_said_by, _orders_at(kernel, row)) else ""


def _has_pages(kernel: Kernel, name: str) -> bool:
    """Whether a list means single pages of that site."""
    return kernel.catalogue.looks_deeper(Address.of(to_wire(name), b"").site)


def _fits_its_set(kernel: Kernel, row: Row) -> bool:
    """Whether something in the recorded set would have been answered so."""
    if row["set_id"] >= kernel.catalogue.set_count:
        return False
    place = row["slot"], kernel.rulebook.profiles.index(row["profile"]), row["set_id"]
    number = int(kernel.rulebook.matrix[place])
    orders = _orders_at(kernel, row)
    # Below a listed host a rewrite does not hold; what an order opens has a verdict of its own.
    numbers = [number, int(kernel.rulebook.beneath[number])]
    opened = kernel.rulebook.opened(*place) if orders else None
    said = [kernel.verdict(one) for one in (*numbers, opened) if one is not None]
    return _said_of(row) in map(_said_by, (*said, *orders))


def _orders_at(kernel: Kernel, row: Row) -> list[Verdict]:
    """What orders said at that moment, whomever they were for."""
    if "at" not in row:
        return []
    at = row["at"].timestamp()
    return [order.verdict for order in kernel.seating.orders if order.begins <= at < order.ends]


def _said_of(row: Row) -> tuple[str, ...]:
    return tuple(row[name] for name in ANSWERED[:-1])


def _said_by(verdict: Verdict) -> tuple[str, ...]:
    return tuple(getattr(verdict, name) for name in ANSWERED[:-1])


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
    if not (rows and kernel.seating.orders and all(name in rows[0] for name in WHO_AND_WHEN)):
        return _judge_profiles(kernel, rows)
    seats = {
        (seat.person, seat.profile, seat.site): n for n, seat in enumerate(kernel.seating.seats)
    }
    who = [_seat(seats, row) for row in rows]
    seated = [place for place, seat in enumerate(who) if seat is not None]
    others = [place for place, seat in enumerate(who) if seat is None]
    found = _judge_persons(kernel, {place: (rows[place], who[place] or 0) for place in seated})
    plain = _judge_profiles(kernel, [rows[place] for place in others])
    found |= dict(zip(others, plain, strict=True))
    return [found[place] for place in range(len(rows))]


def _judge_profiles(kernel: Kernel, rows: Sequence[Row]) -> list[dict[str, Any]]:
    """By the rules alone."""
    if not rows:
        return []
    places = {key: place for place, key in enumerate(kernel.rulebook.profiles)}
    judged = kernel.judge_profiles(
        Wires.pack([to_wire(row["name"]) for row in rows]),
        np.array([places[row["profile"]] for row in rows], np.intp),
        np.array([row["slot"] for row in rows], np.intp),
    )
    return _said(kernel, judged)


def _judge_persons(
    kernel: Kernel, rows: Mapping[int, tuple[Row, int]]
) -> dict[int, dict[str, Any]]:
    """For each person at the time, all that held at once in one batch; rows with their seats."""
    batches: dict[tuple[float, int], list[int]] = {}
    for place, (row, _) in rows.items():
        held = kernel.at(row["at"].timestamp())
        batches.setdefault((held.since, row["slot"]), []).append(place)
    found: dict[int, dict[str, Any]] = {}
    for (since, slot), places in batches.items():
        judged = kernel.judge(
            Wires.pack([to_wire(rows[place][0]["name"]) for place in places]),
            np.array([rows[place][1] for place in places], np.int32),
            replace(kernel.at(since), slot=slot),
        )
        found |= dict(zip(places, _said(kernel, judged), strict=True))
    return found


def _seat(seats: Mapping[tuple[str, str, str], int], row: Row) -> int | None:
    """A seat without a site is recorded under the node's own. None: whose it was is not kept."""
    known = row["person"], row["profile"]
    found = seats.get((*known, row["site"]), seats.get((*known, "")))
    return 0 if found is None and row["person"] else found


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
