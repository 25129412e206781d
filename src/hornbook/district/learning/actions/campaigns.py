"""Start a campaign, keep its list true while people come and go, close it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.utils import timezone

from hornbook.district.learning import days
from hornbook.district.learning.models import Assignment, AssignmentState, Campaign, Duty
from hornbook.district.learning.plan import (
    Plan,
    PlanRefused,
    plan_campaign,
    sites_of,
    standing_signers,
)
from hornbook.district.ledger.actions import SYSTEM, Actor, record
from hornbook.district.mail.actions import drop
from hornbook.district.people.models import Person
from hornbook.district.policy.models import ClauseText

_BATCH = 5000
_OPEN = (AssignmentState.OPEN, AssignmentState.REFUSED)


@transaction.atomic
def start_campaign(
    *,
    actor: Actor,
    plan: Plan,
    everybody_again: bool = False,
    remind_before: Iterable[int] = (5, 1),
    escalate_after: int = 3,
) -> Campaign:
    """Ask everybody on the planned list; a campaign of the same duty that still runs ends.

    Raises PlanRefused when the list is not the one that was looked at any more.
    """
    duty = Duty.objects.select_for_update().get(pk=plan.duty.pk)
    _refuse_other_list(duty, plan, everybody_again)
    superseded = _supersede(duty)
    campaign = Campaign.objects.create(
        duty=duty,
        revision=plan.revision,
        previous=plan.previous,
        audience=duty.audience,
        starts_on=plan.starts_on,
        due_on=plan.due_on,
        remind_before=sorted(set(remind_before), reverse=True),
        escalate_after=escalate_after,
        started_by=actor.label,
    )
    _assign(campaign, plan.ask, plan.starts_on, plan.due_on)
    leaf = record(
        actor=actor,
        verb="start campaign",
        object=str(campaign.key),
        clause_texts=_cited(campaign),
        detail={
            "duty": duty.key,
            "revision": f"{plan.revision.policy.key}@{plan.revision.no}",
            "due_on": plan.due_on.isoformat(),
            "people": len(plan.ask),
            "people_sha256": people_sha256(plan.ask),
            "already_signed": plan.already,
            "superseded": superseded,
        },
    )
    Campaign.objects.filter(pk=campaign.pk).update(leaf_no=leaf.no)
    return campaign


def _refuse_other_list(duty: Duty, plan: Plan, everybody_again: bool) -> None:
    now = plan_campaign(
        duty,
        plan.revision,
        today=plan.starts_on,
        due_on=plan.due_on,
        everybody_again=everybody_again,
    )
    if now.hash != plan.hash:
        raise PlanRefused(
            "The list of people has changed since you looked at it. Look at it again, then start."
        )


def _supersede(duty: Duty) -> int:
    """End the campaign of the duty that still runs; how many people it had not heard from."""
    running = duty.campaigns.select_for_update().filter(state=Campaign.State.RUNNING).first()
    if running is None:
        return 0
    drop(about=running.about)
    now = timezone.now()
    left = running.assignments.filter(state__in=_OPEN).update(
        state=AssignmentState.SUPERSEDED, settled_at=now
    )
    running.state, running.closed_at = Campaign.State.CLOSED, now
    running.save(update_fields=["state", "closed_at"])
    return left


def _assign(campaign: Campaign, ask: Mapping[int, tuple[int, ...]], on: date, due_on: date) -> None:
    Assignment.objects.bulk_create(
        (
            Assignment(
                campaign=campaign,
                person_id=person,
                sites=list(sites),
                assigned_on=on,
                due_on=due_on,
            )
            for person, sites in sorted(ask.items())
        ),
        batch_size=_BATCH,
    )


def people_sha256(people: Iterable[int]) -> str:
    """What a leaf keeps of a list of people: the digest of their keys, sorted, one a line."""
    keys = Person.objects.filter(pk__in=list(people)).values_list("key", flat=True)
    return hashlib.sha256("\n".join(sorted(map(str, keys))).encode()).hexdigest()


def _cited(campaign: Campaign) -> list[str]:
    """The duty's clause as the revision words it."""
    texts = ClauseText.objects.filter(
        clause=campaign.duty.clause, revision=campaign.revision, lang="en"
    )
    return [text.version for text in texts.select_related("clause", "revision")]


