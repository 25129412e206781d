"""Tokens as IT sees them on a person's page, and as the command line has them."""

from __future__ import annotations

import argparse
import html
import json
import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from hornbook.district.filtering.defaults import ensure_defaults
from hornbook.district.filtering.publishing import publish, store_of
from hornbook.district.ledger.actions import Actor
from hornbook.district.ledger.models import Leaf
from hornbook.district.people import token_command
from hornbook.district.people.identifiers import chrome_salts
from hornbook.district.people.models import Device, Person, Token
from hornbook.district.people.token_command import TokenError
from hornbook.district.policy.models import ClauseText
from hornbook.instance import Instance, InstanceError
from tests.district.conftest import Sites

ClientFor = Callable[[Person | None], Client]


@pytest.fixture
def instance(
    tmp_path: Path, settings: Settings, policy_in_force: dict[str, ClauseText], actor: Actor
) -> Instance:
    """A published district in a data folder of its own."""
    found = Instance(tmp_path / "data")
    settings.INSTANCE = found
    ensure_defaults(actor=actor)
    publish(actor=actor)
    return found


def holder_at_the_nodes(token: str) -> str:
    """The key of the person whom the parts in service know by that token."""
    current = store_of().current()
    assert current is not None
    seating = store_of().load(current).seating
    return seating.seats[int(seating.by_token([token.encode()], now=time.time())[0])].person


def issue_address(person: Person) -> str:
    return reverse("token-issue", args=[person.key])


def test_it_issues_a_token_that_is_shown_once_and_good_at_once(
    instance: Instance, client_for: ClientFor, it_admin: Person, owner: Person
) -> None:
    client = client_for(it_admin)
    answer = client.post(issue_address(owner), {"label": "Olive's phone", "days": "30"})
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    found = re.search(r"<code>([a-z2-7]{32})</code>", answer.content.decode())
    assert found is not None
    assert holder_at_the_nodes(found[1]) == str(owner.key)
    page = html.unescape(client.get(reverse("person", args=[owner.key])).content.decode())
    assert "Olive's phone" in page
    assert found[1] not in page


def test_it_revokes_a_token_at_once(
    instance: Instance, client_for: ClientFor, it_admin: Person, owner: Person
) -> None:
    client = client_for(it_admin)
    answer = client.post(issue_address(owner), {"label": "Phone"}).content.decode()
    secret = re.findall(r"<code>([a-z2-7]{32})</code>", answer)[0]
    token = Token.objects.get()
    client.post(reverse("token-revoke", args=[owner.key, token.key]))
    assert holder_at_the_nodes(secret) == ""
    assert "Revoked" in client.get(reverse("person", args=[owner.key])).content.decode()


def test_a_form_that_cannot_be_used_says_why_and_issues_nothing(
    instance: Instance, client_for: ClientFor, it_admin: Person, owner: Person
) -> None:
    answer = client_for(it_admin).post(issue_address(owner), {"label": "", "days": "-1"})
    assert answer.status_code == 422
    assert not Token.objects.exists()


def test_only_it_gives_tokens_and_not_of_somebody_else(
    instance: Instance, client_for: ClientFor, it_admin: Person, hr: Person, owner: Person
) -> None:
    client_for(it_admin).post(issue_address(owner), {"label": "Phone"})
    token = Token.objects.get()
    revoke = reverse("token-revoke", args=[owner.key, token.key])
    for person in (hr, owner):
        client = client_for(person)
        assert client.post(issue_address(owner), {"label": "x"}).status_code == 404
        assert client.post(revoke).status_code == 404
    elsewhere = reverse("token-revoke", args=[hr.key, token.key])
    assert client_for(it_admin).post(elsewhere).status_code == 404
    assert client_for(None).post(revoke).status_code == 302
    assert client_for(it_admin).get(revoke).status_code == 405
    assert Token.objects.get().revoked_at is None
    assert "Issue a token" not in client_for(hr).get(f"/people/{owner.key}/").content.decode()


def test_everybody_sees_their_own_tokens(
    instance: Instance, client_for: ClientFor, it_admin: Person, owner: Person
) -> None:
    client_for(it_admin).post(issue_address(owner), {"label": "Reading tablet"})
    page = client_for(owner).get(reverse("me")).content.decode()
    assert "Reading tablet" in page
    assert "Revoke" not in page


def test_what_is_decided_stays_decided_where_nodes_cannot_be_told(
    instance: Instance, client_for: ClientFor, it_admin: Person, owner: Person
) -> None:
    (instance.parts / "current.json").write_text("torn")
    answer = client_for(it_admin).post(issue_address(owner), {"label": "Phone"})
    assert answer.status_code == 200
    assert "The nodes do not know of it yet" in answer.content.decode()
    assert Token.objects.count() == 1


# --- hornbook token ----------------------------------------------------------------------------


def run(instance: Instance, *words: str) -> int:
    parser = argparse.ArgumentParser()
    token_command.configure(parser)
    return token_command.run(parser.parse_args(words), instance)


def test_the_command_issues_lists_and_revokes(
    instance: Instance, owner: Person, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(instance, "issue", "--person", owner.email, "--label", "Phone", "--days", "7") == 0
    secret = capsys.readouterr().out.split()[1]
    assert holder_at_the_nodes(secret) == str(owner.key)
    run(instance, "list", "--json")
    told = json.loads(capsys.readouterr().out)
    assert [(t["label"], t["holder"]) for t in told] == [("Phone", f"person {owner.key}")]
    run(instance, "revoke", told[0]["key"])
    assert holder_at_the_nodes(secret) == ""
    run(instance, "list")
    assert "There is no token" in capsys.readouterr().out
    assert Leaf.objects.filter(verb__in=["issue token", "revoke token"]).count() == 2


def test_the_command_knows_devices_and_sites(
    instance: Instance, sites: Sites, capsys: pytest.CaptureFixture[str]
) -> None:
    Device.objects.create(tag="CART-1", site=sites.oak)
    run(instance, "issue", "--device", "CART-1", "--label", "Cart")
    run(instance, "issue", "--site", "oak", "--label", "Kiosk")
    run(instance, "list")
    assert "CART-1: Cart (does not end)" in capsys.readouterr().out


def test_the_command_prints_and_rotates_the_salt(
    instance: Instance, capsys: pytest.CaptureFixture[str]
) -> None:
    run(instance, "salt")
    first = capsys.readouterr().out.strip()
    run(instance, "salt", "--rotate")
    assert [capsys.readouterr().out.strip(), first] == chrome_salts(instance)
    assert first not in str(Leaf.objects.values_list())


@pytest.mark.parametrize(
    ("words", "trouble"),
    [
        (["issue", "--person", "nobody@x.test", "--label", "x"], "Nobody is known"),
        (["issue", "--device", "NONE", "--label", "x"], "“NONE” is not known"),
        (["issue", "--site", "oak", "--label", "x", "--days", "0"], "in the future"),
        (["revoke", "00000000-0000-4000-8000-000000000000"], "There is no token"),
    ],
)
def test_what_cannot_be_done_is_said_and_changes_nothing(
    instance: Instance, words: list[str], trouble: str
) -> None:
    leaves = Leaf.objects.count()
    with pytest.raises(InstanceError, match=trouble) as refused:
        run(instance, *words)
    assert isinstance(refused.value, TokenError) or "Nobody" in trouble
    assert Leaf.objects.count() == leaves
