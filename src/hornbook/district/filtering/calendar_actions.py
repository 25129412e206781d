"""Every write to the school calendar; who calls it then publishes the rules."""

from __future__ import annotations

from datetime import date, time

from django.db import transaction

from hornbook.district.filtering.actions import Refused, cited
from hornbook.district.filtering.defaults import clause_for
from hornbook.district.filtering.models import SchoolDay
from hornbook.district.ledger.actions import Actor, record


@transaction.atomic
def set_school_day(
    *,
    actor: Actor,
    day: date,
    name: str,
    closed: bool = False,
    starts: time | None = None,
    ends: time | None = None,
) -> SchoolDay:
    """Say that there is no school on a date, or at other hours. Raises Refused for odd hours."""
    if closed:
        starts = ends = None
    elif starts is None and ends is None:
        raise Refused("Say when school begins or ends on that day, or that there is none.")
    if starts and ends and starts >= ends:
        raise Refused("School must begin before it ends.")
    row, _ = SchoolDay.objects.update_or_create(
        day=day,
        defaults={"name": name.strip()[:100], "closed": closed, "starts": starts, "ends": ends},
    )
    _record_day(actor, "filtering.school-day-set", row)
    return row


@transaction.atomic
def drop_school_day(row: SchoolDay, *, actor: Actor) -> None:
    """That date is a day like its weekday again."""
    _record_day(actor, "filtering.school-day-dropped", row)
    row.delete()


def _record_day(actor: Actor, verb: str, row: SchoolDay) -> None:
    record(
        actor=actor,
        verb=verb,
        object=f"school-day:{row.day.isoformat()}",
        clause_texts=cited(clause_for("learning").clause),
        detail={
            "name": row.name,
            "closed": row.closed,
            "starts": row.starts and row.starts.isoformat(),
            "ends": row.ends and row.ends.isoformat(),
        },
    )
