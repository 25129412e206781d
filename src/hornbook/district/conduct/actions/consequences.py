"""What follows from a decision: begun, acknowledged, lifted, restored. Emergencies too.

Who calls these lets the nodes know afterwards (``filtering.live.seats_changed``).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from hornbook.district.conduct import clocks
from hornbook.district.conduct.actions import Refused
from hornbook.district.conduct.actions.cases import start_clock, told
from hornbook.district.conduct.actions.moves import locked, need
from hornbook.district.conduct.letters import tell_seat, tell_subject
from hornbook.district.conduct.models import (
    Case,
    CaseClock,
    Consequence,
    Emergency,
    Seat,
    Stage,
)
from hornbook.district.conduct.process.facts import current_decision, upheld_allegations
from hornbook.district.conduct.process.outcomes import days, outcomes
from hornbook.district.filtering.models import Category, Restriction
from hornbook.district.filtering.order_actions import end_now, restrict
from hornbook.district.learning.actions.trainings import give_training, withdraw_training
from hornbook.district.learning.models import Training
from hornbook.district.ledger.actions import SYSTEM, record
from hornbook.district.people.models import Person
from hornbook.district.people.permissions import actor_of
from hornbook.district.policy.models import ClauseText

LEAD, DECIDER = Seat.Capacity.LEAD, Seat.Capacity.DECIDER
SORTS = Consequence.Sort
LONGEST = 200  # school days of a restriction


@dataclass(frozen=True)
class Closed:
    """What is closed for somebody: ``only`` what is essential, or these kinds and names."""

    only: bool = False
    categories: tuple[Category, ...] = ()
    names: tuple[str, ...] = ()


@transaction.atomic
def begin(
    case: Case,
    *,
    actor: Person,
    sort: str,
    text: ClauseText,
    words: str,
    ends_on: date | None = None,
    closed: Closed | None = None,
    now: datetime | None = None,
) -> Consequence:
    """One thing that follows, under one wording that was found to be broken.

    Raises Refused for something heavier than the decision, and for another wording.
    """
    case, at = locked(case), now or timezone.now()
    need(case, actor, LEAD, DECIDER)
    decision = current_decision(case)
    if case.stage != Stage.CONSEQUENCE or decision is None:
        raise Refused("Something can only follow from a decision that stands.")
    if outcomes()[sort].weight > decision.weight:
        raise Refused("This is heavier than what was decided.")
    if text.pk not in {row.clause_text_id for row in upheld_allegations(case)}:
        raise Refused("Choose a wording that was found to be broken.")
    today = timezone.localdate(at)
    if ends_on is not None and ends_on < today:
        raise Refused("The end has passed already. Choose a later day.")
    row = Consequence.objects.create(
        decision=decision,
        sort=sort,
        clause_text=text,
        words=_what(words),
        starts_on=today,
        ends_on=ends_on,
        restriction=_restriction(case, actor, sort, text, ends_on, closed),
        training=_training(case, actor, sort, text, ends_on),
        made_by=str(actor),
        made_at=at,
    )
    told(
        case,
        actor,
        f"follows-{sort}",
        clause_texts=[text.version],
        detail={"until": ends_on.isoformat() if ends_on else ""},
    )
    tell_subject(case, "word on what follows", row.pk)
    return row


def _what(words: str) -> str:
    if not words.strip():
        raise Refused("Write what follows, in words that its reader understands.")
    return words.strip()[:500]


def _restriction(
    case: Case,
    actor: Person,
    sort: str,
    text: ClauseText,
    ends_on: date | None,
    closed: Closed | None,
) -> Restriction | None:
    if sort != SORTS.RESTRICTION:
        return None
    if ends_on is None or case.subject is None:
        raise Refused("A restriction needs its last day.")
    if ends_on > clocks.after(timezone.localdate(), LONGEST):
        raise Refused(f"At most {LONGEST} school days. It can be decided again.")
    return restrict(
        actor=actor_of(actor),
        person=case.subject,
        reason=f"Case {case.number}",
        ends_at=clocks.closes_at(ends_on),
        clause=text.clause,
        categories=closed.categories if closed else (),
        names=closed.names if closed else (),
        only=closed.only if closed else True,
    )


def _training(
    case: Case, actor: Person, sort: str, text: ClauseText, ends_on: date | None
) -> Training | None:
    """A training is a task of that one person, by its last day if it has one."""
    if sort != SORTS.TRAINING:
        return None
    if case.subject is None:
        raise Refused("A training needs somebody who takes it.")
    return give_training(actor=actor_of(actor), person=case.subject, text=text, due_on=ends_on)


@transaction.atomic
def acknowledge(row: Consequence, *, actor: Person, how: str = "on their own page") -> None:
    """The subject read it, or the lead writes down how they were told."""
    if row.acknowledged_at is None:
        row.acknowledged_at, row.acknowledged_how = timezone.now(), f"{how} ({actor})"[:200]
        row.save(update_fields=["acknowledged_at", "acknowledged_how"])
        told(row.decision.case, actor, "acknowledged", detail={"consequence": str(row.key)})


@transaction.atomic
def lift(row: Consequence, *, actor: Person, why: str) -> None:
    """End it before its day; everything is as before at once."""
    need(row.decision.case, actor, LEAD, DECIDER, Seat.Capacity.APPEAL)
    if not why.strip():
        raise Refused("Write why it ends.")
    if row.lifted_at or row.restored_at:
        return
    if row.restriction:
        end_now(row.restriction, actor=actor_of(actor))
    if row.training:
        withdraw_training(actor=actor_of(actor), training=row.training)
    now = timezone.now()
    row.lifted_at, row.lifted_why, row.restored_at = now, why.strip()[:300], now
    row.save(update_fields=["lifted_at", "lifted_why", "restored_at"])
    told(row.decision.case, actor, "lifted", detail={"consequence": str(row.key)})
    tell_subject(row.decision.case, "word that something ended", row.pk)


@transaction.atomic
def lift_all(case: Case, *, actor: Person, why: str) -> int:
    """After an appeal that took a decision back: nothing of it goes on; how many ended."""
    rows = Consequence.objects.filter(decision__case=case, restored_at__isnull=True)
    for row in (found := list(rows.select_related("decision__case", "restriction"))):
        lift(row, actor=actor, why=why)
    return len(found)


@transaction.atomic
def restore_ended(today: date) -> int:
    """What ended by itself: said so, told, and written down; how many there were."""
    rows = Consequence.objects.select_for_update(of=("self",)).filter(
        ends_on__lt=today, restored_at__isnull=True
    )
    for row in (found := list(rows.select_related("decision__case__subject"))):
        row.restored_at = timezone.now()
        row.save(update_fields=["restored_at"])
        record(
            actor=SYSTEM,
            verb="conduct.restored",
            object=f"case:{row.decision.case.key}",
            detail={"consequence": str(row.key)},
        )
        tell_subject(row.decision.case, "word that something ended", row.pk)
    return len(found)


# --- emergencies ------------------------------------------------------------------------------


@transaction.atomic
def emergency(
    case: Case,
    *,
    actor: Person,
    text: ClauseText,
    reason: str,
    closed: Closed,
    now: datetime | None = None,
) -> Emergency:
    """Restrict access before anybody was heard: for a present danger, and only until the review.

    It ends by itself when nobody has reviewed it. Raises Refused without a reason or a subject,
    and for a wording that is not in force.
    """
    case, at = locked(case), now or timezone.now()
    need(case, actor, LEAD, DECIDER)
    if case.subject is None or case.stage == Stage.CLOSED:
        raise Refused("Say first whom the case is about.")
    if not reason.strip():
        raise Refused("Write which danger cannot wait until somebody was heard.")
    today = timezone.localdate(at)
    if not ClauseText.objects.in_force(today).filter(pk=text.pk).exists():
        raise Refused(f"{text.version} is not in force today.")
    clock = start_clock(case, CaseClock.What.REVIEW, days("review"), today)
    restriction = restrict(
        actor=actor_of(actor),
        person=case.subject,
        reason=f"Emergency in case {case.number}",
        ends_at=clocks.closes_at(clock.due_on),
        clause=text.clause,
        categories=closed.categories,
        names=closed.names,
        only=closed.only,
    )
    row = Emergency.objects.create(
        case=case,
        restriction=restriction,
        clause_text=text,
        reason=reason.strip(),
        by=actor,
        at=at,
        review_by=clock.due_on,
    )
    until = {"review_by": clock.due_on.isoformat()}
    told(case, actor, "emergency", clause_texts=[text.version], detail=until)
    tell_subject(case, "restriction that is reviewed in days", row.pk, clock.due_on)
    for seat in case.seats.filter(ended_at__isnull=True).exclude(person=actor):
        tell_seat(case, seat.person, "an emergency restriction waits for your review")
    return row


@transaction.atomic
def review(row: Emergency, *, actor: Person, keep: bool, words: str) -> Emergency:
    """Another person looks at it: it ends now, or goes on for as long again.

    Raises Refused for who ordered it, without words, and a second time.
    """
    case = locked(row.case)
    need(case, actor, LEAD, DECIDER, Seat.Capacity.READER)
    if actor.pk == row.by_id:
        raise Refused("Another person reviews it. Let somebody in who can.")
    if row.reviewed_at is not None:
        raise Refused("It was reviewed already.")
    if not words.strip():
        raise Refused("Write what you looked at and why.")
    row.reviewed_by, row.reviewed_at = actor, timezone.now()
    row.kept, row.review = keep, words.strip()
    row.save(update_fields=["reviewed_by", "reviewed_at", "kept", "review"])
    case.clocks.filter(what=CaseClock.What.REVIEW, stopped_at__isnull=True).update(
        stopped_at=timezone.now()
    )
    _after_review(case, row, actor)
    told(case, actor, "emergency-reviewed", detail={"kept": keep})
    return row


def _after_review(case: Case, row: Emergency, actor: Person) -> None:
    old = row.restriction
    if not row.kept:
        end_now(old, actor=actor_of(actor))
        return
    until = clocks.after(timezone.localdate(), days("finding"))
    restrict(
        actor=actor_of(actor),
        person=old.person,
        reason=f"Kept after review, case {case.number}"[:300],
        ends_at=clocks.closes_at(until),
        clause=old.clause,
        categories=old.categories.all(),
        names=old.names,
        only=old.only,
    )
