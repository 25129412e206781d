"""Give one person a training on one wording, end it, remind them of it. Nobody else hears of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from django.db import transaction
from django.utils import timezone

from hornbook.district.learning import days
from hornbook.district.learning.actions.reminding import FOOT, round_of
from hornbook.district.learning.models import Training
from hornbook.district.ledger.actions import SYSTEM, Actor, record
from hornbook.district.mail.actions import Draft, post
from hornbook.district.people.models import Person
from hornbook.district.policy.models import ClauseText

SCHOOL_DAYS = 10
REMIND_BEFORE = (2,)


@transaction.atomic
def give_training(
    *, actor: Actor, person: Person, text: ClauseText, due_on: date | None = None
) -> Training:
    """It stands under Today of that person until it is done; by then, or in ten school days."""
    by = due_on or days.after(timezone.localdate(), SCHOOL_DAYS)
    training = Training.objects.create(person=person, clause_text=text, due_on=by)
    _tell(actor, "give training", training, {"due_on": by.isoformat()})
    return training


@transaction.atomic
def finish_training(*, actor: Actor, training: Training) -> Training:
    """Every question was answered rightly; nothing else is kept."""
    training = Training.objects.select_for_update(of=("self",)).get(pk=training.pk)
    if training.done_at is None and training.withdrawn_at is None:
        training.done_at = timezone.now()
        training.save(update_fields=["done_at"])
        _tell(actor, "finish training", training, {})
    return training


@transaction.atomic
def withdraw_training(*, actor: Actor, training: Training) -> None:
    """It is not asked for any more; what was done stays done."""
    if training.done_at is None and training.withdrawn_at is None:
        training.withdrawn_at = timezone.now()
        training.save(update_fields=["withdrawn_at"])
        _tell(actor, "withdraw training", training, {})


def _tell(actor: Actor, verb: str, training: Training, detail: dict[str, str]) -> None:
    """The leaf names the training by its key: who learns what, and why, is not for everybody."""
    record(
        actor=actor,
        verb=verb,
        object=f"training {training.key}",
        clause_texts=[training.clause_text.version],
        detail=detail,
    )


@transaction.atomic
def remind_of_trainings(today: date) -> int:
    """A letter two school days before the day, and one when it is over; how many were added."""
    rows = Training.objects.filter(done_at__isnull=True, withdrawn_at__isnull=True)
    open_ = rows.filter(person__active=True).exclude(person__email="").select_related("person")
    letters = post(_letters(open_, today))
    if letters:
        record(actor=SYSTEM, verb="remind", object="trainings", detail={"letters": letters})
    return letters


def _letters(rows: Iterable[Training], today: date) -> Iterator[Draft]:
    school = days.calendar()
    for row in rows:
        which = round_of(row.due_on, REMIND_BEFORE, today, school)
        if which not in (None, "start"):
            yield Draft(
                key=f"training {row.key} {which}",
                about=f"training {row.key}",
                to=row.person.email,
                subject="A training waits for you",
                body=_letter(row, today),
                person=row.person,
            )


def _letter(row: Training, today: date) -> str:
    by = f"{row.due_on:%A, %-d %B %Y}"
    when = f"It was due on {by}" if row.due_on < today else f"Please take it by {by}"
    return (
        f"Dear {row.person.given_name} {row.person.family_name},\n\n"
        f"a short training waits for you. {when}. It takes a few minutes, and nobody sees how "
        f"often you tried.\n\n{FOOT}\n"
    )
