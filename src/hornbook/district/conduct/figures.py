"""The numbers behind the pictures: only of what the viewer may see, a few queries each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import ExtractHour, ExtractIsoWeekDay
from django.utils import timezone

from hornbook.district.conduct.models import Case, Decision, Report, Stage
from hornbook.district.conduct.pictures import Lane, band
from hornbook.district.conduct.process.outcomes import outcomes
from hornbook.record.anonymity import suppress

SMALLEST = 5
QUARTER = timedelta(days=90)


def lanes_of(cases: QuerySet[Case], today: date) -> list[Lane]:
    """Every stage but the last, with how many cases of these are in it and late."""
    late = Count("pk", filter=Q(due_on__lt=today))
    rows = cases.filter(closed_at__isnull=True).order_by().values("stage")
    counted = rows.annotate(n=Count("pk"), late=late)
    found = {row["stage"]: (int(row["n"]), int(row["late"])) for row in counted}
    return [
        Lane(str(stage.label), *found.get(stage.value, (0, 0)))
        for stage in Stage
        if stage != Stage.CLOSED
    ]


def week_of(reports: QuerySet[Report]) -> dict[tuple[int, int], int]:
    """When these came within a quarter of a year: (weekday, part of the day) → how many."""
    zone = timezone.get_current_timezone()
    rows = (
        reports.filter(received_at__gte=timezone.now() - QUARTER)
        .order_by()
        .annotate(
            day=ExtractIsoWeekDay("received_at", tzinfo=zone),
            hour=ExtractHour("received_at", tzinfo=zone),
        )
        .values_list("day", "hour")
        .annotate(n=Count("pk"))
    )
    counts: Counter[tuple[int, int]] = Counter()
    for day, hour, n in rows:
        counts[(day - 1, band(hour))] += n
    return dict(counts)


@dataclass(frozen=True)
class Row:
    """One line of a table of counts; None is a cell that is hidden."""

    label: str
    cells: tuple[int | None, ...]


def heads() -> list[str]:
    return [one.words for one in outcomes().values()]


def by_clause(decisions: QuerySet[Decision]) -> list[Row]:
    """Which outcome on which clause, with small cells hidden."""
    return _table(decisions.values_list("clause_texts__clause__key", "outcome"))


def by_school(decisions: QuerySet[Decision]) -> list[Row]:
    return _table(decisions.values_list("case__site__name", "outcome"))


def by_person(decisions: QuerySet[Decision]) -> list[Row]:
    """Students (who have a grade) by grade, and everybody else together."""
    rows = decisions.values_list("case__subject__grade", "outcome")
    return _table((f"Grade {grade}" if grade else "Adults", outcome) for grade, outcome in rows)


def standing() -> QuerySet[Decision]:
    """Every decision that stands."""
    rows = Decision.objects.filter(case__reversed=False)
    return rows.exclude(appeal__result="changed").order_by()


def _table(pairs: Iterable[tuple[str | None, str]]) -> list[Row]:
    """A line a label; small cells are hidden, and seconds beside them against subtraction."""
    counts = Counter((label or "Not known", outcome) for label, outcome in pairs)
    labels, keys = sorted({label for label, _ in counts}), list(outcomes())
    grid = [[counts.get((label, key), 0) for key in keys] for label in labels]
    shown = suppress(grid, SMALLEST)
    return [Row(label, tuple(row)) for label, row in zip(labels, shown, strict=True)]
