"""Sign-in by a directory: a real OpenID Connect provider on this machine."""

from __future__ import annotations

import argparse
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
from django.test import Client
from django.urls import reverse
from oidc_provider_mock import run_server_in_thread
from pytest_django import Settings

from hornbook.district.ledger.actions import Actor
from hornbook.district.ledger.models import Leaf
from hornbook.district.people.models import Person, Role
from hornbook.district.people.signin import command
from hornbook.district.people.signin.actions import Wanted, set_rule
from hornbook.district.people.signin.providers import (
    FILE,
    Provider,
    as_settings,
    read_providers,
    write_providers,
)
from hornbook.instance import Instance, InstanceError

HOME = ("/", "/today/")  # where people land who have something to do


@dataclass
class Directory:
    """A provider that is set up here."""

    issuer: str
    settings: Settings

    def set_up(self, *, vouches: bool = False, second_step: bool = False) -> None:
        facts = {
            "name": "Campus",
            "client_id": "hornbook",
            "secret": "s",
            "domain": "district.test",
        }
        found = Provider(
            "campus", issuer=self.issuer, vouches=vouches, second_step=second_step, **facts
        )
        self.settings.SOCIALACCOUNT_PROVIDERS = as_settings([found])

    def knows(self, sub: str, email: str, *, verified: bool | None = True) -> None:
        claims = {"email": email} | ({} if verified is None else {"email_verified": verified})
        requests.put(f"{self.issuer}/users/{sub}", json=claims, timeout=5).raise_for_status()

    def sign_in(self, browser: Client, sub: str) -> str:
        """Press the button, say yes at the provider, come back; where that leads."""
        start = browser.post(reverse("openid_connect_login", args=["campus"]))
        asked = requests.post(
            start.headers["Location"], data={"sub": sub}, allow_redirects=False, timeout=5
        )
        back = urlsplit(asked.headers["Location"])
        reply = browser.get(f"{back.path}?{back.query}")
        return str(reply.headers.get("Location") or reply.status_code)


@pytest.fixture
def directory(settings: Settings, db: None) -> Iterator[Directory]:
    with run_server_in_thread() as server:
        found = Directory(f"http://127.0.0.1:{server.server_port}", settings)
        found.set_up()
        yield found


def test_somebody_of_the_roster_comes_in_by_the_directory(
    directory: Directory, owner: Person
) -> None:
    directory.knows("42", owner.email.upper())
    browser = Client()
    assert "Sign in with Campus" in browser.get("/account/login/").content.decode()
    assert directory.sign_in(browser, "42") in HOME
    assert str(owner) in browser.get("/me/").content.decode()


def test_later_the_directorys_own_number_counts(directory: Directory, owner: Person) -> None:
    directory.knows("42", owner.email)
    directory.sign_in(Client(), "42")
    assert owner.user is not None
    owner.user.email = "new.name@district.test"
    owner.user.save()
    browser = Client()
    assert directory.sign_in(browser, "42") in HOME
    assert browser.get("/me/").status_code == 200


@pytest.mark.parametrize(
    ("email", "verified"),
    [
        ("olive.owner@district.test", False),
        ("olive.owner@district.test", None),
        ("olive.owner@elsewhere.test", True),
        ("nobody@district.test", True),
    ],
)
def test_who_is_not_vouched_for_stays_outside(
    directory: Directory, owner: Person, email: str, verified: bool | None
) -> None:
    directory.knows("13", email, verified=verified)
    browser = Client()
    assert directory.sign_in(browser, "13") == "403"
    assert browser.get("/me/").status_code == 302


def test_a_directory_of_the_districts_own_addresses_may_vouch(
    directory: Directory, owner: Person
) -> None:
    directory.set_up(vouches=True)
    directory.knows("42", owner.email, verified=None)
    assert directory.sign_in(Client(), "42") in HOME


def test_a_leaver_stays_outside(directory: Directory, owner: Person) -> None:
    directory.knows("42", owner.email)
    directory.sign_in(Client(), "42")
    assert owner.user is not None
    owner.user.is_active = False
    owner.user.save()
    browser = Client()
    directory.sign_in(browser, "42")
    assert browser.get("/me/").status_code == 302


def test_a_directory_that_asks_for_a_second_step_spares_ours(
    directory: Directory, owner: Person, actor: Actor
) -> None:
    set_rule(actor=actor, wanted=Wanted(Role.TEACHER, second_step=True))
    directory.knows("42", owner.email)
    plain, strong = Client(), Client()
    directory.sign_in(plain, "42")
    assert plain.get("/me/").headers["Location"] == reverse("mfa_index")
    directory.set_up(second_step=True)
    directory.sign_in(strong, "42")
    assert strong.get("/me/").status_code == 200


def test_a_directory_that_is_down_is_said_plainly(settings: Settings, db: None) -> None:
    Directory("http://127.0.0.1:9", settings).set_up()
    page = Client().post(reverse("openid_connect_login", args=["campus"]))
    assert page.status_code == 502
    assert "Your directory does not answer" in page.content.decode()


def test_who_stops_at_the_directory_is_told_what_to_do_next(directory: Directory) -> None:
    browser = Client()
    start = browser.post(reverse("openid_connect_login", args=["campus"]))
    asked = requests.post(
        start.headers["Location"], data={"action": "deny"}, allow_redirects=False, timeout=5
    )
    back = urlsplit(asked.headers["Location"])
    page = browser.get(f"{back.path}?{back.query}", follow=True)
    assert "Back to the sign-in" in page.content.decode()


def test_an_answer_that_was_not_asked_for_lets_nobody_in(directory: Directory) -> None:
    browser = Client()
    reply = browser.get(reverse("openid_connect_callback", args=["campus"]), {"code": "x"})
    assert reply.status_code == 502
    assert browser.get("/me/").status_code == 302


def run(instance: Instance, *words: str) -> int:
    parser = argparse.ArgumentParser()
    command.configure(parser)
    return command.run(parser.parse_args(words), instance)


def test_the_command_keeps_the_secret_closed_to_others(
    tmp_path: Path, db: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    instance = Instance(tmp_path)
    monkeypatch.setattr("sys.stdin", io.StringIO("top-secret\n"))
    words = ("--client-id", "abc", "--domain", "School.example")
    assert run(instance, "add", "google", *words) == 0
    assert "/account/oidc/google/login/callback/" in capsys.readouterr().out
    path = tmp_path / "secrets" / FILE
    assert path.stat().st_mode & 0o777 == 0o600
    (found,) = read_providers(instance)
    assert (found.issuer, found.domain) == ("https://accounts.google.com", "school.example")
    assert (found.secret, found.name) == ("top-secret", "Google")
    assert "top-secret" not in str(Leaf.objects.get().detail)
    run(instance, "remove", "google")
    assert read_providers(instance) == []
    with pytest.raises(InstanceError, match="Known: none"):
        run(instance, "remove", "google")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[google", "sign-in.toml"),
        ('[google]\nname = "G"', "missing"),
        ("google = 1", "as a table"),
    ],
)
def test_a_broken_file_names_the_place(tmp_path: Path, text: str, why: str) -> None:
    instance = Instance(tmp_path)
    write_providers(instance, [])
    (tmp_path / "secrets" / FILE).write_text(text)
    with pytest.raises(InstanceError, match=why):
        read_providers(instance)


def test_a_directory_without_tls_is_refused(
    tmp_path: Path, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("x\n"))
    words = ("--client-id", "a", "--domain", "b.example", "--issuer", "http://idp.example")
    with pytest.raises(InstanceError, match="https"):
        run(Instance(tmp_path), "add", "entra", *words)
