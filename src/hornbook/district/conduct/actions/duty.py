"""Who reads when: absences, deputies, the people on call, who is named for what."""

from __future__ import annotations

from datetime import date

from django.db import transaction

from hornbook.district.conduct.actions import Refused
from hornbook.district.conduct.models import Absence, Deputy, OnCall, Recipient
from hornbook.district.ledger.actions import record
from hornbook.district.people.models import Person, Site
from hornbook.district.people.permissions import actor_of


def _told(actor: Person, verb: str, person: Person, **detail: str) -> None:
    record(
        actor=actor_of(actor),
        verb=f"conduct.{verb}",
        object="who reads reports",
        detail={"person": str(person.key), **detail},
    )


@transaction.atomic
def be_away(*, actor: Person, first: date, last: date) -> Absence:
    """Nothing new lands on the actor in that time. Raises Refused when the days are reversed."""
    if last < first:
        raise Refused("The last day lies before the first day.")
    row = Absence.objects.create(person=actor, first=first, last=last)
    _told(actor, "away", actor, first=first.isoformat(), last=last.isoformat())
    return row


@transaction.atomic
def name_deputy(*, actor: Person, person: Person) -> Deputy:
    """Who stands in for the actor; the first that was named comes first."""
    if person == actor:
        raise Refused("Nobody stands in for themselves.")
    order = Deputy.objects.filter(person=actor).count() + 1
    row, made = Deputy.objects.get_or_create(person=actor, deputy=person, defaults={"order": order})
    if made:
        _told(actor, "deputy-named", person)
    return row


@transaction.atomic
def put_on_call(*, actor: Person, person: Person, site: Site | None, phone: str) -> OnCall:
    """Told at once of danger to a life."""
    row, _ = OnCall.objects.update_or_create(
        person=person, site=site, defaults={"phone": phone.strip()[:40]}
    )
    _told(actor, "on-call", person, site=site.key if site else "")
    return row


@transaction.atomic
def name_recipient(
    *, actor: Person, person: Person, kind: str, site: Site | None, last_resort: bool
) -> Recipient:
    """Who gets reports of a kind first, or what nobody else may read."""
    if not kind and not last_resort:
        raise Refused("Say for which kind of reports, or that it is the last resort.")
    row, _ = Recipient.objects.get_or_create(
        person=person, kind="" if last_resort else kind, site=site, last_resort=last_resort
    )
    _told(actor, "recipient-named", person, kind=row.kind, site=site.key if site else "")
    return row


@transaction.atomic
def drop(row: Absence | Deputy | OnCall | Recipient, *, actor: Person) -> None:
    """Take one of these back."""
    _told(actor, f"{type(row).__name__.lower()}-dropped", row.person)
    row.delete()
