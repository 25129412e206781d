"""A request under a rule that names who may override it is theirs, for who is near to them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from hornbook.district.filtering.authority import Deciders, waiting_for
from hornbook.district.filtering.models import Ask, Rule
from hornbook.district.people.models import Enrollment, Person, Role, SchoolClass
from hornbook.instance import Instance
from tests.district.conftest import Sites

ClientFor = Callable[[Person | None], Client]


@pytest.fixture
def rule(house: Instance) -> Rule:
    return Rule.objects.get(key="younger-leisure")


@pytest.fixture
def ask(rule: Rule, student: Person) -> Ask:
    """Stella of Maple asks for a page that a rule of the small catalogue blocks."""
    return Ask.objects.create(
        receipt="K7QM-4XPD-2R", person=student, person_label=str(student), name="play.example",
        rule=rule.key, clause_version="FOCUS-1@1", asked_at=timezone.now(),
    )  # fmt: skip


def name_role(rule: Rule, role: str) -> None:
    Rule.objects.filter(pk=rule.pk).update(override=role)


def decide(client: Client, ask: Ask, do: str = "person") -> int:
    told = {"do": do, "reason": "For the fair"}
    return client.post(reverse("decide-ask", args=[ask.receipt]), told).status_code


@pytest.mark.django_db
def test_the_principal_of_the_school_decides_and_no_other(
    ask: Ask, rule: Rule, principal: Person, other_principal: Person, it_admin: Person,
    owner: Person, client_for: ClientFor,
) -> None:  # fmt: skip
    name_role(rule, Role.PRINCIPAL)
    page = client_for(principal).get(reverse("asks")).content.decode()
    assert "play.example" in page
    assert "Open it for everyone" not in page
    for person in (other_principal, owner):
        assert "play.example" not in client_for(person).get(reverse("asks")).content.decode()
        assert decide(client_for(person), ask) == 404
    shown = client_for(it_admin).get(reverse("asks")).content.decode()
    assert "After three days IT decides" in shown
    assert decide(client_for(it_admin), ask) == 404
    assert decide(client_for(principal), ask, "grant") == 404
    assert decide(client_for(principal), ask) == 302
    ask.refresh_from_db()
    assert (ask.state, ask.decided_by) == (Ask.State.GRANTED, str(principal))


@pytest.mark.django_db
def test_a_teacher_decides_for_students_of_their_own_classes(
    ask: Ask, rule: Rule, owner: Person, colleague: Person, student: Person, sites: Sites
) -> None:
    name_role(rule, Role.TEACHER)
    room = SchoolClass.objects.create(sourced_id="s4", site=sites.maple, title="Science 4")
    Enrollment.objects.create(sourced_id="e1", person=student, school_class=room, role=Role.STUDENT)
    Enrollment.objects.create(sourced_id="e2", person=owner, school_class=room, role=Role.TEACHER)
    assert waiting_for(owner) == [ask]
    assert waiting_for(colleague) == []
    assert Deciders([ask]).of(ask) == {owner.pk}


@pytest.mark.django_db
def test_it_decides_where_nobody_is_near_nobody_is_named_or_it_waited_too_long(
    ask: Ask, rule: Rule, it_admin: Person, principal: Person
) -> None:
    for role in ("", Role.IT, Role.TEACHER):
        name_role(rule, role)
        assert Deciders([ask]).may(it_admin, ask, it=True), role
    name_role(rule, Role.PRINCIPAL)
    assert not Deciders([ask]).may(it_admin, ask, it=True)
    ask.asked_at = timezone.now() - timedelta(days=4)
    assert Deciders([ask]).may(it_admin, ask, it=True)
    assert Deciders([ask]).may(principal, ask, it=False)


@pytest.mark.django_db
def test_nobody_decides_their_own(ask: Ask, rule: Rule, principal: Person) -> None:
    name_role(rule, Role.PRINCIPAL)
    Ask.objects.filter(pk=ask.pk).update(person=principal)
    ask.refresh_from_db()
    assert not Deciders([ask]).may(principal, ask, it=True)
    assert waiting_for(principal) == []
