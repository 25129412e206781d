"""Clocks that ran out: somebody else reads, or is let in. Nothing waits for ever for one person."""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.utils import timezone

from hornbook.district.conduct import routing
from hornbook.district.conduct.letters import tell_reader, tell_seat
from hornbook.district.conduct.models import Case, CaseClock, Report, Seat
from hornbook.district.ledger.actions import SYSTEM, record
from hornbook.district.people.models import Person

_UNREAD = (Report.State.RECEIVED, Report.State.READ)


@transaction.atomic
def escalate_reports(today: date) -> int:
    """Reports that nobody has dealt with in time go to the next person; how many."""
    late = Report.objects.select_for_update(of=("self",)).filter(
        due_on__lt=today, closed_at__isnull=True, escalated_at__isnull=True, state__in=_UNREAD
    )
    for report in (found := list(late.select_related("site"))):
        _hand_on(report, today)
    return len(found)


def _hand_on(report: Report, today: date) -> None:
    closed = set(report.about.values_list("pk", flat=True))
    closed |= {pk for pk in (report.assigned_to_id, report.reporter_id) if pk}
    choice = routing.choose(routing.office_of(report.site, report.kind, today), closed)
    report.escalated_at = timezone.now()
    if choice.person is not None:
        report.assigned_to_id = choice.person
        report.route = f"the clock ran out; {choice.why}"[:300]
    report.save(update_fields=["escalated_at", "assigned_to", "route"])
    tell_reader(report)
    record(actor=SYSTEM, verb="conduct.report-handed-on", object=f"report:{report.key}")


@transaction.atomic
def escalate_cases(today: date) -> int:
    """A clock of a case ran out: the next person is let in to see to it; how many."""
    late = CaseClock.objects.select_for_update(of=("self",)).filter(
        due_on__lt=today, stopped_at__isnull=True, escalated_at__isnull=True
    )
    late = late.exclude(what__in=_NO_FAULT)
    for clock in (found := list(late.select_related("case__site"))):
        clock.escalated_at = timezone.now()
        clock.save(update_fields=["escalated_at"])
        _let_in(clock.case, clock.get_what_display(), today)
    return len(found)


_NO_FAULT = (CaseClock.What.ANSWER, CaseClock.What.APPEAL_BY)
"""Time that belongs to the subject: when it is over, the case goes on, and nobody is late."""


def _let_in(case: Case, what: str, today: date) -> None:
    inside = set(case.seats.filter(ended_at__isnull=True).values_list("person", flat=True))
    closed = {*inside, *([case.subject_id] if case.subject_id else [])}
    choice = routing.choose(routing.office_of(case.site, case.kind, today), closed)
    detail: dict[str, object] = {"clock": what}
    if choice.person is not None:
        person = Person.objects.get(pk=choice.person)
        Seat.objects.create(
            case=case,
            person=person,
            capacity=Seat.Capacity.READER,
            why=f"“{what}” ran out; {choice.why}"[:300],
            given_by=SYSTEM.label,
        )
        tell_seat(case, person, f"“{what}” ran out")
        detail["let in"] = str(person.key)
    record(actor=SYSTEM, verb="conduct.escalated", object=f"case:{case.key}", detail=detail)
