from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.http import Http404

from hornbook.district.people.access import (
    keeper_or_404,
    may_see_birth_date,
    people_or_404,
    person_or_404,
    search,
    visible_people,
    visible_sites,
)
from hornbook.district.people.models import Person, Role, RoleAssignment
from hornbook.district.people.permissions import has_role
from tests.district.conftest import MakePerson, Sites


def test_leaders_and_it_see_everybody(
    hr: Person, it_admin: Person, superintendent: Person, student: Person, stranger: Person
) -> None:
    for viewer in (hr, it_admin, superintendent):
        assert {student, stranger} <= set(visible_people(viewer))


def test_a_principal_sees_their_own_school_only(
    principal: Person, other_principal: Person, owner: Person, stranger: Person, sites: Sites
) -> None:
    assert set(visible_people(principal)) == {principal, owner}
    assert set(visible_people(other_principal)) == {other_principal, stranger}
    assert list(visible_sites(principal)) == [sites.maple]


def test_everybody_else_sees_nobody_not_even_their_own_page_here(
    owner: Person, colleague: Person, stranger: Person, student: Person
) -> None:
    for viewer in (owner, stranger, student):
        assert not visible_people(viewer).exists()
        with pytest.raises(Http404):
            person_or_404(viewer, colleague.key)
        with pytest.raises(Http404):
            people_or_404(viewer)


def test_a_principal_who_has_left_sees_nobody(principal: Person, owner: Person) -> None:
    principal.roles.update(ends_on=date.today() - timedelta(days=1))
    assert not visible_people(principal).exists()


def test_an_inactive_account_holder_has_no_role(it_admin: Person) -> None:
    it_admin.active = False
    assert not has_role(it_admin, Role.IT)


def test_a_role_counts_at_its_own_site(principal: Person, sites: Sites) -> None:
    assert has_role(principal, Role.PRINCIPAL, site=sites.maple)
    assert not has_role(principal, Role.PRINCIPAL, site=sites.oak)


def test_a_principal_sees_whom_they_get_next_term_but_not_whom_they_had(
    principal: Person, make_person: MakePerson, sites: Sites
) -> None:
    soon = date.today() + timedelta(days=30)
    past = date.today() - timedelta(days=30)
    comes = make_person("Nia Next", Role.TEACHER, sites.maple, starts_on=soon)
    make_person("Lou Last", Role.TEACHER, sites.maple, ends_on=past)
    assert set(visible_people(principal)) == {principal, comes}


def test_it_sees_no_birth_dates(
    it_admin: Person, hr: Person, principal: Person, other_principal: Person, student: Person
) -> None:
    assert may_see_birth_date(hr, student)
    assert may_see_birth_date(principal, student)
    assert not may_see_birth_date(it_admin, student)
    assert not may_see_birth_date(other_principal, student)


def test_someone_who_leads_two_schools_sees_both(
    principal: Person, stranger: Person, sites: Sites
) -> None:
    RoleAssignment.objects.create(
        person=principal, role=Role.PRINCIPAL, site=sites.oak, starts_on=date(2026, 1, 1)
    )
    assert stranger in visible_people(principal)


@pytest.mark.parametrize(
    ("words", "found"), [("stel", 1), ("student stella", 1), ("stella nobody", 0), ("%", 0)]
)
def test_search_wants_every_word(student: Person, words: str, found: int) -> None:
    assert search(Person.objects.all(), words).count() == found


@pytest.mark.parametrize("role", [Role.HR, Role.IT, Role.SUPERINTENDENT])
def test_a_role_held_at_one_school_reaches_that_school_alone(
    make_person: MakePerson, sites: Sites, owner: Person, stranger: Person, role: Role
) -> None:
    viewer = make_person("Hal Halfway", role, sites.maple)
    assert set(visible_people(viewer)) == {owner, viewer}
    assert list(visible_sites(viewer)) == [sites.maple]
    with pytest.raises(Http404):
        person_or_404(viewer, stranger.key)
    assert viewer.user is not None
    with pytest.raises(Http404):
        keeper_or_404(viewer.user)
