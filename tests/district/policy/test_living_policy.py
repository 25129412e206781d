"""A real policy, a second revision of three clauses, and everything that follows from it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from django.utils import timezone

from hornbook.district.learning.actions.campaigns import start_campaign
from hornbook.district.learning.actions.duties import save_duty
from hornbook.district.learning.models import Duty
from hornbook.district.learning.plan import plan_campaign
from hornbook.district.ledger.actions import Actor
from hornbook.district.people.audience import audience_of
from hornbook.district.people.models import Person, Role
from hornbook.district.policy.access import clause_by_key, text_in_force
from hornbook.district.policy.actions import adopt_revision
from hornbook.district.policy.models import EvidenceKind
from hornbook.district.policy.plan import plan_import
from hornbook.district.policy.revising.actions import (
    Wording,
    edit_clause,
    file_evidence,
    open_draft,
    propose,
)
from hornbook.district.policy.revising.adopting import adopt
from hornbook.district.policy.revising.impact import impact_of, signers
from hornbook.district.policy.revising.models import Draft
from tests.district.conftest import MakePerson, Sites
from tests.district.learning.conftest import assignment_of, sign_now
from tests.district.policy.coverage.test_map import changed, state
from tests.district.policy.test_real_policy import TABLE

pytestmark = [pytest.mark.django_db, pytest.mark.shared_data]

CHANGES = {
    "CRD-2": "Employees must lock or log out of unattended equipment and accounts in order to "
    "maintain privacy and security.",
    "SOC-2": "Staff must not friend or follow students on social media.",
    "CPY-1": "Respect intellectual property.",
}


@pytest.fixture
def staff(make_person: MakePerson, sites: Sites, owner: Person, stranger: Person) -> list[Person]:
    """A teacher of Maple, a volunteer of Oak, and a coach of Birch: employees, as it says."""
    coach = make_person("Cole Coach", Role.COACH, sites.birch)
    make_person("Bea Board", Role.BOARD, sites.central)
    make_person("Gus Guardian", Role.GUARDIAN, sites.maple)
    make_person("Lea Left", Role.TEACHER, sites.maple, ends_on=date(2026, 6, 5))
    make_person("Ned Next", Role.TEACHER, sites.maple, starts_on=date(2999, 1, 4))
    return [owner, stranger, coach]


@pytest.fixture
def draft(shared_policy: Path, actor: Actor, staff: list[Person], student: Person) -> Draft:
    """The real policy is signed by its employees; three of its clauses are drafted anew."""
    text = shared_policy / "employee-responsible-use.txt"
    plan = plan_import(text, table=TABLE, policy_key="employee-responsible-use")
    revision = adopt_revision(actor=actor, plan=plan, source=text.name).revision
    purpose = text_in_force(clause_by_key("PUR-1"), timezone.localdate())
    assert purpose is not None
    duty = save_duty(
        actor=actor,
        key="sign",
        text=purpose,
        title="Responsible use",
        kind=Duty.Kind.SIGN,
        audience=audience_of("employee"),
        sentence="I have read it and I will follow it.",
        school_days=10,
    )
    asked = plan_campaign(duty, revision, today=timezone.localdate())
    campaign = start_campaign(actor=actor, plan=asked)
    for person in staff:
        sign_now(assignment_of(person, campaign))
    draft = open_draft(actor=actor, policy=revision.policy, why="Unlocked screens.")
    for key, official in CHANGES.items():
        clause = draft.clauses.select_related("draft").get(key=key)
        edit_clause(actor=actor, clause=clause, version=0, wording=Wording(official))
    for kind, day in ((EvidenceKind.NOTICE, 3), (EvidenceKind.MEETING, 17)):
        on = date(2026, 8, day)
        draft = file_evidence(actor=actor, draft=draft, kind=kind, on=on, words="Web site")
    return draft


def test_the_impact_names_exactly_those_who_sign_again(draft: Draft, staff: list[Person]) -> None:
    today = timezone.localdate()
    impact = impact_of(draft, today)
    told = {change.clause.key: (change.kind, change.step) for change in impact.changes}
    assert told == {
        "CRD-2": ("reworded", "stronger"),
        "SOC-2": ("reworded", "stronger"),
        "CPY-1": ("reworded", "same"),
    }
    expected = {*staff, *Person.objects.filter(family_name__in=["Itwell"])}
    assert set(signers(draft.policy, today)) == expected
    assert impact.people == len(expected)
    (signing,) = impact.signings
    assert (signing.people, signing.signed_before) == (len(expected), len(staff))
    assert (impact.minutes, impact.hours) == (3, 1)


def test_adoption_darkens_exactly_what_it_changed_and_a_campaign_asks_the_same_people(
    draft: Draft, actor: Actor, policy_owner: Person, superintendent: Person
) -> None:
    today = timezone.localdate()
    before = state()
    propose(actor=actor, person=policy_owner, draft=draft)
    adopted = adopt(
        actor=actor, person=superintendent, draft=draft, effective_on=today, minute_ref="Item 7b"
    )
    after = changed(before, state())
    assert after == {
        **{(key, "signed"): "dark" for key in CHANGES},
        # “should” and “encouraged” became binding, so that more lights are needed:
        **{("CRD-2", light): "dark" for light in ("enforced", "watched")},
        **{("SOC-2", light): "dark" for light in ("enforced", "watched", "proved")},
    }
    duty = Duty.objects.get(key="sign")
    plan = plan_campaign(duty, adopted.revision, today=today)
    assert set(plan.ask) == set(signers(draft.policy, today).values_list("pk", flat=True))
    assert {text.clause.key for text in plan.changed} == set(CHANGES)
