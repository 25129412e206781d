"""A district with the default rules, seats and two small lists, in a data folder of its own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from pytest_django import Settings

from hornbook.district.filtering.defaults import ensure_defaults
from hornbook.district.filtering.models import Category, LocalEntry
from hornbook.district.ledger.actions import Actor
from hornbook.district.people.models import Person, Seat
from hornbook.district.policy.models import ClauseText
from hornbook.instance import Instance

LISTED = {
    "adult": ["naked.example"],
    "games": ["play.example", "fun.example"],
    "malware": ["virus.example"],
    "allow": ["good.fun.example"],
}


@pytest.fixture
def instance(tmp_path: Path, settings: Settings) -> Instance:
    found = Instance(tmp_path / "data")
    settings.INSTANCE = found
    return found


@pytest.fixture
def house(instance: Instance, policy_in_force: dict[str, ClauseText], actor: Actor) -> Instance:
    """Default rules and a few names that the district lists itself."""
    ensure_defaults(actor=actor)
    clause = policy_in_force["FILTER-1"].clause
    for key, names in LISTED.items():
        for name in names:
            LocalEntry.objects.create(
                name=name, category=Category.objects.get(key=key), clause=clause, reason="Test"
            )
    return instance


@pytest.fixture
def sit(db: None) -> Callable[[str, Person], Seat]:
    """Seat a person at an address."""

    def seated(address: str, person: Person) -> Seat:
        return Seat.objects.create(network=f"{address}/32", person=person)

    return seated


def born(age: int) -> date:
    """A birth date that makes somebody that old today, whatever the day."""
    return date(date.today().year - age, 1, 1)
