"""Cases and reports past their time: what stops them, and how they end.

A case is destroyed whole, with everything that hangs on it and its envelope; a report when no
case stands on it any more. The ledger keeps its leaves, which name both by key alone. What is
known afterwards is in the certificate: how each allegation ended, by clause, without people.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from hornbook.district.conduct.erasing import Erased, Rows
from hornbook.district.conduct.models import (
    Allegation,
    Answer,
    Appeal,
    Case,
    CaseClock,
    CaseCopy,
    Consequence,
    Correction,
    Custody,
    Decision,
    Emergency,
    Envelope,
    Event,
    Evidence,
    Finding,
    Message,
    Notice,
    Party,
    Report,
    ReportFile,
    Seat,
    Stage,
    Step,
    Task,
)
from hornbook.district.conduct.process.outcomes import outcomes
from hornbook.district.learning.models import Training
from hornbook.district.mail.models import Letter
from hornbook.district.people.models import Person
from hornbook.district.records.law import schedule
from hornbook.district.records.retention import Due, cutoff
from hornbook.district.records.stops import Stop, stops

#: What else keeps cases: ids of cases → (id, why) of those in which something still runs.
UNFINISHED: list[Callable[[Collection[int]], Iterable[tuple[int, str]]]] = []

#: Rows of other rooms that end with a case, before its consequences; it may also let go of rows.
WITH_A_CASE: list[Callable[[Case], list[Rows]]] = []


@dataclass(frozen=True)
class _Span:
    """When and where it was, and the keys of those whom it touches."""

    first: date
    last: date
    site: str
    persons: frozenset[str]

    def stopped_by(self, standing: Iterable[Stop]) -> list[str]:
        return [
            stop.words
            for stop in standing
            if stop.over(self.first, self.last, self.site) and stop.about(self.persons)
        ]


def _keys(people: Iterable[Person | None]) -> frozenset[str]:
    return frozenset(str(person.key) for person in people if person is not None)


def _day(moment: Any) -> date:
    return timezone.localdate(moment)


def _report_people(report: Report) -> list[Person | None]:
    return [report.reporter, *report.about.all()]


class Cases:
    """Closed cases (``records.retention.Room``)."""

    entry = "cases"

    def due(self, before: date, standing: Sequence[Stop]) -> list[Due]:
        return [
            Due(self.entry, f"case {case.number}", _day(case.closed_at), 1, stopped)
            for case, stopped in _with_stops(before, standing)
        ]

    def going(self, before: date, standing: Sequence[Stop]) -> set[int]:
        """Ids of those that nothing stops."""
        return {case.pk for case, stopped in _with_stops(before, standing) if not stopped}

    def destroy(self, before: date) -> list[dict[str, Any]]:
        """Each case is held while its stops are asked anew: what opens it again waits, or wins."""
        gone = []
        for pk in _closed_cases(before).values_list("pk", flat=True):
            case = _closed_cases(before).select_for_update(of=("self",)).filter(pk=pk).first()
            if case and not _running([pk]) and not _case_span(case).stopped_by(stops()):
                gone.append(_end_case(case))
        return gone


def _closed_cases(before: date) -> QuerySet[Case]:
    rows = Case.objects.filter(stage=Stage.CLOSED, closed_at__date__lt=before).order_by("closed_at")
    people = ("parties__person", "reports__reporter", "reports__about")
    return rows.select_related("site", "subject").prefetch_related(*people)


def _with_stops(before: date, standing: Sequence[Stop]) -> Iterator[tuple[Case, tuple[str, ...]]]:
    """Each closed case, and what stops its end, in words."""
    found = list(_closed_cases(before))
    running = _running([case.pk for case in found])
    for case in found:
        yield case, (*running.get(case.pk, ()), *_case_span(case).stopped_by(standing))


def _case_span(case: Case) -> _Span:
    people = [case.subject, *(party.person for party in case.parties.all())]
    for report in case.reports.all():
        people += _report_people(report)
    return _Span(case.conduct_on, _day(case.closed_at), case.site.key, _keys(people))


def _running(cases: Collection[int]) -> dict[int, list[str]]:
    """What still goes on in these cases, in words."""
    found: dict[int, list[str]] = {}
    open_appeals = Appeal.objects.filter(heard_at__isnull=True, decision__case__in=cases)
    for pk in open_appeals.values_list("decision__case", flat=True):
        found.setdefault(pk, []).append("an appeal that nobody answered")
    today = timezone.localdate()
    lasting = Consequence.objects.filter(restored_at__isnull=True, decision__case__in=cases)
    for pk in lasting.filter(ends_on__gte=today).values_list("decision__case", flat=True):
        found.setdefault(pk, []).append("a consequence that still lasts")
    for source in UNFINISHED:
        for pk, why in source(cases):
            found.setdefault(pk, []).append(why)
    return found


def _end_case(case: Case) -> dict[str, Any]:
    told = {
        "what": f"case {case.number}: {case.get_kind_display()}, {case.site}",
        "case": str(case.key),
        "closed": _day(case.closed_at).isoformat(),
        "sums": _endings(case),
    }
    erased, envelope = Erased(), case.envelope_id
    trainings = list(Training.objects.filter(consequence__decision__case=case))
    abouts = [f"case {case.key}", *(f"training {one.key}" for one in trainings)]
    other = [rows for source in WITH_A_CASE for rows in source(case)]
    decided = Q(decision__case=case)
    erased.take(
        Custody.objects.filter(evidence__case=case),
        Evidence.objects.filter(case=case),
        *other,
        Consequence.objects.filter(decided),
        Training.objects.filter(pk__in=[one.pk for one in trainings]),
        Appeal.objects.filter(decided),
        *(model.objects.filter(case=case) for model in _OF_A_CASE),
        Letter.objects.filter(about__in=abouts),
        Case.objects.filter(pk=case.pk),
        Envelope.objects.filter(pk=envelope),
    )
    return {**told, "rows": erased.rows, "kept": 0, "sha256": erased.sha256}


_OF_A_CASE: tuple[Any, ...] = (
    *(Correction, CaseCopy, Emergency, Decision, Finding, Allegation, Answer, Notice),
    *(Step, Task, CaseClock, Event, Party, Seat),
)


def _endings(case: Case) -> list[dict[str, Any]]:
    """How each alleged clause ended, without people: what the decision said of it."""
    last = case.decisions.order_by("-pk").first()
    grounds = set(last.clause_texts.values_list("pk", flat=True)) if last else set()
    words = outcomes()[last.outcome].words if last and last.outcome in outcomes() else ""
    told = []
    for row in case.allegations.select_related("clause_text__clause", "clause_text__revision"):
        stood = row.clause_text_id in grounds and not case.reversed
        ended = words.lower() if stood else "nothing followed"
        told.append({"clause": row.clause_text.version, "action": ended, "questions": 1})
    return told


class Reports:
    """Closed reports on which no case stands (``records.retention.Room``)."""

    entry = "reports"

    def due(self, before: date, standing: Sequence[Stop]) -> list[Due]:
        """With those whose cases all go tonight: they go in the same night, after them."""
        staying = Case.objects.exclude(pk__in=self._cases_that_go(before, standing))
        return [
            Due(
                self.entry,
                f"a report of {report.received_at:%-d %B %Y}",
                _day(report.closed_at),
                1,
                tuple(_report_span(report).stopped_by(standing)),
            )
            for report in _closed_reports(before).exclude(cases__in=staying)
        ]

    def _cases_that_go(self, before: date, standing: Sequence[Stop]) -> set[int]:
        entries = schedule().entries
        today = before + timedelta(days=entries[self.entry].days or 0)
        day = cutoff(entries[Cases.entry], today)
        return Cases().going(day, standing) if day else set()

    def destroy(self, before: date) -> list[dict[str, Any]]:
        rows = _closed_reports(before).filter(cases__isnull=True)
        gone = []
        for report in rows.select_for_update(of=("self",)):
            if not _report_span(report).stopped_by(stops()):
                gone.append(_end_report(report))
        return gone


def _closed_reports(before: date) -> QuerySet[Report]:
    rows = Report.objects.filter(closed_at__date__lt=before).order_by("closed_at")
    return rows.select_related("site", "reporter").prefetch_related("about")


def _report_span(report: Report) -> _Span:
    first, last = _day(report.received_at), _day(report.closed_at)
    return _Span(first, last, report.site.key, _keys(_report_people(report)))


def _end_report(report: Report) -> dict[str, Any]:
    told = {
        "what": f"a report of {report.received_at:%-d %B %Y}: {report.get_kind_display()}",
        "report": str(report.key),
    }
    erased, envelope = Erased(), report.envelope_id
    erased.take(
        ReportFile.objects.filter(report=report),
        Message.objects.filter(report=report),
        Letter.objects.filter(about=f"report {report.key}"),
        Report.objects.filter(pk=report.pk),
        Envelope.objects.filter(pk=envelope),
    )
    return {**told, "rows": erased.rows, "kept": 0, "sha256": erased.sha256}
