"""Sign-ins that are past their time (``people.Attempt``), without those that something stops."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.db.models import QuerySet
from django.db.models.functions import TruncDate

from hornbook.district.people.models import Attempt
from hornbook.district.records.stops import Stop


def past_days(before: date | None) -> list[date]:
    """The days before that one of which sign-ins are still there, oldest first."""
    if before is None:
        return []
    days = Attempt.objects.annotate(day=TruncDate("at")).filter(day__lt=before)
    return list(days.order_by("day").values_list("day", flat=True).distinct())


def attempts_of(day: date, standing: Sequence[Stop]) -> QuerySet[Attempt]:
    """Those of that day which may go: a stop for everybody keeps all, one for people keeps theirs.

    A stop for sites keeps nothing here: a sign-in belongs to no site.
    """
    here = [stop for stop in standing if stop.on(day, "") and stop.sites is None]
    found = Attempt.objects.annotate(day=TruncDate("at")).filter(day=day)
    if any(stop.persons is None for stop in here):
        return found.none()
    held = {key for stop in here for key in stop.persons or ()}
    return found.exclude(user__person__key__in=held) if held else found
