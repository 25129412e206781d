"""IT of a school makes the files of its devices; nobody else does, and each time is a leaf."""

from __future__ import annotations

import io
import json
import plistlib
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings as DjangoSettings

from hornbook.district.ledger.models import Leaf
from hornbook.district.people.identifiers import digest
from hornbook.district.people.models import Person, Role, Token
from hornbook.instance import Instance, Settings
from tests.district.conftest import MakePerson, Sites

ClientFor = Callable[[Person | None], Client]
ADDRESS = "/people/devices/"
WANTED = {"site": "maple", "group": "people", "days": "30", "address": "10.4.0.2"}


@pytest.fixture(autouse=True)
def instance(settings: DjangoSettings, tmp_path: Path) -> Instance:
    found = Instance(tmp_path)
    found.save(Settings(dns_name="filter.district.example"))
    settings.INSTANCE = found
    return found


@pytest.fixture
def school_it(make_person: MakePerson, sites: Sites) -> Person:
    """IT of Maple alone."""
    return make_person("Ivo Itmaple", Role.IT, sites.maple)


def unpacked(body: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_the_files_hold_a_token_that_stands_for_the_site(
    school_it: Person, client_for: ClientFor, instance: Instance
) -> None:
    answer = client_for(school_it).post(ADDRESS, WANTED)
    assert answer["Content-Disposition"] == 'attachment; filename="devices-maple-people.zip"'
    made = unpacked(answer.content)
    policies = json.loads(made["chrome.json"])
    secret = policies["DnsOverHttpsTemplates"].rpartition("/")[2].removesuffix("{?dns}")
    token = Token.objects.get(sha256=digest(secret).hex())
    assert token.site is not None
    assert (token.site.key, str(token)) == ("maple", "Devices, each person signs in")
    assert policies["DnsOverHttpsSalt"] == instance.secret("chrome-salt-1")[:32]
    profile = plistlib.loads(made["apple.mobileconfig"])
    assert profile["PayloadContent"][-1]["DNSSettings"]["ServerAddresses"] == ["10.4.0.2"]
    leaf = Leaf.objects.get(verb="make profiles")
    assert leaf.detail == {"group": "people", "token": str(token.key)}
    assert secret not in str(list(Leaf.objects.values_list("detail", "object")))


def test_it_of_a_school_makes_none_for_another(school_it: Person, client_for: ClientFor) -> None:
    client = client_for(school_it)
    page = client.get(ADDRESS).content.decode()
    assert "Maple Elementary" in page
    assert "Oak Elementary" not in page
    assert client.post(ADDRESS, WANTED | {"site": "oak"}).status_code == 422
    assert not Token.objects.exists()


def test_others_have_no_such_page(
    owner: Person, principal: Person, hr: Person, client_for: ClientFor
) -> None:
    for person in (owner, principal, hr):
        assert client_for(person).get(ADDRESS).status_code == 404
        assert client_for(person).post(ADDRESS, WANTED).status_code == 404


def test_a_token_is_revoked_by_it_of_its_site_only(
    school_it: Person,
    it_admin: Person,
    make_person: MakePerson,
    sites: Sites,
    client_for: ClientFor,
) -> None:
    client_for(it_admin).post(ADDRESS, WANTED)
    token = Token.objects.get()
    address = f"{ADDRESS}{token.key}/revoke/"
    other = make_person("Ola Itoak", Role.IT, sites.oak)
    assert client_for(other).post(address).status_code == 404
    answer = client_for(school_it).post(address, follow=True)
    assert "Revoked" in answer.content.decode()
    token.refresh_from_db()
    assert token.revoked_at is not None


def test_what_cannot_be_used_is_told(school_it: Person, client_for: ClientFor) -> None:
    answer = client_for(school_it).post(ADDRESS, WANTED | {"address": "filter", "days": "0"})
    text = answer.content.decode()
    assert answer.status_code == 422
    assert "Write it like 10.4.0.2" in text
    assert not Token.objects.exists()


def test_a_filter_without_a_name_says_so(
    school_it: Person, client_for: ClientFor, instance: Instance
) -> None:
    instance.save(Settings())
    assert "The filter has no name yet" in client_for(school_it).get(ADDRESS).content.decode()
