from __future__ import annotations

from pathlib import Path

import pytest
from django.contrib.auth import authenticate
from pytest_django import Settings

from hornbook.district.ledger.actions import SYSTEM
from hornbook.district.people.actions import apply_roster, known
from hornbook.district.people.models import Person, Role, Site, SiteKind
from hornbook.district.people.roster.reading import read_delivery
from hornbook.district.sample import build
from hornbook.instance import Instance
from tests.district.people.deliveries import whole

pytestmark = pytest.mark.django_db


@pytest.fixture
def instance(tmp_path: Path, settings: Settings) -> Instance:
    found = Instance(tmp_path)
    settings.INSTANCE = found
    return found


def test_where_there_is_a_district_there_is_no_sample(instance: Instance) -> None:
    Site.objects.create(key="ours", name="Our own", kind=SiteKind.DISTRICT)
    assert build.build_sample().accounts == []
    assert not Person.objects.exists()
    assert build.welcome(instance) == {"district": "Our own", "accounts": []}


def test_an_empty_district_gets_one_account_and_takes_its_name_from_the_first_roster(
    instance: Instance,
) -> None:
    build.ensure_first_account(instance)
    build.ensure_first_account(instance)
    person = Person.objects.get()
    assert person.roles.get().role == Role.IT
    assert authenticate(None, email=person.email, password=instance.secret("sample-password"))
    apply_roster(actor=SYSTEM, roster=read_delivery(whole(), known()))
    assert Site.objects.get(kind=SiteKind.DISTRICT).name == "Plum Creek Schools"
    person.refresh_from_db()
    assert person.active
    assert build.welcome(instance)["accounts"] == [(person.email, "IT administrator")]
