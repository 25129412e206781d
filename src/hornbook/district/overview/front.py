"""What the public front door tells: which policy is in force, since when, in how many clauses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from hornbook.district.overview.health import all_up, health, this_instance
from hornbook.district.policy.models import ClauseText, Revision


@dataclass(frozen=True)
class PolicyFact:
    title: str
    revised_on: date
    clauses: int


@dataclass(frozen=True)
class FrontDoor:
    policies: list[PolicyFact]
    up: bool


def front_door(on: date) -> FrontDoor:
    return FrontDoor(policies_in_force(on), all_up(health(this_instance())))


def policies_in_force(on: date) -> list[PolicyFact]:
    """The newest revision in force of each policy whose text is known."""
    revisions = (
        Revision.objects.filter(effective_on__lte=on)
        .exclude(text="")
        .select_related("policy")
        .order_by("policy_id", "-no")
        .distinct("policy_id")
    )
    return [_fact(revision, on) for revision in revisions]


def _fact(revision: Revision, on: date) -> PolicyFact:
    clauses = ClauseText.objects.in_force(on).filter(clause__policy=revision.policy, lang="en")
    return PolicyFact(revision.policy.title, revision.effective_on, clauses.count())
