"""Whom a case is about, who else is in it, and who runs it when it comes too close."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from hornbook.district.conduct import routing
from hornbook.district.conduct.actions import Refused
from hornbook.district.conduct.actions.cases import give_seat, told
from hornbook.district.conduct.actions.moves import locked, need
from hornbook.district.conduct.letters import tell_seat
from hornbook.district.conduct.models import Case, Party, Seat, Task
from hornbook.district.people.models import Person

LEAD, APPEAL = Seat.Capacity.LEAD, Seat.Capacity.APPEAL


@transaction.atomic
def name_subject(case: Case, *, actor: Person, person: Person) -> Case:
    """Say whom it is about. Their own seats end. Where it comes too close to who runs it (they
    themselves, or somebody who supervises them) it goes to somebody else at once.
    """
    case = locked(case)
    need(case, actor, LEAD)
    if case.round:
        raise Refused("Notice was given. For somebody else, open a case of their own.")
    office = routing.office_of(case.site, case.kind, timezone.localdate())
    close = person == case.lead or person.pk in office.over(case.lead_id)
    choice = routing.choose(office, {person.pk})
    if close and choice.person not in (None, case.lead_id):
        _hand_over(case, Person.objects.get(pk=choice.person), actor, f"conflict; {choice.why}")
    elif person == case.lead:
        raise Refused("Nobody else can run this case yet. Name a last resort in the settings.")
    case.seats.filter(person=person, ended_at__isnull=True).update(ended_at=timezone.now())
    case.subject = person
    case.save(update_fields=["subject"])
    told(case, actor, "subject-named", sealed={"person": str(person.key)})
    for report in case.reports.all():
        report.about.add(person)
        if report.assigned_to_id == person.pk:
            report.assigned_to = case.lead
            report.save(update_fields=["assigned_to"])
    return case


@transaction.atomic
def hand_over(case: Case, *, actor: Person, to: Person, why: str) -> Case:
    """Somebody else runs it from now on. Raises Refused for the subject and without a reason."""
    case = locked(case)
    need(case, actor, LEAD)
    if to.pk == case.subject_id:
        raise Refused("Nobody leads a case about themselves.")
    if not why.strip():
        raise Refused("Write why somebody else runs it.")
    _hand_over(case, to, actor, why.strip())
    return case


def _hand_over(case: Case, to: Person, actor: Person, why: str) -> None:
    """The old lead goes out; whoever is let in later is let in for a reason again."""
    now = timezone.now()
    case.seats.filter(person=case.lead, ended_at__isnull=True).update(ended_at=now)
    case.lead = to
    case.save(update_fields=["lead"])
    if not case.seats.filter(person=to, capacity=LEAD, ended_at__isnull=True).exists():
        give_seat(case, actor=actor, person=to, capacity=LEAD, why=why)
    case.reports.update(assigned_to=to)
    told(case, actor, "handed-over", detail={"to": str(to.key)})
    tell_seat(case, to, "you run it now")


@transaction.atomic
def seat_for_appeal(case: Case, *, actor: Person) -> Seat:
    """Somebody who neither decided nor runs it, and whom nobody of them supervises if avoidable.

    Raises Refused where nobody is left; then the settings must name a last resort.
    """
    held = case.seats.filter(capacity=APPEAL, ended_at__isnull=True)
    closed = {case.lead_id, *case.decisions.values_list("decided_by", flat=True)}
    if case.subject_id:
        closed.add(case.subject_id)
    fitting = held.exclude(person__in=closed).first()
    if fitting is not None:
        return fitting
    office = routing.office_of(case.site, case.kind, timezone.localdate())
    choice = routing.choose(office, closed)
    if choice.person is None:
        raise Refused("Nobody is left who could hear it. Name a last resort in the settings.")
    person = Person.objects.get(pk=choice.person)
    seat = give_seat(case, actor=actor, person=person, capacity=APPEAL, why=choice.why)
    tell_seat(case, person, "an appeal waits to be heard")
    return seat


@transaction.atomic
def let_in(case: Case, *, actor: Person, person: Person, capacity: str, why: str) -> Seat:
    """The lead lets somebody in, as a reader or to decide; the lead themselves may decide too."""
    need(case, actor, LEAD)
    if capacity == LEAD:
        raise Refused("To let somebody else run it, hand it over.")
    seat = give_seat(case, actor=actor, person=person, capacity=capacity, why=why)
    if person != actor:
        tell_seat(case, person, seat.get_capacity_display().lower())
    return seat


@transaction.atomic
def add_party(
    case: Case, *, actor: Person, name: str, part: str, person: Person | None = None
) -> Party:
    """Somebody whom the case touches."""
    need(case, actor, LEAD)
    if not (person or name.strip()):
        raise Refused("Write a name.")
    label = str(person) if person else name.strip()[:200]
    row = Party.objects.create(case=case, person=person, name=label, part=part, added_by=str(actor))
    told(case, actor, "party-added", detail={"part": part}, sealed={"name": label})
    return row


@transaction.atomic
def add_task(
    case: Case, *, actor: Person, words: str, owner: Person | None = None, due_on: Any = None
) -> Task:
    """Something to do. The owner needs a seat, so that they know of what."""
    if not words.strip():
        raise Refused("Write what is to be done.")
    inside = case.seats.filter(person=owner, ended_at__isnull=True).exists()
    if owner is not None and not inside:
        raise Refused(f"{owner} has no seat here. Let them in first, or choose another.")
    day: date | None = due_on
    row = Task.objects.create(
        case=case, words=words.strip()[:300], owner=owner, due_on=day, by=str(actor)
    )
    told(case, actor, "task-added", detail={"task": row.pk})
    return row


@transaction.atomic
def finish_task(task: Task, *, actor: Person) -> None:
    if task.done_at is None:
        task.done_at, task.done_by = timezone.now(), str(actor)
        task.save(update_fields=["done_at", "done_by"])
        told(task.case, actor, "task-done", detail={"task": task.pk})
