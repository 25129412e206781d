"""What is stronger than rules in the sample: special days, a lesson, an exception, a switch-off."""

from __future__ import annotations

from datetime import date, time, timedelta

from django.utils import timezone

from hornbook.district.filtering.calendar_actions import set_school_day
from hornbook.district.filtering.order_actions import begin_lesson, end_now, open_for, switch_off
from hornbook.district.ledger.actions import Actor
from hornbook.district.people.models import Enrollment, Person, Role
from hornbook.district.sample.schools import DOMAIN, SIGN_IN


def make(today: date, actor: Actor) -> None:
    """One of each, so that their pages show something true."""
    _days(today, actor)
    teacher, it = (_by_mailbox(role) for role in ("teacher", "it"))
    _lesson(teacher, actor)
    open_for(
        actor=actor,
        authoriser=it,
        person=teacher,
        name="play.example",
        reason="She reviews learning games for the district",
        ends_at=timezone.now() + timedelta(days=14),
    )
    over = switch_off(
        actor=actor,
        name="Chatterbox",
        names=["chatterbox.example"],
        reason="Its maker told of stolen passwords; opened again after the reset",
    )
    end_now(over, actor=actor)


def _days(today: date, actor: Actor) -> None:
    """The next Friday but one ends early, and the Monday behind it has no school."""
    friday = today + timedelta(days=(4 - today.weekday()) % 7 + 7)
    set_school_day(actor=actor, day=friday, name="Early out", ends=time(12))
    monday = friday + timedelta(days=3)
    set_school_day(actor=actor, day=monday, name="Teachers\u2019 study day", closed=True)


def _lesson(teacher: Person, actor: Actor) -> None:
    taught = Enrollment.objects.filter(person=teacher, role=Role.TEACHER).first()
    if taught:
        begin_lesson(
            actor=actor,
            teacher=teacher,
            school_class=taught.school_class,
            names=["nasa.gov", "noaa.gov"],
            minutes=90,
        )


def _by_mailbox(role: str) -> Person:
    return Person.objects.get(email=f"{SIGN_IN[role]}@{DOMAIN}")
