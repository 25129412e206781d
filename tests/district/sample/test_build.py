from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from django.contrib.auth import authenticate
from django.db import transaction
from django.test import override_settings
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from hornbook.district.filtering.models import Category, ListVersion, Publication, Rule
from hornbook.district.ledger.models import Leaf
from hornbook.district.people.models import (
    Device,
    Enrollment,
    Person,
    Role,
    RoleAssignment,
    Seat,
    Site,
    SiteKind,
)
from hornbook.district.policy.models import ClauseText
from hornbook.district.sample import build
from hornbook.district.sample.schools import SIGN_IN
from hornbook.instance import Instance

# One build serves all stories here, so they must not change it.


# The mark is what makes pytest-django set the database up, also when this file runs alone.
pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def sample(
    tmp_path_factory: pytest.TempPathFactory,
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[Instance]:
    instance = Instance(tmp_path_factory.mktemp("sample"))
    quick = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    with (
        django_db_blocker.unblock(),
        override_settings(INSTANCE=instance, PASSWORD_HASHERS=quick),
        transaction.atomic(),
    ):
        build.build_sample()
        yield instance
        transaction.set_rollback(True)


def seated(address: str) -> Person:
    person = Seat.objects.get(network=f"{address}/32").person
    assert person is not None
    return person


def test_one_build_makes_a_whole_district(sample: Instance) -> None:
    today = timezone.localdate()
    assert Site.objects.exclude(kind=SiteKind.DISTRICT).count() == 6
    assert RoleAssignment.objects.active(today).filter(role=Role.STUDENT).count() == 240
    working = RoleAssignment.objects.active(today).exclude(role=Role.STUDENT)
    assert {assignment.role for assignment in working} == set(Role.values) - {
        Role.STUDENT,
        Role.GUARDIAN,
    }
    assert 55 <= working.values("person").distinct().count() <= 70
    assert working.filter(role=Role.PRINCIPAL).values("site").distinct().count() == 6
    assert Enrollment.objects.count() > 500
    assert Device.objects.count() == 48
    assert ClauseText.objects.in_force(today).count() >= 40
    assert Rule.objects.exists()
    assert set(ListVersion.objects.values_list("source__category__key", flat=True)) <= set(
        Category.objects.values_list("key", flat=True)
    )
    assert Publication.objects.count() == 1
    assert (sample.parts / "current.json").exists()
    assert Leaf.objects.filter(verb="import roster").count() == 2


def test_loopback_addresses_are_the_promised_people(sample: Instance) -> None:
    today = timezone.localdate()
    expected = {
        "127.0.0.1": (Role.STUDENT, SiteKind.ELEMENTARY, 9),
        "127.0.0.2": (Role.STUDENT, SiteKind.MIDDLE, 12),
        "127.0.0.3": (Role.STUDENT, SiteKind.HIGH, 17),
        "127.0.0.4": (Role.TEACHER, SiteKind.ELEMENTARY, None),
        "127.0.0.5": (Role.PRINCIPAL, SiteKind.ELEMENTARY, None),
        "127.0.0.6": (Role.IT, SiteKind.DISTRICT, None),
    }
    found = {}
    for address in expected:
        person = seated(address)
        role = person.roles.select_related("site").first()
        assert role is not None
        found[address] = (role.role, role.site.kind, person.age_on(today))
    assert found == expected


def test_every_account_opens_with_the_one_random_password(sample: Instance) -> None:
    lines = build.sign_in_lines(sample)
    assert ("teacher@maplevalley.example", "Teacher") in lines
    assert len(lines) == len(SIGN_IN)
    password = sample.secret("sample-password")
    assert authenticate(None, email=lines[0][0], password=password) is not None
    assert authenticate(None, email=lines[0][0], password="sample") is None
    assert build.welcome(sample)["try_name"] == "adult-pictures.example"


def test_a_second_build_changes_nothing_and_is_quick(sample: Instance) -> None:
    leaves = Leaf.objects.count()
    began = time.monotonic()
    build.build_sample()
    assert time.monotonic() - began < 1
    assert Leaf.objects.count() == leaves
