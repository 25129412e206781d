"""A duty to sign the fixed cast's policy, a revised wording of it, and short ways to sign."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from django.utils import timezone

from hornbook.district.learning.actions.campaigns import start_campaign
from hornbook.district.learning.actions.duties import save_duty, write_question
from hornbook.district.learning.actions.signing import sign
from hornbook.district.learning.actions.sitting import (
    answer,
    freshen,
    questions_of,
    say_read,
    sit_down,
)
from hornbook.district.learning.models import Assignment, Campaign, Duty, Question, Signature
from hornbook.district.learning.plan import plan_campaign
from hornbook.district.ledger.actions import Actor
from hornbook.district.people.audience import audience_of
from hornbook.district.people.models import Person
from hornbook.district.people.permissions import actor_of
from hornbook.district.policy.models import Clause, ClauseText, Revision
from tests.district.conftest import CLAUSES

SENTENCE = "I have read this policy and I will follow it."
NEW_WORDS = "Users must not use proxies, VPNs or other means to get around the filter."


@pytest.fixture
def today() -> date:
    return timezone.localdate()


@pytest.fixture
def duty(policy_in_force: dict[str, ClauseText], actor: Actor) -> Duty:
    return save_duty(
        actor=actor,
        key="sign-use",
        text=policy_in_force["SECURE-1"],
        title="Responsible use",
        kind=Duty.Kind.SIGN,
        audience=audience_of("employee"),
        sentence=SENTENCE,
        school_days=10,
    )


def revise(
    revision: Revision, on: date, words: dict[str, str] | None = None, drop: str = ""
) -> Revision:
    """A next revision of the policy, by hand: the clauses with other words, one left out."""
    said = {key: text for key, text in CLAUSES.items() if key != drop} | (words or {})
    newer = Revision.objects.create(
        policy=revision.policy,
        no=revision.no + 1,
        effective_on=on,
        readings=[{"kind": "revised", "on": on.isoformat()}],
        text="\n".join(said.values()),
        text_sha256="b" * 64,
        passages=[{"kind": "clause", "text": line, "clause": key} for key, line in said.items()],
    )
    ClauseText.objects.filter(revision=revision).update(valid_to=on)
    for order, (key, official) in enumerate(said.items(), start=1):
        clause, _ = Clause.objects.get_or_create(key=key, defaults={"policy": revision.policy})
        former = clause.texts.order_by("-revision__no").first()
        ClauseText.objects.create(
            clause=clause,
            revision=newer,
            order=order,
            section="Responsible use",
            official=official,
            force=former.force if former else "must",
            holder=former.holder if former else "user",
            valid_from=on,
        )
    return newer


@pytest.fixture
def first(policy_in_force: dict[str, ClauseText]) -> Revision:
    return policy_in_force["SECURE-1"].revision


@pytest.fixture
def next_words(first: Revision, today: date) -> Callable[[], Revision]:
    """Let another wording come into force today; one duty has new words."""
    return lambda: revise(first, today, {"BYPASS-1": NEW_WORDS})


@pytest.fixture
def start(duty: Duty, actor: Actor, today: date) -> Callable[[Revision], Campaign]:
    def started(revision: Revision) -> Campaign:
        plan = plan_campaign(duty, revision, today=today)
        return start_campaign(actor=actor, plan=plan)

    return started


@pytest.fixture
def campaign(start: Callable[[Revision], Campaign], first: Revision, owner: Person) -> Campaign:
    """Under way for the first wording; the cast that a test asks for is asked."""
    return start(first)


def ask_about(text: ClauseText, actor: Actor) -> Question:
    return write_question(
        actor=actor,
        text=text,
        prompt="What may you use to get around the filter?",
        choices=[
            {"text": "A proxy", "right": False, "why": "The policy names proxies."},
            {"text": "Nothing", "right": True, "why": "Yes: ask for the page instead."},
        ],
    )


def assignment_of(person: Person, campaign: Campaign) -> Assignment:
    return Assignment.objects.get(person=person, campaign=campaign)


def sign_now(
    assignment: Assignment, strength: Signature.Strength = Signature.Strength.PASSWORD
) -> Signature:
    """The whole way at once."""
    sitting = freshen(sitting=sit_down(assignment=assignment))
    say_read(sitting=sitting, sha256=sitting.shown_id)
    for question in questions_of(assignment):
        right = next(i for i, choice in enumerate(question.choices) if choice["right"])
        answer(sitting=sitting, question=question, choice=right)
    return sign(
        actor=actor_of(assignment.person),
        sitting=sitting,
        sha256=sitting.shown_id,
        strength=strength,
    )
