"""Letters that say that something waits, and never what. None carries a link (see ``mail``)."""

from __future__ import annotations

from collections.abc import Iterable

from hornbook.district.conduct.models import OnCall, Report
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
