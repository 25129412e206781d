"""The activity page: the finding in its title, true numbers, and no names of people."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from hornbook.district.filtering.models import Category
from hornbook.district.ledger.actions import LOOK
from hornbook.district.ledger.models import Leaf
from hornbook.district.people.models import Person
from hornbook.district.policy.models import ClauseText
from hornbook.instance import Instance
from tests.district.activity.conftest import Write

pytestmark = pytest.mark.django_db
ClientFor = Callable[[Person | None], Client]


def text_of(client: Client, path: str = "/activity/") -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return str(answer.content.decode())


@pytest.fixture
def some_rows(write: Write, owner: Person, student: Person) -> None:
    """Three allowed for the teacher and two blocked for the pupil at Maple, one at Oak."""
    write(3, person=owner.key, name="maps.example")
    write(2, person=student.key, blocked=True)
    write(1, site="oak", name="oak.example", minutes_ago=7)


@pytest.mark.usefixtures("some_rows", "policy_in_force")
def test_it_sees_the_finding_of_the_whole_district(client_for: ClientFor, it_admin: Person) -> None:
    text = text_of(client_for(it_admin), "/activity/?why=support")
    assert "2 of 6 questions were blocked in the District in the last hour" in text
    assert "let through, 2 blocked</title>" in text
    assert "oak.example" in text
    assert f'href="{reverse("clause", args=["FILTER-1"])}"' in text


@pytest.mark.usefixtures("some_rows")
def test_a_principal_sees_the_own_school_only(client_for: ClientFor, principal: Person) -> None:
    text = text_of(client_for(principal), "/activity/?why=support")
    assert "2 of 5 questions were blocked at Maple Elementary in the last hour" in text
    assert "oak.example" not in text


@pytest.mark.usefixtures("some_rows")
def test_nobody_is_named(
    client_for: ClientFor, it_admin: Person, owner: Person, student: Person
) -> None:
    text = text_of(client_for(it_admin), "/activity/?last=week&why=safety")
    for person in (owner, student):
        assert str(person.key) not in text
        assert person.family_name not in text
        assert person.email not in text
    assert "127.0.0.1" not in text


@pytest.mark.usefixtures("some_rows")
def test_a_teacher_sees_the_own_questions_and_no_others(
    client_for: ClientFor, owner: Person
) -> None:
    client = client_for(owner)
    assert client.get("/activity/").status_code == 404
    for query in ("", "?category=nonsense&action=x&last=forever&site=oak&person="):
        text = text_of(client, f"/activity/mine/{query}")
        assert "None of 3 questions that you asked were blocked in the last hour" in text
        assert "bad.example" not in text


def test_a_visitor_is_sent_to_sign_in(client_for: ClientFor) -> None:
    for path in ("/activity/", "/activity/mine/"):
        answer = client_for(None).get(path)
        assert answer.status_code == 302
        assert "/account/login/" in answer["Location"]


@pytest.mark.usefixtures("some_rows")
def test_filters_narrow_the_page(
    client_for: ClientFor, it_admin: Person, policy_in_force: dict[str, ClauseText]
) -> None:
    clause = policy_in_force["FILTER-1"].clause
    Category.objects.create(
        key="adult", name="Adult sites", plain="x", clause=clause, basis="cipa-minor"
    )
    client = client_for(it_admin)
    for query in ("action=block", "category=adult", "clause=FILTER-1"):
        text = text_of(client, f"/activity/?{query}&why=case")
        assert "2 of 2 questions that fit were blocked" in text
        assert "oak.example" not in text
        assert "Adult sites" in text
    assert "No questions that fit" in text_of(client, "/activity/?action=warn")


def test_older_questions_are_in_the_longer_periods(
    client_for: ClientFor, it_admin: Person, write: Write
) -> None:
    write(1, minutes_ago=300)
    write(1, minutes_ago=3 * 24 * 60, blocked=True)
    client = client_for(it_admin)
    assert "No questions were asked in the District in the last hour" in text_of(client)
    day, week = (text_of(client, f"/activity/?last={last}") for last in ("day", "week"))
    assert "None of 1 questions were blocked in the District in the last 24 hours" in day
    assert "1 of 2 questions was blocked in the District in the last 7 days" in week


def test_an_empty_record_is_a_calm_page(
    client_for: ClientFor, it_admin: Person, instance: Instance
) -> None:
    assert "No questions were asked" in text_of(client_for(it_admin))


@pytest.mark.usefixtures("some_rows")
def test_a_file_that_cannot_be_read_is_named_to_those_who_can_mend_it(
    client_for: ClientFor, it_admin: Person, principal: Person, instance: Instance
) -> None:
    file = sorted(instance.record.glob("*/day=*/*.parquet"))[0]
    os.truncate(file, 100)
    named = text_of(client_for(it_admin))
    assert str(file) in named
    assert "2 of 3 questions" in named
    unnamed = text_of(client_for(principal))
    assert str(file) not in unnamed
    assert "could not be read" in unnamed


@pytest.mark.usefixtures("some_rows")
def test_a_look_is_a_leaf_before_anything_is_shown(
    client_for: ClientFor, principal: Person
) -> None:
    client = client_for(principal)
    text_of(client)
    text_of(client, "/activity/?last=day")
    (leaf,) = Leaf.objects.filter(verb=LOOK)
    assert (leaf.actor, leaf.object) == ("Pia Principal", "activity page")
    assert leaf.detail == {"place": "at Maple Elementary", "period": "hour"}


@pytest.mark.usefixtures("some_rows")
def test_single_questions_need_a_purpose_and_each_look_a_leaf(
    client_for: ClientFor, it_admin: Person
) -> None:
    client = client_for(it_admin)
    for query in ("", "?why=", "?why=curiosity"):
        text = text_of(client, f"/activity/{query}")
        assert "maps.example" not in text
        assert "Do you need single questions?" in text
    for _ in range(2):
        assert "maps.example" in text_of(client, "/activity/?why=safety")
    purposes = [leaf.detail.get("purpose", "") for leaf in Leaf.objects.filter(verb=LOOK)]
    assert purposes == ["", "Somebody's safety", "Somebody's safety"]


@pytest.mark.usefixtures("some_rows")
def test_looking_at_oneself_needs_no_leaf(client_for: ClientFor, owner: Person) -> None:
    text_of(client_for(owner), "/activity/mine/")
    assert not Leaf.objects.filter(verb=LOOK).exists()


@pytest.mark.usefixtures("some_rows")
def test_the_page_has_no_inline_style_or_script(client_for: ClientFor, it_admin: Person) -> None:
    text = text_of(client_for(it_admin))
    assert " style=" not in text
    assert "<style" not in text
