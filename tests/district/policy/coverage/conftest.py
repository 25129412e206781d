"""The fixed cast's policy with a duty to sign it, a rule, and everybody at Maple having signed."""

from __future__ import annotations

from datetime import date

import pytest
from django.utils import timezone

from hornbook.district.filtering.models import Action, Publication, Rule
from hornbook.district.learning.actions.campaigns import start_campaign
from hornbook.district.learning.actions.duties import save_duty
from hornbook.district.learning.models import Campaign, Duty
from hornbook.district.learning.plan import plan_campaign
from hornbook.district.ledger.actions import Actor
from hornbook.district.people.audience import audience_of
from hornbook.district.people.models import Person
from hornbook.district.policy.models import ClauseText, LegalBasis
from tests.district.learning.conftest import assignment_of, sign_now


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
        sentence="I have read this policy and I will follow it.",
        school_days=10,
    )


@pytest.fixture
def campaign(duty: Duty, actor: Actor, owner: Person, stranger: Person) -> Campaign:
    """Asks the owner (Maple), the stranger (Oak) and whoever the test brings in."""
    revision = duty.clause.texts.get().revision
    plan = plan_campaign(duty, revision, today=timezone.localdate())
    return start_campaign(actor=actor, plan=plan)


@pytest.fixture
def signed(campaign: Campaign, owner: Person) -> Campaign:
    """The owner signed; the stranger did not."""
    sign_now(assignment_of(owner, campaign))
    return campaign


@pytest.fixture
def rule(policy_in_force: dict[str, ClauseText]) -> Rule:
    """Published, and acting under BYPASS-1."""
    Publication.objects.create(catalogue="a" * 64, rulebook="b" * 64, seating="c" * 64, names=1)
    return Rule.objects.create(
        order=1,
        key="proxies",
        name="Proxies",
        action=Action.BLOCK,
        clause=policy_in_force["BYPASS-1"].clause,
        basis=LegalBasis.LOCAL,
    )
