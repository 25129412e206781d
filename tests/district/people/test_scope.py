"""A role at the district reaches every school; a role at a school reaches that school."""

from __future__ import annotations

import pytest

from hornbook.district.people.models import Person, Role
from hornbook.district.people.scope import reaches_all, sites_of
from tests.district.conftest import MakePerson, Sites

pytestmark = pytest.mark.django_db


def test_human_resources_of_the_district_reach_everywhere(hr: Person, sites: Sites) -> None:
    everywhere = {sites.central.pk, sites.maple.pk, sites.oak.pk, sites.birch.pk}
    assert sites_of(hr, Role.HR) == everywhere
    assert reaches_all(hr, Role.HR)


def test_human_resources_of_one_school_stay_there(make_person: MakePerson, sites: Sites) -> None:
    here = make_person("Hugo Here", Role.HR, sites.maple)
    assert sites_of(here, Role.HR) == {sites.maple.pk}
    assert not reaches_all(here, Role.HR)


def test_another_role_reaches_nowhere(owner: Person) -> None:
    assert sites_of(owner, Role.HR, Role.PRINCIPAL) == frozenset()
    assert not reaches_all(owner, Role.HR)
