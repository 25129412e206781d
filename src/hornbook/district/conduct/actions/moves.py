"""Move a case along the table. Nothing else changes its stage."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from hornbook.district.conduct.actions import Refused
from hornbook.district.conduct.actions.cases import start_clock, told
from hornbook.district.conduct.models import Case, CaseClock, Report, Seat, Stage, Step
from hornbook.district.conduct.process.facts import facts_of
from hornbook.district.conduct.process.outcomes import days
from hornbook.district.conduct.process.table import BY_KEY, SUBJECT, Move, may, shut
from hornbook.district.people.models import Person

_CLOCKS = {
    Stage.TRIAGE: CaseClock.What.TRIAGE,
    Stage.NOTICE: CaseClock.What.NOTICE,
    Stage.ANSWER: CaseClock.What.ANSWER,
    Stage.FINDING: CaseClock.What.FINDING,
    Stage.DECISION: CaseClock.What.DECISION,
    Stage.CONSEQUENCE: CaseClock.What.APPEAL_BY,
    Stage.APPEAL: CaseClock.What.APPEAL,
}


def locked(case: Case) -> Case:
    """The case as it is now, held until the transaction ends."""
    return Case.objects.select_for_update(of=("self",)).get(pk=case.pk)


def sits_as(case: Case, person: Person) -> frozenset[str]:
    """As what somebody takes part: their seats, or that it is about them."""
    if person.pk == case.subject_id:
        return frozenset({SUBJECT})
    held = Seat.objects.filter(case=case, person=person, ended_at__isnull=True)
    return frozenset(held.values_list("capacity", flat=True))


def need(case: Case, actor: Person, *capacities: str) -> None:
    """Raises Refused for whoever sits there as none of these."""
    if sits_as(case, actor).isdisjoint(capacities):
        raise Refused("That is not yours to do in this case.")


@transaction.atomic
def move(
    case: Case,
    key: str,
    *,
    actor: Person,
    reason: str = "",
    now: datetime | None = None,
    clause_texts: Iterable[str] = (),
    days_given: int | None = None,
    for_subject: bool = False,
) -> Case:
    """Make one move. Raises Refused: not from here, not yours, a gate is shut, no reason.

    ``for_subject``: the lead writes down what the subject did elsewhere (on paper, in a talk).
    """
    case = locked(case)
    step = BY_KEY[key]
    _refuse(case, step, actor, reason, for_subject, now)
    before, at = case.stage, now or timezone.now()
    _advance(case, step, reason, at)
    leaf = told(
        case,
        actor,
        f"move-{step.key}",
        clause_texts=clause_texts,
        detail={"from": before, "to": case.stage, "round": case.round},
        sealed={"reason": reason.strip()} if reason.strip() else None,
    )
    Step.objects.create(
        case=case,
        move=step.key,
        before=before,
        after=case.stage,
        reason=reason.strip(),
        by=str(actor),
        at=at,
        leaf_no=leaf.no,
    )
    _clock(case, at, days_given)
    _tell_reports(case)
    return case


def _refuse(
    case: Case, step: Move, actor: Person, reason: str, for_subject: bool, now: datetime | None
) -> None:
    if case.stage != step.before:
        raise Refused(f"The case is at “{case.get_stage_display()}”; this step does not lead on.")
    sits = sits_as(case, actor)
    stands_in = for_subject and SUBJECT in step.who and Seat.Capacity.LEAD in sits
    if not may(step, sits) and not stands_in:
        raise Refused("That is not yours to do in this case.")
    if gates := shut(step, facts_of(case, now)):
        raise Refused(" ".join(gates))
    if step.reason and not reason.strip():
        raise Refused("Write down the reason: somebody will ask for it later.")


def _advance(case: Case, step: Move, reason: str, at: datetime) -> None:
    case.stage = step.after
    if step.after == Stage.NOTICE:
        case.round += 1
    closed = step.after == Stage.CLOSED
    case.closed_at = at if closed else None
    case.closed_why = (reason.strip() or step.label)[:500] if closed else ""
    case.reversed = case.reversed or step.key == "reverse"
    case.due_on = None if closed else case.due_on
    fields = ["stage", "round", "closed_at", "closed_why", "reversed", "due_on"]
    case.save(update_fields=fields)


def _clock(case: Case, at: datetime, days_given: int | None) -> None:
    if case.stage == Stage.CLOSED:
        case.clocks.filter(stopped_at__isnull=True).update(stopped_at=at)
        return
    what = _CLOCKS[Stage(case.stage)]
    start_clock(case, what, days_given or days(what), timezone.localdate(at))


def _tell_reports(case: Case) -> None:
    """Whoever told it sees that every case on it was decided, or closed."""
    for report in case.reports.filter(closed_at__isnull=True):
        stages = set(report.cases.values_list("stage", flat=True))
        if stages <= {Stage.CLOSED}:
            report.state, report.closed_at = Report.State.CLOSED, timezone.now()
        elif stages <= {Stage.CLOSED, Stage.CONSEQUENCE}:
            report.state = Report.State.DECIDED
        else:
            report.state = Report.State.WORK
        report.save(update_fields=["state", "closed_at"])
