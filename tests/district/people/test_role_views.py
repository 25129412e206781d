"""Human resources add people and give and end roles with their dates."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from hornbook.district.ledger.models import Leaf
from hornbook.district.people.models import Person, Role
from hornbook.district.people.permissions import has_role
from tests.district.conftest import Sites

ClientFor = Callable[[Person | None], Client]


def form(sites: Sites, **more: str) -> dict[str, str]:
    facts = {
        "role": "substitute",
        "site": str(sites.oak.pk),
        "starts_on": str(today()),
        "ends_on": "",
    }
    return facts | more


def today() -> object:
    return timezone.localdate()


def test_a_volunteer_is_added_by_hand(client_for: ClientFor, hr: Person, sites: Sites) -> None:
    facts = form(sites, given_name="Vera", family_name="Volunteer", email="Vera@district.test")
    reply = client_for(hr).post(reverse("person-add"), facts | {"role": "volunteer"})
    found = Person.objects.get(email="vera@district.test")
    assert reply.headers["Location"] == reverse("person", args=[found.key])
    assert has_role(found, Role.VOLUNTEER, site=sites.oak)
    assert found.user is not None
    assert not found.user.has_usable_password()


def test_an_address_that_is_taken_is_refused(
    client_for: ClientFor, hr: Person, owner: Person, sites: Sites
) -> None:
    facts = form(sites, given_name="Olive", family_name="Owner", email=owner.email.upper())
    page = client_for(hr).post(reverse("person-add"), facts)
    assert page.status_code == 422
    assert "has this address already" in page.content.decode()


def test_a_substitute_works_at_two_schools_for_some_days(
    client_for: ClientFor, hr: Person, owner: Person, sites: Sites
) -> None:
    client, address = client_for(hr), reverse("role-give", args=[owner.key])
    last = timezone.localdate() + timedelta(days=4)
    assert client.post(address, form(sites, ends_on=str(last))).status_code == 302
    assert client.post(address, form(sites, site=str(sites.maple.pk))).status_code == 302
    assert has_role(owner, Role.SUBSTITUTE, site=sites.oak)
    assert has_role(owner, Role.SUBSTITUTE, site=sites.maple)
    held = owner.roles.get(role=Role.SUBSTITUTE, site=sites.oak)
    assert held.ends_on == last
    assert Leaf.objects.filter(verb="give role").count() == 2


def test_the_same_days_twice_are_refused(
    client_for: ClientFor, hr: Person, owner: Person, sites: Sites
) -> None:
    client, address = client_for(hr), reverse("role-give", args=[owner.key])
    client.post(address, form(sites))
    page = client.post(address, form(sites))
    assert page.status_code == 422
    assert "on some of these days already" in page.content.decode()


def test_a_last_day_before_the_first_is_refused(
    client_for: ClientFor, hr: Person, owner: Person, sites: Sites
) -> None:
    address = reverse("role-give", args=[owner.key])
    page = client_for(hr).post(address, form(sites, ends_on="2020-01-01"))
    assert "The last day is before the first" in page.content.decode()


def test_a_role_given_by_hand_ends_today(
    client_for: ClientFor, hr: Person, owner: Person, sites: Sites
) -> None:
    client_for(hr).post(reverse("role-give", args=[owner.key]), form(sites))
    held = owner.roles.get(role=Role.SUBSTITUTE)
    client_for(hr).post(reverse("role-end", args=[owner.key, held.pk]))
    held.refresh_from_db()
    assert held.ends_on == timezone.localdate()
    assert Leaf.objects.filter(verb="end role").exists()


def test_a_role_of_the_roster_ends_in_the_roster(
    client_for: ClientFor, hr: Person, owner: Person
) -> None:
    owner.roles.update(source="oneroster")
    held = owner.roles.get()
    address = reverse("role-end", args=[owner.key, held.pk])
    page = client_for(hr).post(address, follow=True)
    assert "End it there" in page.content.decode()
    held.refresh_from_db()
    assert held.ends_on is None


@pytest.mark.parametrize("who", ["stranger", "principal", "it_admin", "owner"])
def test_nobody_else_gives_roles(
    client_for: ClientFor, request: pytest.FixtureRequest, owner: Person, sites: Sites, who: str
) -> None:
    client = client_for(request.getfixturevalue(who))
    for address in (reverse("role-give", args=[owner.key]), reverse("person-add")):
        assert client.post(address, form(sites)).status_code == 404
    assert owner.roles.count() == 1
