"""Directories in the console, and on the command line."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from hornbook.district.ledger.actions import Actor
from hornbook.district.ledger.models import Leaf
from hornbook.district.people.models import Person, Role, ScimGroup, ScimSource
from hornbook.district.people.permissions import has_role
from hornbook.district.people.scim import command
from hornbook.district.people.scim.actions import SourceError, write_group
from tests.district.conftest import Sites

ClientFor = Callable[[Person | None], Client]


@pytest.fixture
def group(actor: Actor, owner: Person) -> ScimGroup:
    return write_group(
        actor=actor,
        group=ScimGroup(),
        display_name="Coaches of Maple",
        external_id="",
        members=[owner.key],
    )


def test_it_lets_a_directory_in_and_sees_the_token_once(
    client_for: ClientFor, it_admin: Person
) -> None:
    page = client_for(it_admin).post(reverse("directory-let-in"), {"key": "entra"})
    found = re.search(r"<dt>Token</dt><dd><code>([\w-]{43})</code>", page.content.decode())
    assert found is not None
    directory = Client(headers={"Authorization": f"Bearer {found[1]}"})
    assert directory.get("/scim/v2/Users").status_code == 200
    assert found[1] not in client_for(it_admin).get(reverse("directory")).content.decode()


def test_a_name_that_is_taken_is_said_beside_the_field(
    client_for: ClientFor, it_admin: Person, token: str
) -> None:
    page = client_for(it_admin).post(reverse("directory-let-in"), {"key": "entra"})
    assert page.status_code == 422
    assert "may write already" in page.content.decode()


def test_revoking_ends_it_at_once(
    client_for: ClientFor, it_admin: Person, directory: Client
) -> None:
    client_for(it_admin).post(reverse("directory-shut-out", args=["entra"]))
    assert directory.get("/scim/v2/Users").status_code == 401
    assert Leaf.objects.filter(verb="shut a directory out").exists()


def test_hr_says_what_a_group_means(
    client_for: ClientFor, hr: Person, group: ScimGroup, owner: Person, sites: Sites
) -> None:
    address = reverse("directory-group", args=[group.key])
    reply = client_for(hr).post(address, {"role": "coach", "site": sites.maple.pk})
    assert reply.status_code == 302
    assert has_role(owner, Role.COACH, site=sites.maple)
    client_for(hr).post(address, {"role": "", "site": ""})
    assert not has_role(owner, Role.COACH)


def test_a_role_without_a_site_is_refused(
    client_for: ClientFor, hr: Person, group: ScimGroup
) -> None:
    address = reverse("directory-group", args=[group.key])
    page = client_for(hr).post(address, {"role": "coach", "site": ""})
    assert "Choose both a role and a site" in page.content.decode()


def test_hr_may_not_let_a_directory_in(client_for: ClientFor, hr: Person, token: str) -> None:
    client = client_for(hr)
    assert client.post(reverse("directory-let-in"), {"key": "other"}).status_code == 404
    assert client.post(reverse("directory-shut-out", args=["entra"])).status_code == 404
    assert ScimSource.objects.filter(revoked_at=None).count() == 1


def test_strangers_find_nothing_here(
    client_for: ClientFor, stranger: Person, other_principal: Person, group: ScimGroup
) -> None:
    for person in (stranger, other_principal):
        client = client_for(person)
        assert client.get(reverse("directory")).status_code == 404
        assert client.get(reverse("directory-group", args=[group.key])).status_code == 404


@pytest.mark.django_db
def test_the_command_line_lets_in_lists_and_shuts_out(capsys: pytest.CaptureFixture[str]) -> None:
    def run(*words: str) -> str:
        parser = argparse.ArgumentParser()
        command.configure(parser)
        assert command.run(parser.parse_args(words), settings.INSTANCE) == 0
        return capsys.readouterr().out

    token = run("add", "google").strip()
    assert len(token) == 43
    assert "heard last: never" in run("list")
    Client(headers={"Authorization": f"Bearer {token}"}).get("/scim/v2/Users")
    assert "UTC" in run("list")
    run("revoke", "google")
    assert run("list") == ""
    with pytest.raises(SourceError, match="No directory google"):
        run("revoke", "google")
    with pytest.raises(SourceError, match="small letters"):
        run("add", "Google Workspace")
