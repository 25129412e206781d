"""Letters that say that something waits, and never what. None carries a link (see ``mail``)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from hornbook.district.conduct.models import Case, Correction, OnCall, Report
from hornbook.district.mail.actions import Draft, post
from hornbook.district.people.models import Person

_HOW = "Open Hornbook by yourself, as you always do, and go to “Cases”."


def to(person: Person, key: str, about: str, subject: str, body: str) -> Iterable[Draft]:
    """A letter to a person who has an address; nothing for one who has none."""
    if person.email:
        yield Draft(
            key=key, about=about, to=person.email, subject=subject, body=body, person=person
        )


def tell_reader(report: Report, *, again: bool = False) -> None:
    """Something waits for who reads the report."""
    if report.assigned_to is None:
        return
    count = report.messages.count()
    post(
        to(
            report.assigned_to,
            f"report {report.key} {report.assigned_to_id} {count if again else 'new'}",
            f"report {report.key}",
            "A report has an answer" if again else "A report waits for you",
            f"{'Somebody answered' if again else 'Somebody told the District something'}, and "
            f"you are the one who reads it. Please do so by {report.due_on:%-d %B %Y}. {_HOW}\n",
        )
    )


def tell_on_call(report: Report, people: Iterable[OnCall], *, again: bool = False) -> None:
    """Danger to a life may be meant: told to everybody on call, at once."""
    count = report.messages.count() if again else "new"
    for row in people:
        post(
            to(
                row.person,
                f"danger {report.key} {row.person_id} {count}",
                f"report {report.key}",
                "URGENT: a report may tell of danger to a life",
                f"A report from {report.site} has words of danger to somebody's life. You are on "
                f"call. Read it now. {_HOW} If you cannot, call another person on call, and "
                "911 where somebody is in danger.\n",
            )
        )


def tell_subject(case: Case, what: str, number: int, by: date | None = None) -> None:
    """A notice, a decision or its end waits for the subject. No word of what it is about."""
    if case.subject is None:
        return
    until = f" Please read it before {by:%-d %B %Y}." if by else ""
    post(
        to(
            case.subject,
            f"case {case.key} {what} {number}",
            f"case {case.key}",
            "Something for you to read",
            f"There is a {what} for you from the District.{until} Open Hornbook by yourself, as "
            "you always do, and go to “Notices to me” in the menu of your name. If you cannot sign "
            "in, ask at the school office.\n",
        )
    )


def tell_seat(case: Case, person: Person, why: str) -> None:
    """Somebody was let into a case, or it was handed to them."""
    count = case.seats.filter(person=person).count()
    key = f"seat {case.key} {person.pk} {count}"
    body = f"Case {case.number} waits for you: {why}. {_HOW}\n"
    post(to(person, key, f"case {case.key}", "A case waits for you", body))


def tell_copies(case: Case, row: Correction) -> None:
    """Whoever was given a copy hears of what is contested or corrected in it."""
    for copy in case.copies.exclude(email=""):
        post(
            [
                Draft(
                    f"copy {copy.pk} {row.pk} {row.state}",
                    f"case {case.key}",
                    copy.email,
                    f"A line of case {case.number} is {row.get_state_display().lower()}",
                    f"You were given a copy of case {case.number} on {copy.at:%-d %B %Y} "
                    f"(SHA-256 {copy.sha256}). In it, {row.about} is "
                    f"{row.get_state_display().lower()}. Ask us for the page that replaces it, "
                    "and put this letter to your copy.\n",
                )
            ]
        )
