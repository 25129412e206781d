"""Every write about purposes, holds and inspections: the change and its leaf."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from hornbook.district.ledger.access import TOLD_ON
from hornbook.district.ledger.actions import Actor, look, person_object, record
from hornbook.district.ledger.models import Leaf
from hornbook.district.people.models import Person, Site
from hornbook.district.people.permissions import actor_of
from hornbook.district.records.law import purposes
from hornbook.district.records.models import Hold, Inspection, Level, Purpose
from hornbook.instance import InstanceError

SINGLE = "every question that you asked, and your reasons at warnings"
SUMS = "sums of what you asked"
LONGEST = timedelta(days=30)  # a purpose ends by itself; who still needs it asks again
INSPECT_WITHIN = timedelta(days=45)  # 34 CFR 99.10(b)


class Refused(InstanceError):
    """The act is not possible; the message says why, for people. Nothing was changed."""


# --- purposes ----------------------------------------------------------------------------------


@transaction.atomic
def open_purpose(
    *,
    actor: Person,
    subject: Person,
    kind: str,
    reason: str,
    level: str,
    since: date,
    until: date,
    days: int,
) -> Purpose:
    """Ask to look at one person's activity. ``sums`` opens at once, ``names`` when another agrees.

    Raises Refused for an unknown kind or a period or end that cannot be.
    """
    if kind not in purposes():
        raise Refused(f"“{kind}” is no lawful purpose. Choose one of {', '.join(purposes())}.")
    if since > until:
        raise Refused("The first day lies behind the last day. Change one of them.")
    if not 0 < days <= LONGEST.days:
        raise Refused(f"A purpose lasts 1 to {LONGEST.days} days.")
    now = timezone.now()
    found = Purpose.objects.create(
        subject=subject,
        kind=kind,
        reason=reason,
        level=level,
        since=since,
        until=until,
        asked_by=actor,
        asked_at=now,
        ends_at=now + timedelta(days=days),
    )
    _tell(found, actor, "records.purpose-asked", sealed={"reason": reason})
    return found


@transaction.atomic
def approve_purpose(purpose: Purpose, *, actor: Person) -> Purpose:
    """Agree as the second person. Raises Refused for the first one, the subject, or too late."""
    purpose = Purpose.objects.select_for_update().get(pk=purpose.pk)
    if actor in (purpose.asked_by, purpose.subject):
        raise Refused("Somebody else must agree: neither who asks nor whom it is about.")
    if purpose.closed_at or purpose.ends_at <= timezone.now():
        raise Refused("This purpose has ended. It must be asked for again.")
    if purpose.level != Level.NAMES or purpose.approved_at:
        raise Refused("Nobody needs to agree to this any more.")
    purpose.approved_by, purpose.approved_at = actor, timezone.now()
    purpose.save(update_fields=["approved_by", "approved_at"])
    _tell(purpose, actor, "records.purpose-approved")
    return purpose


@transaction.atomic
def close_purpose(purpose: Purpose, *, actor: Person) -> None:
    """End it before its time. A second time changes nothing."""
    purpose = Purpose.objects.select_for_update().get(pk=purpose.pk)
    if purpose.closed_at is None:
        purpose.closed_at = timezone.now()
        purpose.save(update_fields=["closed_at"])
        _tell(purpose, actor, "records.purpose-closed")


def _tell(purpose: Purpose, actor: Person, verb: str, sealed: dict[str, Any] | None = None) -> None:
    detail = {
        "purpose": purpose.pk,
        "kind": purpose.kind,
        "level": purpose.level,
        "since": purpose.since.isoformat(),
        "until": purpose.until.isoformat(),
        "ends_at": purpose.ends_at.isoformat(),
    }
    record(
        actor=actor_of(actor),
        verb=verb,
        object=person_object(purpose.subject.key),
        detail=detail,
        sealed=sealed,
    )


def look_for(purpose: Purpose, *, actor: Person | Actor, level: str) -> Leaf | None:
    """The leaf of a look under that purpose. Call it before anything is shown.

    At the command line the actor is the account of the machine, which is no person here.

    Raises Refused when the purpose does not open that (any more).
    """
    now = timezone.now()
    if purpose.closed_at or purpose.ends_at <= now:
        raise Refused("This purpose has ended. Ask again if you still need to look.")
    if level == Level.NAMES and not (purpose.level == Level.NAMES and purpose.opens):
        raise Refused("A second person has to agree before single questions are shown.")
    law = purposes()[purpose.kind]
    what = SINGLE if level == Level.NAMES else SUMS
    told_on = timezone.localdate(now) + timedelta(days=law.tell_after_days)
    return look(
        actor=actor if isinstance(actor, Actor) else actor_of(actor),
        object=person_object(purpose.subject.key),
        purpose=f"{law.label}: {purpose.reason}" if not law.tell_after_days else law.label,
        detail={
            "number": purpose.pk,
            "what": f"{what}, {purpose.since} to {purpose.until}",
            TOLD_ON: told_on.isoformat(),
        },
    )


# --- holds and inspections -----------------------------------------------------------------------


@transaction.atomic
def place_hold(
    *,
    actor: Person,
    matter: str,
    reason: str,
    persons: list[Person] | None = None,
    sites: list[Site] | None = None,
    since: date | None = None,
    until: date | None = None,
) -> Hold:
    """Stop destruction in a scope, at once. Raises Refused for a period that cannot be."""
    if since and until and since > until:
        raise Refused("The first day lies behind the last day. Change one of them.")
    hold = Hold.objects.create(
        matter=matter,
        reason=reason,
        since=since,
        until=until,
        placed_by=actor,
        placed_at=timezone.now(),
    )
    hold.persons.set(persons or [])
    hold.sites.set(sites or [])
    record(
        actor=actor_of(actor),
        verb="records.hold-placed",
        object=f"hold {hold.pk}",
        detail={
            "persons": [str(person.key) for person in persons or []],
            "sites": [site.key for site in sites or []],
            "since": since and since.isoformat(),
            "until": until and until.isoformat(),
        },
        sealed={"matter": matter, "reason": reason},
    )
    return hold


@transaction.atomic
def release_hold(hold: Hold, *, actor: Person, reason: str) -> None:
    """End a hold. Raises Refused for who placed it: another person releases."""
    hold = Hold.objects.select_for_update().get(pk=hold.pk)
    if hold.released_at:
        raise Refused("This hold was released already.")
    if hold.placed_by == actor:
        raise Refused("You placed this hold, so somebody else has to release it.")
    hold.released_by, hold.released_at = actor, timezone.now()
    hold.release_reason = reason
    hold.save(update_fields=["released_by", "released_at", "release_reason"])
    record(
        actor=actor_of(actor),
        verb="records.hold-released",
        object=f"hold {hold.pk}",
        sealed={"reason": reason},
    )


@transaction.atomic
def open_inspection(*, actor: Person, subject: Person, asked_by: str, asked_on: date) -> Inspection:
    """Somebody asked to inspect a person's records; nothing of theirs goes until it is closed."""
    found = Inspection.objects.create(
        subject=subject, asked_by=asked_by, asked_on=asked_on, due_on=asked_on + INSPECT_WITHIN
    )
    record(
        actor=actor_of(actor),
        verb="records.inspection-opened",
        object=person_object(subject.key),
        detail={"inspection": found.pk, "due_on": found.due_on.isoformat()},
        sealed={"asked_by": asked_by},
    )
    return found


@transaction.atomic
def close_inspection(inspection: Inspection, *, actor: Person) -> None:
    """What was asked for was shown. A second time changes nothing."""
    inspection = Inspection.objects.select_for_update().get(pk=inspection.pk)
    if inspection.closed_on is None:
        inspection.closed_on = timezone.localdate()
        inspection.save(update_fields=["closed_on"])
        record(
            actor=actor_of(actor),
            verb="records.inspection-closed",
            object=person_object(inspection.subject.key),
            detail={"inspection": inspection.pk},
        )


def as_moment(day: date) -> datetime:
    """The start of that day in district time."""
    return timezone.make_aware(datetime(day.year, day.month, day.day))
