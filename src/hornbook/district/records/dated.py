"""Rows of the database that go by their day, without those that something stops."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Model, Q, QuerySet
from django.db.models.functions import TruncDate

from hornbook.district.activity.models import Look
from hornbook.district.filtering.models import Reason
from hornbook.district.people.models import Attempt
from hornbook.district.records.stops import Stop


@dataclass(frozen=True)
class Dated:
    """``entry`` is that of the schedule, ``words`` what they are called, ``person`` and ``site``
    where the key of whom and which school they are about stands; "" for none.

    A stop for sites keeps nothing that belongs to no site. What belongs to no person is kept
    whole by a stop for some: it tells about their rows, too.
    """

    entry: str
    words: str
    model: type[Model]
    person: str
    site: str = ""

    def past_days(self, before: date | None) -> list[date]:
        """The days before that one of which rows are still there, oldest first."""
        if before is None:
            return []
        found = self._by_day().filter(day__lt=before).order_by("day")
        return list(found.values_list("day", flat=True).distinct())

    def rows(self, day: date, standing: Sequence[Stop]) -> QuerySet[Model]:
        """Those of that day which may go."""
        found = self._by_day().filter(day=day)
        for stop in self.stops_on(day, standing):
            found = found.exclude(self._held(stop)) if self._held(stop) else found.none()
        return found

    def stops_on(self, day: date, standing: Sequence[Stop]) -> list[Stop]:
        """Those that may keep some of them."""
        return [stop for stop in standing if self._may_keep(stop, day)]

    def _may_keep(self, stop: Stop, day: date) -> bool:
        if stop.sites is None:
            return stop.on(day, "")
        return bool(self.site) and any(stop.on(day, site) for site in stop.sites)

    def _held(self, stop: Stop) -> Q:
        """What the stop keeps; empty for everything."""
        held = Q()
        if stop.persons is not None and self.person:
            held &= Q(**{f"{self.person}__in": stop.persons})
        if stop.sites is not None:
            held &= Q(**{f"{self.site}__in": stop.sites})
        return held

    def _by_day(self) -> QuerySet[Model]:
        return self.model._default_manager.annotate(day=TruncDate("at"))


DATED = (
    Dated("sign-ins", "sign-ins", Attempt, "user__person__key"),
    Dated("activity", "reasons at warnings", Reason, "person__key", "site"),
    Dated("activity", "looks at answers", Look, "", "site"),
)
