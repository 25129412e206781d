"""Write many rows by their sourcedId at once, and only those that differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from django.db.models import Manager, Model

from hornbook.district.people.applying.report import ImportReport, Tally
from hornbook.district.people.roster.rows import Mode, Roster

BATCH = 2_000
M = TypeVar("M", bound=Model)


@dataclass(frozen=True)
class Task:
    """One OneRoster delivery being applied. It speaks only for people whom its source brought."""

    roster: Roster
    report: ImportReport
    today: date
    accept_change: bool
    source: str


def upsert(
    fresh: Sequence[M], held: Mapping[str, M], fields: Sequence[str], tally: Tally
) -> list[M]:
    """Insert or update ``fresh`` (rows without ids) where ``held`` differs in ``fields``.

    Returns the rows that were written. One statement a batch (INSERT … ON CONFLICT).
    """
    written: list[M] = []
    for row in fresh:
        before = held.get(_key(row))
        if before is not None and _values(before, fields) == _values(row, fields):
            tally.unchanged += 1
            continue
        tally.added += before is None
        tally.changed += before is not None
        written.append(row)
    if written:
        _manager(written[0]).bulk_create(
            written,
            batch_size=BATCH,
            update_conflicts=True,
            update_fields=list(fields),
            unique_fields=["sourced_id"],
        )
    return written


def _key(row: Model) -> str:
    return str(getattr(row, "sourced_id"))  # noqa: B009  (Model itself has no such field)


def _values(row: Model, fields: Sequence[str]) -> list[Any]:
    return [getattr(row, field) for field in fields]


def _manager(row: M) -> Manager[M]:
    return type(row)._default_manager


def gone(task: Task, file: str, held: set[str], listed: set[str]) -> set[str]:
    """sourcedIds that a delta deletes, or that a full list no longer has.

    A row that was refused is still a row: what it is about is not gone.
    """
    ids = set(task.roster.gone.get(file, ()))
    if task.roster.modes[file] is Mode.BULK:
        ids |= held - listed - task.roster.doubtful.get(file, set())
    return ids
