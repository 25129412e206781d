"""Every write: letters, trainings, and which accounts elsewhere are to be switched off."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from hornbook.district.conduct.models import Consequence
from hornbook.district.consequences.letters import letter_pdf
from hornbook.district.consequences.models import Letter, Suspension
from hornbook.district.consequences.outside import read_systems
from hornbook.district.learning.actions.trainings import give_training
from hornbook.district.learning.models import Training
from hornbook.district.ledger.actions import Actor, record
from hornbook.district.people.models import Person


class Refused(ValueError):
    """It was not done; the message says why and what to do."""


def subject_of(consequence: Consequence) -> Person:
    """Whom it is about. Raises Refused for a case without a subject."""
    subject = consequence.decision.case.subject
    if subject is None:
        raise Refused("The case has no subject.")
    return subject


@transaction.atomic
def write_letter(*, actor: Actor, consequence: Consequence) -> Letter:
    """The letter, once; what was given stays exactly so."""
    found = Letter.objects.filter(consequence=consequence).first()
    if found is not None:
        return found
    pdf = letter_pdf(consequence, subject_of(consequence))
    digest = hashlib.sha256(pdf).hexdigest()
    leaf = record(
        actor=actor,
        verb="write consequence letter",
        object=f"consequence {consequence.key}",
        clause_texts=[consequence.clause_text.version],
        detail={"sha256": digest},
    )
    return Letter.objects.create(
        consequence=consequence,
        pdf=pdf,
        sha256=digest,
        made_at=leaf.at,
        made_by=actor.label,
        leaf_no=leaf.no,
    )


@transaction.atomic
def train(*, actor: Actor, consequence: Consequence) -> Training:
    """The subject reads the clause that was broken and answers its questions; given once."""
    row = Consequence.objects.select_for_update(of=("self",)).get(pk=consequence.pk)
    if row.training is None:
        person = subject_of(row)
        row.training = give_training(actor=actor, person=person, text=row.clause_text)
        row.save(update_fields=["training"])
    return row.training


@transaction.atomic
def suspend(*, actor: Actor, consequence: Consequence, systems: Iterable[str]) -> list[Suspension]:
    """Have the subject's accounts there switched off until the consequence ends.

    Only for restricted access with a last day: an account that is off without an end is a
    dismissal. Raises Refused. The worker carries it out and shows what each system said.
    """
    if consequence.sort != Consequence.Sort.RESTRICTION or consequence.ends_on is None:
        raise Refused("Accounts are switched off for restricted access that has a last day.")
    if consequence.lifted_at or consequence.restored_at:
        raise Refused("This has ended.")
    person = subject_of(consequence)
    if not person.email:
        raise Refused(f"{person} has no address, by which other systems know people.")
    known = read_systems(settings.INSTANCE)
    found = [_ask(actor, consequence, person, key) for key in systems if key in known]
    return [row for row in found if row is not None]


def _ask(actor: Actor, consequence: Consequence, person: Person, system: str) -> Suspension | None:
    now = timezone.now()
    row, made = Suspension.objects.get_or_create(
        consequence=consequence,
        system=system,
        defaults={
            "person": person,
            "user_name": person.email,
            "asked_at": now,
            "asked_by": actor.label,
            "not_before": now,
        },
    )
    if not made:
        return None
    record(
        actor=actor,
        verb="suspend account elsewhere",
        object=f"person {person.key}",
        clause_texts=[consequence.clause_text.version],
        detail={"system": system, "until": str(consequence.ends_on)},
    )
    return row


@transaction.atomic
def try_now(*, actor: Actor, suspension: Suspension) -> None:
    """Somebody mended the other system: do not wait."""
    Suspension.objects.filter(pk=suspension.pk).update(not_before=timezone.now())
    record(
        actor=actor,
        verb="try account elsewhere again",
        object=f"person {suspension.person.key}",
        detail={"system": suspension.system},
    )