@dataclass(frozen=True)
class Moved:
    """Who came to the list, who came back to it, and who left it."""

    joined: tuple[int, ...]
    back: tuple[int, ...]
    released: tuple[int, ...]
    moved: int

    def __bool__(self) -> bool:
        return bool(self.joined or self.back or self.released)


@transaction.atomic
def keep_list_true(*, campaign: Campaign, today: date, actor: Actor = SYSTEM) -> Moved:
    """Ask those who have come, release those who have left, follow those who moved.

    Who begins today has the full number of school days from today. Who has signed stays signed.
    """
    locked = Campaign.objects.select_for_update().get(pk=campaign.pk)
    if locked.state != Campaign.State.RUNNING:
        return Moved((), (), (), 0)
    meant = sites_of(locked.audience, today)
    rows = {row.person_id: row for row in locked.assignments.all()}
    due_on = max(locked.due_on, days.after(today, locked.duty.school_days))
    known = standing_signers(locked.duty, locked.revision, today) | set(rows)
    joined = {person: sites for person, sites in meant.items() if person not in known}
    _assign(locked, joined, today, due_on)
    back = [p for p, row in rows.items() if row.state == AssignmentState.RELEASED and p in meant]
    gone = [p for p, row in rows.items() if row.state in _OPEN and p not in meant]
    _change(locked, back, AssignmentState.OPEN, due_on)
    _change(locked, gone, AssignmentState.RELEASED, None)
    moved = _follow(rows, meant)
    found = Moved(tuple(sorted(joined)), tuple(sorted(back)), tuple(sorted(gone)), moved)
    if found:
        _note(locked, found, actor)
    return found


def _change(
    campaign: Campaign, people: list[int], state: AssignmentState, due_on: date | None
) -> None:
    facts: dict[str, object] = {"state": state, "settled_at": timezone.now()}
    if due_on is not None:
        facts |= {"due_on": due_on, "settled_at": None}
    campaign.assignments.filter(person__in=people).update(**facts)


def _follow(rows: dict[int, Assignment], meant: dict[int, tuple[int, ...]]) -> int:
    """Somebody who changed schools is seen by the new principal and no more by the old one."""
    moved = [
        row for person, row in rows.items() if person in meant and row.sites != list(meant[person])
    ]
    for row in moved:
        row.sites = list(meant[row.person_id])
    return Assignment.objects.bulk_update(moved, ["sites"], batch_size=_BATCH)


def _note(campaign: Campaign, found: Moved, actor: Actor) -> None:
    drop(about=campaign.about, people=found.released)
    record(
        actor=actor,
        verb="keep campaign's list true",
        object=str(campaign.key),
        detail={
            name: {"people": len(people), "people_sha256": people_sha256(people)}
            for name, people in (
                ("joined", found.joined),
                ("back", found.back),
                ("released", found.released),
            )
            if people
        },
    )


@transaction.atomic
def close_campaign(*, actor: Actor, campaign: Campaign, reason: str) -> None:
    """End it before everybody has signed. What was signed stays; nobody is reminded any more."""
    found = Campaign.objects.select_for_update().get(pk=campaign.pk)
    if found.state == Campaign.State.CLOSED:
        return
    drop(about=found.about)
    found.state, found.closed_at = Campaign.State.CLOSED, timezone.now()
    found.save(update_fields=["state", "closed_at"])
    open_still = found.assignments.filter(state__in=_OPEN).count()
    record(
        actor=actor,
        verb="close campaign",
        object=str(found.key),
        detail={"reason": reason, "not_signed": open_still},
    )
