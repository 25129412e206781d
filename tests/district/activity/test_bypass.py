"""Ways around: sums for IT and principals of the site, people only with a purpose."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from hornbook.district.activity.bypass.weeks import chosen, weeks
from hornbook.district.filtering.models import Category
from hornbook.district.ledger.models import Leaf
from hornbook.district.people.models import Person, Role
from hornbook.district.policy.models import ClauseText
from tests.district.activity.conftest import Write
from tests.district.conftest import MakePerson, Sites

ClientFor = Callable[[Person | None], Client]
ADDRESS, WHO = "/activity/around/", "/activity/around/people/"
AROUND = {
    "category": "proxy-bypass",
    "clause": "BYPASS-1@1",
    "basis": "security",
    "name": "vpn.example",
}
GAMES = {"category": "games", "clause": "FOCUS-1@1", "basis": "local", "name": "chess.example"}


@pytest.fixture(autouse=True)
def category(policy_in_force: dict[str, ClauseText]) -> Category:
    clause = policy_in_force["BYPASS-1"].clause
    return Category.objects.create(
        key="proxy-bypass", name="Ways around", plain="x", clause=clause, basis="security"
    )


def needs(write: Write, people: int, site: str) -> None:
    """So many pupils were stopped at a game, and tried a way around five minutes later."""
    for number in range(people):
        who = {"person": f"{site}-{number}", "site": site}
        write(1, minutes_ago=9, blocked=True, **who | GAMES)
        write(1, minutes_ago=4, blocked=True, **who | AROUND)


def test_many_people_with_a_need_are_counted_and_the_site_is_named(
    write: Write, principal: Person, client_for: ClientFor
) -> None:
    needs(write, 6, "maple")
    needs(write, 6, "oak")
    text = client_for(principal).get(ADDRESS).content.decode()
    assert "6 people" in text
    assert "chess.example: 6 people" in text
    assert "BYPASS-1" in text
    assert "Answer the need" in text
    assert "Oak" not in text
    assert Leaf.objects.filter(object="ways around the filter").count() == 1


def test_few_people_are_not_told_apart_from_none(
    write: Write, principal: Person, client_for: ClientFor
) -> None:
    needs(write, 3, "maple")
    text = client_for(principal).get(ADDRESS).content.decode()
    assert "fewer than 5 people" in text
    assert "chess.example" not in text
    assert "3 people" not in text


def test_it_of_a_school_sees_that_school_and_others_nothing(
    write: Write,
    make_person: MakePerson,
    sites: Sites,
    owner: Person,
    hr: Person,
    superintendent: Person,
    client_for: ClientFor,
) -> None:
    needs(write, 6, "oak")
    oak = make_person("Ola Itoak", Role.IT, sites.oak)
    assert "Oak Elementary" in client_for(oak).get(ADDRESS).content.decode()
    maple = make_person("Ivo Itmaple", Role.IT, sites.maple)
    assert "Nobody tried a way around" in client_for(maple).get(ADDRESS).content.decode()
    for person in (owner, hr, superintendent):
        assert client_for(person).get(ADDRESS).status_code == 404
        assert client_for(person).get(WHO).status_code == 404


def test_people_are_shown_with_a_purpose_and_are_told(
    write: Write, principal: Person, owner: Person, colleague: Person, client_for: ClientFor
) -> None:
    last_week = weeks(timezone.localdate())[1]
    for day, name in enumerate(["a.example", "b.example", "c.example"]):
        at = last_week.bounds[0] + timedelta(days=day, hours=12)
        ago = (timezone.now() - at).total_seconds() / 60
        write(1, minutes_ago=ago, blocked=True, person=owner.key, **AROUND | {"name": name})
    client = client_for(principal)
    address = f"{WHO}?week={last_week.key}"
    assert str(owner) not in client.get(address).content.decode()
    told = {"kind": "support", "reason": "To ask what was needed."}
    assert client.post(address, told | {"reason": ""}).status_code == 422
    text = client.post(address, told).content.decode()
    assert str(owner) in text
    assert str(colleague) not in text
    leaf = Leaf.objects.get(object=f"person {owner.key}")
    assert leaf.detail["purpose"] == "Help that they asked for"
    assert list(leaf.clause_texts) == ["BYPASS-1@1"]
    assert "reason" in leaf.detail["sealed"]
    assert "Nobody to talk to" in client.post(WHO, told).content.decode()


def test_a_week_that_is_none_is_the_running_one() -> None:
    today = date(2026, 11, 26)
    assert [week.key for week in weeks(today)][:2] == ["2026-11-23", "2026-11-16"]
    assert chosen("2026-11-16", today).monday == date(2026, 11, 16)
    assert chosen("yesterday", today).monday == date(2026, 11, 23)
    since, until = chosen("", today).bounds
    assert (until - since).days == 7
