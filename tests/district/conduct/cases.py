"""A case and everybody who has to do with it, for tests of its way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.utils import timezone

from hornbook.district.conduct.actions import cases, hearing, moves, people
from hornbook.district.conduct.actions.deciding import Choice, decide, find, find_statute
from hornbook.district.conduct.models import Case, Finding, Seat
from hornbook.district.people.models import Person, Site
from hornbook.district.policy.models import ClauseText

LONG_AGO = timedelta(days=40)
ELEMENTS = {"conduct": True, "hostile": True, "fear": True}


@dataclass(frozen=True)
class Room:
    """``decider`` decides, ``chief`` hears appeals, ``reader`` reads."""

    case: Case
    lead: Person
    decider: Person
    chief: Person
    reader: Person
    subject: Person
    text: ClauseText

    def now(self) -> Case:
        self.case.refresh_from_db()
        return self.case


def open_room(
    lead: Person,
    decider: Person,
    chief: Person,
    reader: Person,
    subject: Person,
    site: Site,
    text: ClauseText,
    *,
    kind: str = "bullying",
    conduct_on: date = date(2026, 3, 2),
) -> Room:
    """A case that is being read, with its seats and its subject."""
    case = cases.open_case(
        actor=lead, kind=kind, site=site, conduct_on=conduct_on, title="Names in a chat"
    )
    for person, capacity in (
        (decider, Seat.Capacity.DECIDER),
        (chief, Seat.Capacity.APPEAL),
        (reader, Seat.Capacity.READER),
    ):
        people.let_in(case, actor=lead, person=person, capacity=capacity, why="needs to know")
    people.name_subject(case, actor=lead, person=subject)
    case.refresh_from_db()
    return Room(case, lead, decider, chief, reader, subject, text)


def to_answer(room: Room, *, ago: timedelta = timedelta()) -> None:
    """Alleged, begun, notice given (``ago``)."""
    at = timezone.now() - ago
    hearing.allege(room.case, actor=room.lead, text=room.text, words="Called him names", now=at)
    moves.move(room.now(), "begin", actor=room.lead, now=at)
    hearing.give_notice(room.now(), actor=room.lead, now=at)


def to_finding(room: Room) -> None:
    to_answer(room)
    hearing.answer(room.now(), actor=room.subject, words="It was a joke.")
    moves.move(room.now(), "hear", actor=room.lead)


def to_decision(room: Room) -> None:
    to_finding(room)
    case = room.now()
    for row in case.allegations.all():
        find(case, actor=room.lead, allegation=row, result=Finding.Result.UPHELD, reason="Seen")
    find_statute(case, actor=room.lead, met=ELEMENTS, reason="Three weeks long")
    moves.move(room.now(), "find", actor=room.lead)


def to_consequence(room: Room, outcome: str = "restriction", severity: str = "serious") -> None:
    to_decision(room)
    choice = Choice(outcome=outcome, severity=severity, reason="It hurt him.")
    decide(room.now(), actor=room.decider, choice=choice)
