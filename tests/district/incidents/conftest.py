"""The desk of the fixed cast, and a fresh count of tries."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core.cache import cache
from django.test import Client

from hornbook.district.incidents.actions import set_desk
from hornbook.district.incidents.models import Desk
from hornbook.district.ledger.actions import Actor
from hornbook.district.people.models import Person, Role
from hornbook.district.policy.models import ClauseText
from tests.district.conftest import MakePerson, Sites

ClientFor = Callable[[Person | None], Client]


@pytest.fixture(autouse=True)
def _no_tries_left_over() -> None:
    cache.clear()


@pytest.fixture
def desk(actor: Actor, policy_in_force: dict[str, ClauseText]) -> Desk:
    """IT may close accounts by SECURE-1; the lesson is about SAFE-1."""
    return set_desk(
        actor=actor,
        phone="515-555-0100",
        place="room 12",
        account_clause=policy_in_force["SECURE-1"].clause,
        lesson_clause=policy_in_force["SAFE-1"].clause,
    )


@pytest.fixture
def custodian(make_person: MakePerson, sites: Sites) -> Person:
    return make_person("Cora Keeper", Role.CUSTODIAN, sites.central)
