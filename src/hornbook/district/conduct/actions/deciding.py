"""Find the facts, decide, appeal: each with its reason, each by whose it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from hornbook.district.conduct import clocks
from hornbook.district.conduct.actions import Refused
from hornbook.district.conduct.actions.cases import told
from hornbook.district.conduct.actions.moves import locked, move, need, sits_as
from hornbook.district.conduct.actions.people import seat_for_appeal
from hornbook.district.conduct.letters import tell_subject
from hornbook.district.conduct.models import (
    Allegation,
    Appeal,
    Case,
    Decision,
    Finding,
    Seat,
    Stage,
)
from hornbook.district.conduct.process.facts import current_decision, upheld_allegations
from hornbook.district.conduct.process.outcomes import (
    alike,
    days,
    outcomes,
    severities,
    words_too_weak,
)
from hornbook.district.conduct.process.statutes import statute_of
from hornbook.district.conduct.process.table import SUBJECT
from hornbook.district.people.models import Person

LEAD, DECIDER, APPEAL = Seat.Capacity.LEAD, Seat.Capacity.DECIDER, Seat.Capacity.APPEAL


def _reason(reason: str) -> str:
    if not reason.strip():
        raise Refused("Write down the reason: somebody will ask for it later.")
    return reason.strip()


def _at(case: Case, stage: Stage) -> None:
    if case.stage != stage:
        raise Refused(f"The case is at “{case.get_stage_display()}”; this comes at another time.")


@transaction.atomic
def find(
    case: Case,
    *,
    actor: Person,
    allegation: Allegation,
    result: str,
    reason: str,
    now: datetime | None = None,
) -> Finding:
    """Whether one allegation is true, and why. A later finding of it replaces this one."""
    case = locked(case)
    need(case, actor, LEAD, DECIDER)
    _at(case, Stage.FINDING)
    if allegation.case_id != case.pk or allegation.withdrawn_at:
        raise Refused("That is no allegation of this case.")
    row = Finding.objects.create(
        case=case,
        round=case.round,
        allegation=allegation,
        result=result,
        reason=_reason(reason),
        by=str(actor),
        at=now or timezone.now(),
    )
    version = allegation.clause_text.version
    told(case, actor, "found", clause_texts=[version], detail={"result": result})
    return row


@transaction.atomic
def find_statute(
    case: Case,
    *,
    actor: Person,
    met: Mapping[str, bool],
    reason: str,
    now: datetime | None = None,
) -> Finding:
    """Whether the statute of that day was broken: element by element, apart from the policy."""
    case = locked(case)
    need(case, actor, LEAD, DECIDER)
    _at(case, Stage.FINDING)
    law = statute_of(case.kind, case.conduct_on)
    if law is None:
        raise Refused("No statute asks for a finding in a case of this kind.")
    elements = [{"key": key, "met": bool(met.get(key))} for key in law.elements]
    row = Finding.objects.create(
        case=case,
        round=case.round,
        statute=law.key,
        elements=elements,
        result=Finding.Result.UPHELD if law.met(met) else Finding.Result.NOT_UPHELD,
        reason=_reason(reason),
        by=str(actor),
        at=now or timezone.now(),
    )
    told(case, actor, "found-statute", detail={"statute": law.citation, "result": row.result})
    return row


# --- deciding ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Choice:
    """What is decided. ``outside_why`` and ``advice_why`` are asked for where they are needed."""

    outcome: str
    severity: str
    reason: str
    repeat: bool = False
    outside_why: str = ""
    advice_why: str = ""


@transaction.atomic
def decide(case: Case, *, actor: Person, choice: Choice, now: datetime | None = None) -> Decision:
    """The decision, and the way on to what follows.

    Raises Refused for a reason that is missing: of the decision itself; outside of what five or
    more alike cases got; for words that only advise. After an appeal another person decides.
    """
    case, at = locked(case), now or timezone.now()
    need(case, actor, DECIDER)
    _at(case, Stage.DECISION)
    if choice.outcome not in outcomes() or choice.severity not in severities():
        raise Refused("Choose what follows, and how severe it was.")
    _another_than_before(case, actor)
    texts = [row.clause_text for row in upheld_allegations(case)]
    weight, today = outcomes()[choice.outcome].weight, timezone.localdate(at)
    seen = alike(case, texts, choice.severity, choice.repeat)
    if seen.outside(weight) and not choice.outside_why.strip():
        raise Refused(
            f"{seen.total} alike cases got something else. Write why this one is different."
        )
    if (weak := words_too_weak(texts, weight)) and not choice.advice_why.strip():
        raise Refused(weak)
    row = Decision.objects.create(
        case=case,
        round=case.round,
        outcome=choice.outcome,
        weight=weight,
        severity=choice.severity,
        repeat=choice.repeat,
        reason=_reason(choice.reason),
        compared=seen.total,
        outside_why=choice.outside_why.strip(),
        advice_why=choice.advice_why.strip(),
        decided_by=actor,
        decided_on=today,
        appeal_by=clocks.after(today, days("appeal-by")),
        at=at,
    )
    row.clause_texts.set(texts)
    move(case, "decide", actor=actor, now=now, clause_texts=[text.version for text in texts])
    tell_subject(case, "decision", row.pk, row.appeal_by)
    return row


def _another_than_before(case: Case, actor: Person) -> None:
    if case.decisions.filter(round=case.round, decided_by=actor).exists():
        raise Refused("After an appeal another person decides. Give somebody else that seat.")


# --- appealing --------------------------------------------------------------------------------


@transaction.atomic
def appeal(
    case: Case,
    *,
    actor: Person,
    words: str,
    how: str = "on their own page",
    now: datetime | None = None,
) -> Appeal:
    """The subject asks another person to look again; the lead may write it down for them."""
    case, at = locked(case), now or timezone.now()
    if sits_as(case, actor).isdisjoint({SUBJECT, LEAD}):
        raise Refused("That is not yours to do in this case.")
    _at(case, Stage.CONSEQUENCE)
    decision = current_decision(case)
    if decision is None or decision.no_appeal_at or clocks.closes_at(decision.appeal_by) <= at:
        raise Refused("The time to appeal is over.")
    if not words.strip():
        raise Refused("Write why somebody should look again.")
    row = Appeal.objects.create(
        decision=decision,
        words=words.strip(),
        how=how.strip()[:200],
        filed_on=timezone.localdate(at),
        filed_by=str(actor),
    )
    move(case, "appeal", actor=actor, now=now, for_subject=True)
    seat_for_appeal(case, actor=actor)
    return row


@transaction.atomic
def give_up_appeal(case: Case, *, actor: Person) -> None:
    """The subject says that they will not appeal. Nobody says it for them."""
    case = locked(case)
    if actor.pk != case.subject_id:
        raise Refused("Only whom it is about can give the appeal up.")
    decision = current_decision(case)
    if decision is not None and decision.no_appeal_at is None:
        decision.no_appeal_at = timezone.now()
        decision.save(update_fields=["no_appeal_at"])
        told(case, actor, "appeal-given-up")


_MOVES = {
    Appeal.Result.UPHELD: "uphold",
    Appeal.Result.CHANGED: "remand",
    Appeal.Result.REVERSED: "reverse",
}


@transaction.atomic
def hear_appeal(
    case: Case, *, actor: Person, result: str, reason: str, now: datetime | None = None
) -> Appeal:
    """What another person makes of it. Raises Refused for who decided or who runs the case.

    Taken back: the caller lifts what followed (``consequences.lift_all``).
    """
    case = locked(case)
    need(case, actor, APPEAL)
    _at(case, Stage.APPEAL)
    row = Appeal.objects.filter(decision__case=case, heard_at__isnull=True).latest("pk")
    deciders = set(case.decisions.values_list("decided_by", flat=True))
    if actor.pk in {case.lead_id, *deciders}:
        raise Refused("Another person hears the appeal: neither who decided nor who runs it.")
    if result not in Appeal.Result.values:
        raise Refused("Choose what becomes of the decision.")
    row.heard_by, row.result = actor, result
    row.reason, row.heard_at = _reason(reason), now or timezone.now()
    row.save(update_fields=["heard_by", "result", "reason", "heard_at"])
    move(case, _MOVES[Appeal.Result(result)], actor=actor, reason=reason, now=now)
    tell_subject(case, "answer to your appeal", row.pk)
    return row
