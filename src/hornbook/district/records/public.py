"""Numbers for everybody: counts by day, site, answer, category and clause, nobody to be found.

What is published of a day is worked out once and kept: who asks again, or for a longer time, gets
the same rows. Another choice of what to hide, a part of the district or a later record would give
away by comparison what each hides alone. So ``K`` is one for all, a day is always told for all
sites, and only when it has been over for ``SETTLED``, so that far nodes have delivered.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from hornbook.district.records.models import PublicDay
from hornbook.record.anonymity import Cell, Count, publishable
from hornbook.record.lake import Lake, Row

if TYPE_CHECKING:
    import pyarrow as pa

K = 10  # people; the usual floor of US education statistics (NCES 2011-603)
SETTLED = timedelta(days=2)
MOST_DAYS = 400
ALL = "all"
REASON = ("action", "category", "clause")
COLUMNS = ("day", "site", *REASON, "questions")
LEFT_OUT = (
    f"A row stands for at least {K} known people. Rows of fewer are left out, and with them "
    "such as would let them be worked out from the totals. A row that is not here is one of "
    "these, or zero. “all” is a total; it counts what is left out, too. What was asked by nobody "
    "known is in the totals only where enough known people are."
)


def last_day() -> date:
    """The last day that can be told."""
    return timezone.localdate(timezone.now() - SETTLED) - timedelta(days=1)


def days_of(since: date, until: date) -> Iterator[PublicDay]:
    """The days from ``since`` to ``until``, both whole and included; made where they are not yet.

    Days without anything recorded are left out. Raises what reading the record raises, and
    UnreadableDay where a file of a day cannot be read.
    """
    day = since
    while day <= min(until, last_day()):
        found = PublicDay.objects.filter(day=day).first() or _make(day)
        if found:
            yield found
        day += timedelta(days=1)


class UnreadableDay(Exception):
    """Part of the record of a day cannot be read, so its counts would be wrong for ever."""


@transaction.atomic
def _make(day: date) -> PublicDay | None:
    table = _counted(day)
    if not table:
        return None
    rows = _rows(table)
    found, _ = PublicDay.objects.get_or_create(day=day, defaults={"k": K, "rows": rows})
    return found


def _counted(day: date) -> dict[Cell, Count]:
    """One day by site and reason, with totals; distinct people, so nothing is added up."""
    start, end = _midnight(day), _midnight(day + timedelta(days=1))
    found: dict[Cell, Count] = {}
    with Lake(settings.INSTANCE.record).window(start, end) as window:
        for by in (("site", *REASON), ("site",), REASON, ()):
            for row in window.persons(*by):
                found[_cell(row)] = Count(row["n"], row["persons"])
        if window.problems:
            raise UnreadableDay(f"{day.isoformat()}: {window.problems[0]}")
    return {cell: count for cell, count in found.items() if count.n}


def _cell(row: Row) -> Cell:
    reason = tuple(row[name] for name in REASON) if REASON[0] in row else None
    return row.get("site"), reason


def _rows(table: dict[Cell, Count]) -> list[list[Any]]:
    """[[site, action, category, clause, questions], …] of what may be shown, in order."""
    shown = []
    for site, reason in publishable(table, K):
        words: Any = (ALL,) * len(REASON) if reason is None else reason
        shown.append([ALL if site is None else site, *words, table[site, reason].n])
    return sorted(shown, key=lambda row: [word or "" for word in row[:-1]])


def as_table(days: list[PublicDay]) -> pa.Table:
    """The rows of these days as columns, for every format."""
    import pyarrow as pa

    columns: dict[str, list[Any]] = defaultdict(list)
    for day in days:
        for row in day.rows:
            for name, value in zip(COLUMNS, (day.day.isoformat(), *row), strict=True):
                columns[name].append(value)
    kinds = [(name, pa.int64() if name == "questions" else pa.utf8()) for name in COLUMNS]
    return pa.table({name: columns[name] for name in COLUMNS}, schema=pa.schema(kinds))


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime(day.year, day.month, day.day))
