"""The numbers of campaigns: a constant number of queries, however many people there are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import BigIntegerField, Count, F, Func, Q, QuerySet
from django.utils import timezone

from hornbook.district.learning.access import Scope, assignments_of
from hornbook.district.learning.curve import Curve, curve_of, draw
from hornbook.district.learning.models import Assignment, AssignmentState, Campaign
from hornbook.district.learning.plan import replaced_by
from hornbook.district.mail.models import Letter, LetterState
from hornbook.district.people.models import Site


@dataclass(frozen=True)
class Tally:
    """``asked`` leaves out those who were released; ``late`` are open and past their day."""

    asked: int = 0
    signed: int = 0
    refused: int = 0
    late: int = 0

    @property
    def open(self) -> int:
        return self.asked - self.signed - self.refused

    @property
    def percent(self) -> int:
        """Rounded down, so that 100 means everybody."""
        return self.signed * 100 // self.asked if self.asked else 0


def _counts(today: date) -> dict[str, Count]:
    return {
        "asked": Count("pk", filter=~Q(state=AssignmentState.RELEASED)),
        "signed": Count("pk", filter=Q(state=AssignmentState.SIGNED)),
        "refused": Count("pk", filter=Q(state=AssignmentState.REFUSED)),
        "late": Count("pk", filter=Q(state=AssignmentState.OPEN, due_on__lt=today)),
    }


def tally(rows: QuerySet[Assignment], today: date) -> Tally:
    return Tally(**rows.order_by().aggregate(**_counts(today)))


def by_site(rows: QuerySet[Assignment], today: date, scope: Scope) -> list[tuple[Site, Tally]]:
    """Somebody at two sites counts at both; a principal reads of their own sites only."""
    split = Func(F("sites"), function="unnest", output_field=BigIntegerField())
    counted = rows.order_by().annotate(place=split).values("place").annotate(**_counts(today))
    found = _by("place", counted)
    return [(site, found[site.pk]) for site in scope.site_list() if site.pk in found]


def _by(name: str, rows: Iterable[Any]) -> dict[int, Tally]:
    return {
        row[name]: Tally(row["asked"], row["signed"], row["refused"], row["late"]) for row in rows
    }


def of_campaigns(campaigns: Sequence[Campaign], scope: Scope) -> list[tuple[Campaign, Tally]]:
    """The tally of each, in one query."""
    rows = scope.of(Assignment.objects.filter(campaign__in=[one.pk for one in campaigns]))
    counted = rows.order_by().values("campaign").annotate(**_counts(timezone.localdate()))
    found = _by("campaign", counted)
    return [(one, found.get(one.pk, Tally())) for one in campaigns]


def of_campaign(campaign: Campaign, scope: Scope, today: date) -> dict[str, Any]:
    rows = assignments_of(scope, campaign)
    found = tally(rows, today)
    now = curve_of(campaign, today, scope.sites)
    before = curve_of(campaign.previous, today, scope.sites) if campaign.previous else None
    day = (today - campaign.starts_on).days
    due_day = (campaign.due_on - campaign.starts_on).days
    return {
        "tally": found,
        "sites": by_site(rows, today, scope),
        "curve": draw(now, before, due_day, _said(found, now, before, day)),
        "headline": _said(found, now, before, day),
        "steps": steps(now, before),
        "before": before,
        "newer": replaced_by(campaign.revision, today),
        "today": today,
    }


def _said(found: Tally, now: Curve, before: Curve | None, day: int) -> str:
    said = f"{found.signed:,} of {found.asked:,} have signed: {found.percent} %."
    if before is None or not before.people:
        return said
    then = before.on_day(day) * 100 // before.people
    return f"{said} At this point of the campaign before, it was {then} %."


def steps(now: Curve, before: Curve | None) -> list[tuple[date, int, int | None]]:
    """Day, signed so far, and the share in a hundred of the campaign before; changes only."""
    found: list[tuple[date, int, int | None]] = []
    for day, signed in enumerate(now.signed):
        then = before.on_day(day) * 100 // before.people if before and before.people else None
        if not found or found[-1][1] != signed or day == len(now.signed) - 1:
            found.append((now.starts_on + timedelta(days=day), signed, then))
    return found


def of_letters(campaign: Campaign) -> dict[str, int]:
    """Letters of the campaign by state; every state is there."""
    counted = Letter.objects.filter(about=campaign.about).order_by().values("state")
    found = dict(counted.annotate(n=Count("pk")).values_list("state", "n"))
    return {state: found.get(state, 0) for state in LetterState.values}
