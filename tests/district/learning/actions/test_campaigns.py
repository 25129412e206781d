"""Whom a campaign asks: exactly those whom the duty means, while people come and go."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.db import DatabaseError, transaction
from pytest_django import DjangoAssertNumQueries

from hornbook.district.learning import days
from hornbook.district.learning.actions.campaigns import (
    close_campaign,
    keep_list_true,
    people_sha256,
    start_campaign,
)
from hornbook.district.learning.models import Assignment, AssignmentState, Campaign, Duty
from hornbook.district.learning.plan import PlanRefused, plan_campaign
from hornbook.district.ledger.actions import Actor
from hornbook.district.ledger.models import Leaf
from hornbook.district.mail.models import Letter
from hornbook.district.people.models import Person, Role, RoleAssignment
from hornbook.district.policy.models import Revision
from tests.district.conftest import MakePerson, Sites
from tests.district.learning.conftest import assignment_of, revise, sign_now

A_DAY = timedelta(days=1)
Start = Callable[[Revision], Campaign]


def asked(campaign: Campaign, state: str = "open") -> set[str]:
    rows = campaign.assignments.filter(state=state).select_related("person")
    return {row.person.given_name for row in rows}


def test_a_campaign_asks_exactly_whom_the_dry_run_named(
    duty: Duty,
    first: Revision,
    actor: Actor,
    today: date,
    owner: Person,
    stranger: Person,
    student: Person,
    make_person: MakePerson,
    sites: Sites,
) -> None:
    make_person("Lea Left", Role.TEACHER, sites.maple, ends_on=today - 7 * A_DAY)
    soon = make_person("Nia Next", Role.TEACHER, sites.oak, starts_on=today + 30 * A_DAY)
    make_person("Berta Board", Role.BOARD, sites.central)
    plan = plan_campaign(duty, first, today=today)
    campaign = start_campaign(actor=actor, plan=plan)
    assert asked(campaign) == {"Olive", "Sam", "Ida"}
    assert set(plan.ask) == set(campaign.assignments.values_list("person", flat=True))
    assert plan.coming == (soon,)
    assert campaign.due_on == days.after(today, 10)
    leaf = Leaf.objects.get(verb="start campaign")
    assert leaf.clause_texts == ["SECURE-1@1"]
    assert leaf.detail["people"] == 3
    assert leaf.detail["people_sha256"] == people_sha256(plan.ask)
    assert Campaign.objects.get().leaf_no == leaf.no


def test_somebody_at_two_schools_is_asked_once_and_seen_at_both(
    start: Start, first: Revision, owner: Person, sites: Sites
) -> None:
    RoleAssignment.objects.create(
        person=owner, role=Role.COACH, site=sites.birch, starts_on=date(2020, 8, 1)
    )
    RoleAssignment.objects.create(
        person=owner, role=Role.GUARDIAN, site=sites.oak, starts_on=date(2020, 8, 1)
    )
    row = assignment_of(owner, start(first))
    assert row.sites == sorted([sites.maple.pk, sites.birch.pk]), "a parent's role does not count"


def test_the_list_that_was_looked_at_is_the_list_that_starts(
    duty: Duty, first: Revision, actor: Actor, today: date, make_person: MakePerson, sites: Sites
) -> None:
    plan = plan_campaign(duty, first, today=today)
    make_person("Nadia New", Role.AIDE, sites.oak)
    with pytest.raises(PlanRefused, match="has changed since you looked"):
        start_campaign(actor=actor, plan=plan)
    assert not Campaign.objects.exists()


def test_what_cannot_be_asked_for_is_refused_with_a_reason(
    duty: Duty, first: Revision, today: date, start: Start
) -> None:
    with pytest.raises(PlanRefused, match="in the past"):
        plan_campaign(duty, first, today=today, due_on=today - A_DAY)
    shell = Revision.objects.create(policy=first.policy, no=9, effective_on=today + A_DAY)
    with pytest.raises(PlanRefused, match="not on file"):
        plan_campaign(duty, shell, today=today)
    start(first)
    with pytest.raises(PlanRefused, match="under way already"):
        plan_campaign(duty, first, today=today)
    revise(first, today)
    with pytest.raises(PlanRefused, match="newer wording"):
        plan_campaign(duty, first, today=today)


def test_who_has_signed_these_words_is_not_asked_again_unless_wanted(
    campaign: Campaign, duty: Duty, first: Revision, actor: Actor, today: date, owner: Person
) -> None:
    sign_now(assignment_of(owner, campaign))
    close_campaign(actor=actor, campaign=campaign, reason="Summer")
    plan = plan_campaign(duty, first, today=today)
    assert owner.pk not in plan.ask
    assert plan.already == 1
    assert owner.pk in plan_campaign(duty, first, today=today, everybody_again=True).ask


def test_who_begins_later_is_asked_on_the_first_day_with_full_time(
    campaign: Campaign, make_person: MakePerson, sites: Sites, today: date
) -> None:
    make_person("Nia Next", Role.SUBSTITUTE, sites.oak, starts_on=today + 8 * A_DAY)
    assert not keep_list_true(campaign=campaign, today=today)
    assert not keep_list_true(campaign=campaign, today=today + 7 * A_DAY)
    assert keep_list_true(campaign=campaign, today=today + 8 * A_DAY).joined
    row = Assignment.objects.get(person__given_name="Nia")
    assert row.assigned_on == today + 8 * A_DAY
    assert row.due_on == days.after(today + 8 * A_DAY, 10)
    leaves = Leaf.objects.count()
    assert not keep_list_true(campaign=campaign, today=today + 8 * A_DAY)
    assert Leaf.objects.count() == leaves, "nothing changed, nothing is written"


def test_who_leaves_is_released_and_comes_back_to_the_list(
    campaign: Campaign, owner: Person, today: date
) -> None:
    owner.roles.update(ends_on=today)
    assert not keep_list_true(campaign=campaign, today=today), "the last day still counts"
    assert keep_list_true(campaign=campaign, today=today + A_DAY).released == (owner.pk,)
    assert assignment_of(owner, campaign).state == AssignmentState.RELEASED
    owner.roles.update(ends_on=None)
    assert keep_list_true(campaign=campaign, today=today + 20 * A_DAY).back == (owner.pk,)
    row = assignment_of(owner, campaign)
    assert (row.state, row.settled_at) == (AssignmentState.OPEN, None)
    assert row.due_on > campaign.due_on


def test_who_has_signed_and_leaves_stays_signed(
    campaign: Campaign, owner: Person, today: date
) -> None:
    sign_now(assignment_of(owner, campaign))
    Person.objects.filter(pk=owner.pk).update(active=False)
    keep_list_true(campaign=campaign, today=today)
    assert assignment_of(owner, campaign).state == AssignmentState.SIGNED


def test_who_changes_schools_is_seen_by_the_new_principal(
    campaign: Campaign, owner: Person, sites: Sites, today: date
) -> None:
    owner.roles.update(site=sites.birch)
    keep_list_true(campaign=campaign, today=today)
    assert assignment_of(owner, campaign).sites == [sites.birch.pk]


def test_a_campaign_for_a_newer_wording_takes_over(
    campaign: Campaign,
    start: Start,
    next_words: Callable[[], Revision],
    owner: Person,
    make_person: MakePerson,
    sites: Sites,
) -> None:
    sign_now(assignment_of(owner, campaign))
    make_person("Carl Colleague", Role.TEACHER, sites.maple)
    newer = start(next_words())
    assert newer.previous == campaign
    campaign.refresh_from_db()
    assert campaign.state == Campaign.State.CLOSED
    assert asked(campaign, "signed") == {"Olive"}
    assert asked(campaign, "superseded") == {"Ida"}
    assert {"Olive", "Carl"} <= asked(newer)


def test_two_people_cannot_start_it_twice(
    duty: Duty, first: Revision, actor: Actor, today: date
) -> None:
    plan = plan_campaign(duty, first, today=today)
    start_campaign(actor=actor, plan=plan)
    with pytest.raises(PlanRefused, match="under way already"):
        start_campaign(actor=actor, plan=plan)


def test_closing_stops_letters_and_keeps_what_was_signed(
    campaign: Campaign, actor: Actor, owner: Person, today: date
) -> None:
    from hornbook.district.learning.actions.reminding import remind

    assert remind(campaign=campaign, today=today).letters == 2
    close_campaign(actor=actor, campaign=campaign, reason="A mistake in the text")
    assert set(Letter.objects.values_list("state", flat=True)) == {"dropped"}
    assert remind(campaign=campaign, today=today).letters == 0
    assert not keep_list_true(campaign=campaign, today=today + A_DAY)
    leaf = Leaf.objects.get(verb="close campaign")
    assert leaf.detail == {"reason": "A mistake in the text", "not_signed": 2}


@pytest.mark.parametrize(
    "change", [{"state": "superseded"}, {"assigned_on": date(2020, 1, 1)}, {"person_id": 1}]
)
def test_the_database_refuses_what_no_act_does(
    campaign: Campaign, owner: Person, change: dict[str, object]
) -> None:
    row = assignment_of(owner, campaign)
    sign_now(row)
    with pytest.raises(DatabaseError), transaction.atomic():
        Assignment.objects.filter(pk=row.pk).update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        Assignment.objects.filter(pk=row.pk).delete()


def test_a_long_list_is_as_few_statements_as_a_short_one(
    duty: Duty,
    first: Revision,
    actor: Actor,
    today: date,
    sites: Sites,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    people = Person.objects.bulk_create(
        Person(given_name=f"P{n}", family_name="Many", email=f"p{n}@district.test")
        for n in range(2000)
    )
    RoleAssignment.objects.bulk_create(
        RoleAssignment(person=p, role=Role.TEACHER, site=sites.oak, starts_on=date(2020, 8, 1))
        for p in people
    )
    with django_assert_max_num_queries(45):
        campaign = start_campaign(actor=actor, plan=plan_campaign(duty, first, today=today))
    assert campaign.assignments.count() == 2001
    with django_assert_max_num_queries(12):
        assert not keep_list_true(campaign=campaign, today=today)
