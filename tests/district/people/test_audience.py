"""Who is meant on which day; the filter's own reading of an audience must agree."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from hornbook.district.filtering.compiler.audience import misses
from hornbook.district.filtering.compiler.roll import standings_of
from hornbook.district.people.audience import (
    BadAudience,
    audience_of,
    check,
    coming_into,
    in_words,
    is_carried_by_people,
    people_in,
)
from hornbook.district.people.models import Person, Role, RoleAssignment
from tests.district.conftest import MakePerson, Sites

TODAY = date(2026, 3, 2)
A_DAY = timedelta(days=1)
TEACHERS = {"roles": ["teacher"]}


def test_a_role_counts_from_its_first_day_to_its_last(
    make_person: MakePerson, sites: Sites
) -> None:
    person = make_person(
        "Tess Term", Role.TEACHER, sites.maple, starts_on=TODAY, ends_on=TODAY + 9 * A_DAY
    )
    days = [TODAY - A_DAY, TODAY, TODAY + 9 * A_DAY, TODAY + 10 * A_DAY]
    assert [person in people_in(TEACHERS, day) for day in days] == [False, True, True, False]


def test_who_left_last_week_and_who_starts_next_month_are_not_meant_today(
    make_person: MakePerson, sites: Sites, owner: Person
) -> None:
    make_person("Lea Left", Role.TEACHER, sites.maple, ends_on=TODAY - 7 * A_DAY)
    soon = make_person("Nia Next", Role.TEACHER, sites.maple, starts_on=TODAY + 30 * A_DAY)
    assert list(people_in(TEACHERS, TODAY)) == [owner]
    coming = coming_into(TEACHERS, TODAY, TODAY + 60 * A_DAY)
    assert [(who, who.first_day) for who in coming] == [(soon, TODAY + 30 * A_DAY)]  # type: ignore[attr-defined]
    assert not coming_into(TEACHERS, TODAY, TODAY + 29 * A_DAY).exists()


def test_a_substitute_with_many_short_stays_is_meant_on_the_days_of_the_stays(
    make_person: MakePerson, sites: Sites
) -> None:
    sub = make_person("Suki Sub", Role.SUBSTITUTE, sites.oak, starts_on=TODAY, ends_on=TODAY)
    RoleAssignment.objects.create(
        person=sub,
        role=Role.SUBSTITUTE,
        site=sites.maple,
        starts_on=TODAY + 2 * A_DAY,
        ends_on=TODAY + 3 * A_DAY,
    )
    subs = {"roles": ["substitute"]}
    meant = [people_in(subs, TODAY + n * A_DAY).count() for n in range(5)]
    assert meant == [1, 0, 1, 1, 0]
    at_maple = subs | {"sites": ["maple"]}
    assert [people_in(at_maple, TODAY + n * A_DAY).count() for n in range(3)] == [0, 0, 1]


def test_somebody_at_two_schools_is_one_person(make_person: MakePerson, sites: Sites) -> None:
    both = make_person("Bo Both", Role.TEACHER, sites.maple)
    RoleAssignment.objects.create(
        person=both, role=Role.TEACHER, site=sites.oak, starts_on=date(2020, 8, 1)
    )
    assert list(people_in(TEACHERS, TODAY)) == [both]
    for site in ("maple", "oak"):
        assert list(people_in(TEACHERS | {"sites": [site]}, TODAY)) == [both]
    assert list(people_in(TEACHERS | {"site_kinds": ["elementary"]}, TODAY)) == [both]


def test_role_and_site_must_belong_to_one_assignment(make_person: MakePerson, sites: Sites) -> None:
    person = make_person("Pat Parts", Role.STUDENT, sites.oak)
    RoleAssignment.objects.create(
        person=person, role=Role.COACH, site=sites.birch, starts_on=date(2020, 8, 1)
    )
    assert not people_in({"roles": ["student"], "sites": ["birch"]}, TODAY).exists()
    assert people_in({"roles": ["coach"], "sites": ["birch"]}, TODAY).exists()


def test_an_inactive_person_is_meant_by_nothing(owner: Person) -> None:
    Person.objects.filter(pk=owner.pk).update(active=False)
    assert not people_in({}, TODAY).exists()
    assert not coming_into({}, date(2019, 1, 1), TODAY).exists()


@pytest.mark.parametrize("born", [date(2010, 3, 2), date(2010, 3, 3), date(2008, 2, 29), None])
@pytest.mark.parametrize(
    "audience",
    [
        {"min_age": 16},
        {"max_age": 15},
        {"min_age": 16, "max_age": 17},
        {"roles": ["student"], "site_kinds": ["high"]},
        {"roles": ["student"], "sites": ["oak"], "min_age": 16},
        {"sites": ["central"]},
        {"roles": []},
    ],
)
def test_the_filter_reads_the_same_audience_the_same_way(
    make_person: MakePerson, sites: Sites, born: date | None, audience: dict[str, Any]
) -> None:
    make_person("Ann Able", Role.STUDENT, sites.birch, birth_date=born)
    make_person("Ben Bold", Role.STUDENT, sites.oak, birth_date=born)
    for day in (TODAY, date(2024, 2, 29)):
        standings = standings_of(Person.objects.all(), on=day)
        meant = {pk for pk, standing in standings.items() if misses(audience, standing) is None}
        assert set(people_in(audience, day).values_list("pk", flat=True)) == meant


def test_an_audience_that_cannot_be_read_says_what_may_stand_there(sites: Sites) -> None:
    check({"roles": ["teacher"], "sites": ["maple"], "site_kinds": ["high"], "min_age": 16})
    bad: list[tuple[dict[str, Any], str]] = [
        ({"role": ["teacher"]}, "no key “role”"),
        ({"roles": ["king"]}, "no role “king”"),
        ({"roles": "teacher"}, "as a list"),
        ({"sites": ["moon"]}, "no site “moon”"),
        ({"site_kinds": ["castle"]}, "no kind of site “castle”"),
        ({"min_age": "16"}, "whole number"),
    ]
    for audience, words in bad:
        with pytest.raises(BadAudience, match=words):
            check(audience)


def test_the_words_of_a_policy_mean_roles() -> None:
    employees = set(audience_of("employee")["roles"])
    assert {"volunteer", "coach", "substitute", "superintendent"} <= employees
    assert not employees & {"student", "guardian", "board"}
    assert "board" in audience_of("staff")["roles"]
    assert audience_of("student") == {"roles": ["student"]}
    assert is_carried_by_people("everyone")
    assert not is_carried_by_people("district")
    with pytest.raises(BadAudience):
        audience_of("district")


def test_an_audience_is_told_in_words(sites: Sites) -> None:
    assert in_words(audience_of("employee")) == "Everybody who works or helps for the District"
    assert in_words({"roles": ["teacher"], "sites": ["maple"]}) == "Teacher at maple"
    assert in_words({"min_age": 18}) == "Everybody with a role from 18 years on"
