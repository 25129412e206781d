from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from hornbook.district.ledger.models import Leaf
from hornbook.district.people.models import (
    Device,
    Enrollment,
    Person,
    Role,
    SchoolClass,
    Seat,
    User,
)
from tests.district.conftest import MakePerson, Sites

ClientFor = Callable[[Person | None], Client]


def text_of(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, answer
    return answer.content.decode()


def _as_anybody(body: bytes) -> str:
    """The page without the token, which is masked anew, and without the address that was asked."""
    plain = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", body.decode())
    return re.sub(r"/people/[0-9a-f-]{36}/", "", plain)


def page_of(person: Person) -> str:
    return reverse("person", args=[person.key])


def test_visitors_are_asked_to_sign_in(client_for: ClientFor, owner: Person) -> None:
    for address in (reverse("people"), page_of(owner), reverse("me")):
        assert client_for(None).get(address).status_code == 302


def test_the_list_is_for_those_who_look_after_people(
    client_for: ClientFor, hr: Person, owner: Person, stranger: Person
) -> None:
    assert "Owner, Olive" in text_of(client_for(hr), reverse("people"))
    for person in (owner, stranger):
        assert client_for(person).get(reverse("people")).status_code == 404


def test_the_list_narrows_by_words_role_and_site(
    client_for: ClientFor, hr: Person, owner: Person, stranger: Person, principal: Person
) -> None:
    client = client_for(hr)
    people = reverse("people")
    assert "Owner, Olive" not in text_of(client, f"{people}?q=sam")
    by_role = text_of(client, f"{people}?role=teacher")
    assert "Owner, Olive" in by_role
    assert "Principal, Pia" not in by_role
    by_both = text_of(client, f"{people}?role=volunteer&site=maple")
    assert "Nobody fits" in by_both
    assert "Stranger, Sam" in text_of(client, f"{people}?site=oak")


def test_nonsense_in_the_address_is_no_error(client_for: ClientFor, hr: Person) -> None:
    text_of(client_for(hr), reverse("people") + "?role=king&site=moon&page=x&show=?&q=" + "a" * 500)


def test_who_left_is_found_only_when_asked_for(
    client_for: ClientFor, hr: Person, stranger: Person
) -> None:
    Person.objects.filter(pk=stranger.pk).update(active=False)
    people = reverse("people")
    assert "Stranger, Sam" not in text_of(client_for(hr), people)
    assert "Stranger, Sam" in text_of(client_for(hr), f"{people}?show=left&role=volunteer")


def test_a_long_list_costs_as_few_questions_as_a_short_one(
    client_for: ClientFor,
    hr: Person,
    make_person: MakePerson,
    sites: Sites,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in range(60):
        make_person(f"Anna Number{number}", Role.STUDENT, sites.maple, account=False)
    client = client_for(hr)
    client.get(reverse("help"))  # what sign-in asks is looked up once a minute
    with django_assert_max_num_queries(24):
        assert "Next" in text_of(client, reverse("people"))


def test_absent_and_forbidden_are_the_same(
    client_for: ClientFor, other_principal: Person, owner: Person
) -> None:
    client = client_for(other_principal)
    forbidden = client.get(page_of(owner))
    absent = client.get(reverse("person", args=["00000000-0000-4000-8000-000000000000"]))
    assert forbidden.status_code == absent.status_code == 404
    assert _as_anybody(forbidden.content) == _as_anybody(absent.content)
    assert set(Leaf.objects.values_list("verb", "actor")) == {("look.refused", "Otto Otherhead")}


def test_a_look_at_a_person_is_a_leaf(
    client_for: ClientFor, principal: Person, owner: Person
) -> None:
    text_of(client_for(principal), page_of(owner))
    leaf = Leaf.objects.get()
    assert (leaf.actor, leaf.verb, leaf.object) == (
        "Pia Principal",
        "look",
        f"person {owner.key}",
    )


def test_the_page_shows_roles_classes_devices_and_seats(
    client_for: ClientFor, hr: Person, student: Person, sites: Sites
) -> None:
    reading = SchoolClass.objects.create(sourced_id="c", title="Reading 3", site=sites.maple)
    Enrollment.objects.create(
        sourced_id="e", school_class=reading, person=student, role=Role.STUDENT
    )
    device = Device.objects.create(
        tag="LAP-7", person=student, site=sites.maple, mac="02:00:5e:10:00:01"
    )
    Seat.objects.create(network="10.9.8.7/32", person=student, device=device)
    page = text_of(client_for(hr), page_of(student))
    for shown in (
        "Reading 3",
        "LAP-7",
        "02:00:5e:10:00:01",
        "10.9.8.7/32",
        "Maple Elementary",
        "1 August 2020",
    ):
        assert shown in page


def test_it_sees_the_person_without_the_birth_date(
    client_for: ClientFor, it_admin: Person, hr: Person, student: Person
) -> None:
    born = f"1 January {date.today().year - 9}"
    assert born in text_of(client_for(hr), page_of(student))
    assert born not in text_of(client_for(it_admin), page_of(student))


def test_everybody_sees_their_own_record(client_for: ClientFor, stranger: Person) -> None:
    page = text_of(client_for(stranger), reverse("me"))
    assert "Oak Elementary" in page
    assert str(stranger.key) in page
    assert not Leaf.objects.exists()


@pytest.mark.django_db
def test_an_account_without_a_person_is_told_so() -> None:
    client = Client()
    client.force_login(User.objects.create_user("lonely@x.test"))
    assert "not in the roster" in text_of(client, reverse("me"))
    assert client.get(reverse("people")).status_code == 404


def test_a_name_cannot_carry_markup(client_for: ClientFor, hr: Person, owner: Person) -> None:
    Person.objects.filter(pk=owner.pk).update(given_name="<script>alert(1)</script>")
    assert "<script>alert" not in text_of(client_for(hr), reverse("people"))


@pytest.mark.django_db
def test_nobody_signs_up(client: Client) -> None:
    answer = client.post("/account/signup/", {"email": "x@x.test", "password1": "long enough 12"})
    assert not User.objects.exists()
    assert answer.status_code in {200, 302, 403, 404, 405}


def test_someone_who_left_cannot_sign_in(client: Client, owner: Person) -> None:
    assert owner.user is not None
    owner.user.set_password("correct horse battery")
    owner.user.is_active = False
    owner.user.save()
    client.post(
        reverse("account_login"), {"login": owner.user.email, "password": "correct horse battery"}
    )
    assert "_auth_user_id" not in client.session


def test_it_of_one_school_is_shown_no_door_that_stays_closed(
    client_for: ClientFor, make_person: MakePerson, sites: Sites, it_admin: Person
) -> None:
    door = reverse("sign-in-rules")
    local = client_for(make_person("Ike Itlocal", Role.IT, sites.maple))
    assert door not in local.get("/people/").content.decode()
    assert local.get(door).status_code == 404
    assert door in client_for(it_admin).get("/people/").content.decode()
