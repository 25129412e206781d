"""The dashboards: sums by school with small cells hidden, and no other school's for a principal."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from hornbook.district.activity.numbers.figures import Asks, work_out
from hornbook.district.activity.numbers.small import rounded, shown
from hornbook.district.filtering.models import Ask
from hornbook.district.ledger.models import Leaf
from hornbook.district.people.models import Person
from hornbook.instance import Instance
from hornbook.record.lake import Where
from tests.district.activity.conftest import Write

ClientFor = Callable[[Person | None], Client]
ADDRESS = "/activity/numbers/"
DAY_AGO = 26 * 60


def test_a_principal_sees_the_own_school_only(
    write: Write, principal: Person, client_for: ClientFor
) -> None:
    write(40, site="maple")
    write(30, site="oak", blocked=True)
    text = client_for(principal).get(ADDRESS).content.decode()
    assert "40 questions at Maple Elementary in 14 days, 0.0 % of them blocked" in text
    assert "Oak" not in text
    assert "Is everything up?" not in text
    assert Leaf.objects.filter(object="activity numbers").count() == 1


def test_the_district_sees_every_school_with_small_cells_hidden(
    write: Write, superintendent: Person, client_for: ClientFor
) -> None:
    write(40, site="maple")
    write(30, site="maple", blocked=True)
    write(20, site="oak")
    write(3, site="oak", blocked=True)
    text = client_for(superintendent).get(ADDRESS).content.decode()
    assert "93 questions in the District in 14 days" in text
    assert "under 10" in text
    assert "not shown" in text  # Maple's blocks would tell Oak's, beside the sum
    assert "FILTER-1" in text
    assert "Is everything up?" in text


def test_teachers_have_no_numbers(owner: Person, client_for: ClientFor) -> None:
    assert client_for(owner).get(ADDRESS).status_code == 404


def test_new_names_are_shown_when_five_people_asked(
    db: None, write: Write, instance: Instance
) -> None:
    write(4, minutes_ago=DAY_AGO, name="known.example")
    for number in range(5):
        write(1, minutes_ago=1, name="new.example", person=f"p{number}")
    write(9, minutes_ago=1, name="secret.example", person="p1")
    write(1, minutes_ago=1, name="known.example")
    found = work_out(instance.record, Where(), timezone.now(), ())
    assert found.new_names == 2
    assert [row["name"] for row in found.new_shown] == ["new.example"]


def test_the_bypass_signal_counts_blocked_ways_around(
    db: None, write: Write, instance: Instance
) -> None:
    write(6, blocked=True, category="bypass")
    write(5, category="bypass")
    write(2, blocked=True)
    found = work_out(instance.record, Where(), timezone.now(), ("bypass",))
    assert (found.bypass, found.blocked) == (6, 8)


def test_requests_are_in_time_late_or_waiting(instance: Instance, owner: Person) -> None:
    now = timezone.now()
    for number, (hours, took) in enumerate([(30, 2), (50, 40), (40, None), (3, None)]):
        asked = now - timedelta(hours=hours)
        Ask.objects.create(
            receipt=f"r-{number}",
            person=owner,
            person_label="x",
            name="a.example",
            clause_version="FILTER-1@1",
            asked_at=asked,
            decided_at=asked + timedelta(hours=took) if took else None,
        )
    assert work_out(instance.record, Where(), now, ()).asks == Asks(1, 2, 1)
    maple = work_out(instance.record, Where(sites=("maple",)), now, ()).asks
    oak = work_out(instance.record, Where(sites=("oak",)), now, ()).asks
    assert (maple, oak) == (Asks(1, 2, 1), Asks())


@pytest.mark.parametrize(("number", "words"), [(0, "0"), (9, "under 10"), (1234, "1,234")])
def test_small_numbers_are_not_shown(number: int, words: str) -> None:
    assert shown(number) == words


def test_a_hidden_cell_cannot_be_worked_out_from_the_sum() -> None:
    assert rounded({"a": 3, "b": 50, "c": 20}) == {"a": "under 10", "b": "50", "c": "not shown"}
    assert rounded({"a": 3, "b": 4, "c": 20})["c"] == "20"
