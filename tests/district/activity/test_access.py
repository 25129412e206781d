from datetime import date

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import Http404

from hornbook.district.activity.access import own_reach, reach
from hornbook.district.people.models import Person, Role, User
from hornbook.record.lake import Where
from tests.district.conftest import MakePerson, Sites

pytestmark = pytest.mark.django_db
TODAY = date.today()


def account(person: Person) -> User:
    assert person.user
    return person.user


@pytest.mark.parametrize("role", [Role.IT, Role.SUPERINTENDENT, Role.POLICY_OWNER])
def test_those_who_answer_for_the_district_reach_all_of_it(
    make_person: MakePerson, sites: Sites, role: Role
) -> None:
    seen = reach(account(make_person("Uma Usual", role, sites.central)), TODAY)
    assert (seen.where, seen.own) == (Where(), False)
    assert seen.mends == (role == Role.IT)


def test_a_principal_reaches_the_own_school_only(principal: Person) -> None:
    seen = reach(account(principal), TODAY)
    assert (seen.where, seen.place) == (Where(sites=("maple",)), "at Maple Elementary")


@pytest.mark.parametrize("name", ["owner", "stranger", "hr"])
def test_others_reach_nothing_of_other_people(name: str, request: pytest.FixtureRequest) -> None:
    with pytest.raises(Http404):
        reach(account(request.getfixturevalue(name)), TODAY)


def test_a_role_that_ended_opens_nothing(make_person: MakePerson, sites: Sites) -> None:
    gone = make_person("Gus Gone", Role.IT, sites.central, ends_on=date(2021, 1, 1))
    with pytest.raises(Http404):
        reach(account(gone), TODAY)


def test_a_person_who_left_reaches_nothing(it_admin: Person) -> None:
    it_admin.active = False
    it_admin.save()
    with pytest.raises(Http404):
        reach(account(it_admin), TODAY)


def test_everybody_reaches_their_own_rows(owner: Person) -> None:
    seen = own_reach(account(owner))
    assert (seen.where, seen.own) == (Where(persons=(str(owner.key),)), True)


def test_an_account_without_a_person_reaches_nothing() -> None:
    for user in (AnonymousUser(), User.objects.create_user("service@district.test")):
        with pytest.raises(Http404):
            own_reach(user)
