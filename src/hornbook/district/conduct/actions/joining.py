"""A second report on the same thing: what it brought goes into the case that is open already."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction

from hornbook.district.conduct.actions import Refused
from hornbook.district.conduct.actions.cases import note, told
from hornbook.district.conduct.actions.evidence import add_from_report
from hornbook.district.conduct.actions.moves import locked, need
from hornbook.district.conduct.actions.reports import open_report
from hornbook.district.conduct.models import Case, Event, Report, ReportFile, Seat, Stage
from hornbook.district.people.models import Person


@transaction.atomic
def join(
    case: Case,
    *,
    actor: Person,
    report: Report,
    why: str,
    words: bool = True,
    files: Iterable[ReportFile] = (),
) -> list[str]:
    """The report belongs to the case from now on; what was taken over, in words.

    ``words``: what it tells stands on the timeline. Files that the case has already, octet by
    octet, are not taken in twice. Whom the case is about never reads the report. Raises Refused
    for who does not run the case, for a closed one, and without a reason.
    """
    case = locked(case)
    need(case, actor, Seat.Capacity.LEAD)
    if case.stage == Stage.CLOSED:
        raise Refused("This case is closed. Open it again first, or open a new one.")
    if not why.strip():
        raise Refused("Write why they belong together.")
    taken = _link(case, actor, report, why)
    if words and taken:
        _words(case, actor, report)
        taken.append("its words")
    have = set(case.evidence.values_list("sha256", flat=True))
    for file in files:
        if file.sha256 not in have:
            add_from_report(case, actor=actor, file=file, why=why)
            taken.append(f"file {file.pk}")
    if not taken:
        raise Refused("The case has all of that already.")
    return taken


def _link(case: Case, actor: Person, report: Report, why: str) -> list[str]:
    if case.reports.filter(pk=report.pk).exists():
        return []
    case.reports.add(report)
    if case.subject_id:
        report.about.add(case.subject_id)
        if report.assigned_to_id == case.subject_id:
            report.assigned_to = case.lead
    if report.closed_at is None:
        report.state = Report.State.WORK
    report.save(update_fields=["state", "assigned_to"])
    if report.danger and not case.danger:
        case.danger = True
        case.save(update_fields=["danger"])
    detail = {"report": str(report.key)}
    told(case, actor, "report-joined", detail=detail, sealed={"reason": why.strip()})
    return ["the report"]


def _words(case: Case, actor: Person, report: Report) -> None:
    opened = open_report(report, actor=actor)
    parts = [opened.what, f"Who was part of it: {opened.who}" if opened.who else ""]
    note(
        case,
        actor=actor,
        sort=Event.Sort.SAID,
        words="\n".join(filter(None, parts)),
        happened_at=report.received_at,
        source=f"A report of {report.received_at:%-d %B %Y}",
    )
