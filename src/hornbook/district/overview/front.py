"""What the public front door tells: which policy is in force, since when, in how many clauses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from hornbook.district.overview.health import all_up, health, this_instance
from hornbook.district.policy.access import CurrentPolicy, current_policies, texts_in_force


@dataclass(frozen=True)
class PolicyFact:
    key: str
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
    return [_fact(current, on) for current in current_policies(on)]


def _fact(current: CurrentPolicy, on: date) -> PolicyFact:
    policy, since = current.policy, current.revision.effective_on
    return PolicyFact(policy.key, policy.title, since, texts_in_force(policy, on).count())
