"""What a draft touches: rules, topics, exceptions and the people who must sign again."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet

from hornbook.district.filtering.models import Ask, Category, LocalEntry, Rule
from hornbook.district.learning.models import Duty, Question, Signature
from hornbook.district.people.audience import audience_of, people_in, people_in_any
from hornbook.district.people.models import Person
from hornbook.district.policy.models import Policy
from hornbook.district.policy.revising.changes import Change, changes_of
from hornbook.district.policy.revising.models import Draft

READING_WORDS_A_MINUTE = 180
"""Official prose of about grade 14; silent reading of fiction is near 240."""

MINUTES_TO_BEGIN = 1.0
MINUTES_A_QUESTION = 0.5


@dataclass(frozen=True)
class Touched:
    """What rests on the changed clauses. Every list is complete, in the order of its room."""

    rules: list[Rule]
    categories: list[Category]
    entries: list[LocalEntry]
    exceptions: list[Ask]
    duties: list[Duty]
    questions: list[Question]

    @property
    def nothing(self) -> bool:
        return not any(vars(self).values())


@dataclass(frozen=True)
class Signing:
    """A duty to sign, and exactly whom it asks again. ``signed_before`` of them had signed."""

    duty: Duty
    people: int
    signed_before: int


@dataclass(frozen=True)
class Impact:
    """``people`` are asked to sign again, ``bound`` are bound by a changed clause that day.

    ``minutes`` are those of one person, ``hours`` those of everybody together.
    """

    changes: list[Change]
    touched: Touched
    signings: list[Signing]
    people: int
    bound: int
    minutes: int
    on: date

    @property
    def hours(self) -> int:
        return math.ceil(self.people * self.minutes / 60)

    @property
    def asks_nobody(self) -> bool:
        return not any(change.asks_people for change in self.changes)


def impact_of(draft: Draft, on: date) -> Impact:
    """What putting the draft in force on that day would mean."""
    changes = changes_of(draft)
    asks = any(change.asks_people for change in changes)
    return Impact(
        changes=changes,
        touched=touched_by({change.clause.key for change in changes}),
        signings=[_signing(duty, draft, on) for duty in duties_to_sign(draft.policy) if asks],
        people=signers(draft.policy, on).count() if asks else 0,
        bound=bound_by(changes, draft.policy, on).count(),
        minutes=minutes_each(changes),
        on=on,
    )


def touched_by(keys: set[str]) -> Touched:
    """Everything that cites one of the clauses today."""
    cites = {"clause__key__in": keys}
    granted = Ask.objects.filter(state=Ask.State.GRANTED)
    versions = Q(pk__in=[])
    for key in keys:
        versions |= Q(clause_version=key) | Q(clause_version__startswith=f"{key}@")
    return Touched(
        rules=list(Rule.objects.filter(**cites).select_related("clause")),
        categories=list(Category.objects.filter(**cites).select_related("clause")),
        entries=list(LocalEntry.objects.filter(**cites).select_related("clause")),
        exceptions=list(granted.filter(versions)),
        duties=list(Duty.objects.filter(enabled=True, **cites).select_related("clause")),
        questions=list(Question.objects.filter(enabled=True, **cites).select_related("clause")),
    )


def duties_to_sign(policy: Policy) -> list[Duty]:
    return list(Duty.objects.filter(enabled=True, kind=Duty.Kind.SIGN, clause__policy=policy))


def signers(policy: Policy, on: date) -> QuerySet[Person]:
    """Exactly those whom a campaign for the new words would ask: the audiences of its duties."""
    return people_in_any((duty.audience for duty in duties_to_sign(policy)), on)


def _signing(duty: Duty, draft: Draft, on: date) -> Signing:
    people = people_in(duty.audience, on)
    signed = Signature.objects.filter(duty=duty, withdrawal=None, person__in=people)
    before = signed.filter(revision=draft.base).values("person").distinct().count()
    return Signing(duty, people.count(), before)


def bound_by(changes: list[Change], policy: Policy, on: date) -> QuerySet[Person]:
    """Whom the changed clauses bind on that day, as far as the policy is for them at all."""
    holders = {change.clause.holder for change in changes if change.asks_people}
    bound = people_in_any((audience_of(holder) for holder in holders), on)
    return people_in(policy.audience, on) & bound


def minutes_each(changes: list[Change]) -> int:
    """Whole minutes for one person: read what is new, answer one question a changed duty."""
    asked = [change for change in changes if change.asks_people]
    if not asked:
        return 0
    words = sum(len(change.clause.official.split()) for change in asked)
    spent = MINUTES_TO_BEGIN + words / READING_WORDS_A_MINUTE + MINUTES_A_QUESTION * len(asked)
    return math.ceil(spent)
