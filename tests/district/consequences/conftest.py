"""A decision that stands, with its gates; and other systems that really speak SCIM over HTTP."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
import requests
from django.conf import settings
from django.test import Client
from django.utils import timezone
from pytest_django import Settings
from scim2_server.memory import InMemoryStorage
from scim2_server.testserver.application import BearerTokenApplication
from scim2_server.utils import load_default_provider

from hornbook.district.conduct.models import Case, Consequence, Decision, Notice, Seat
from hornbook.district.conduct.sealing import Ring, new_envelope
from hornbook.district.people.models import Person
from hornbook.district.policy.models import ClauseText
from hornbook.instance import Instance
from tests.district.conftest import Sites

ClientFor = Callable[[Person | None], Client]
TOKEN = "a token of the other system"


class MakeConsequence:
    """``make()``: restricted access of a fortnight for Olive, decided by Pia's principal."""

    def __init__(self, subject: Person, lead: Person, text: ClauseText, sites: Sites) -> None:
        self._subject, self._lead, self._text, self._sites = subject, lead, text, sites
        self._count = 0

    def __call__(
        self,
        *,
        sort: str = "restriction",
        ends_on: date | None = None,
        decider: Person | None = None,
    ) -> Consequence:
        self._count += 1
        today, now = timezone.localdate(), timezone.now()
        case = Case.objects.create(
            number=f"2026-{self._count:04}",
            title="A test case",
            kind="malware",
            site=self._sites.maple,
            conduct_on=today,
            subject=self._subject,
            lead=self._lead,
            envelope=new_envelope(Ring.of(settings.INSTANCE))[0],
        )
        Seat.objects.create(
            case=case, person=self._lead, capacity="lead", why="runs it", given_by="test"
        )
        Notice.objects.create(
            case=case,
            round=0,
            words="You are said to have …",
            law="Iowa Code 22.15",
            how="screen",
            given_on=today,
            answer_by=today + timedelta(days=7),
            closes_at=now + timedelta(days=8),
            given_by="test",
        )
        decision = Decision.objects.create(
            case=case,
            round=0,
            outcome="restriction",
            weight=4,
            severity="minor",
            reason="It was used to get around the filter.",
            decided_by=decider or self._lead,
            decided_on=today,
            appeal_by=today + timedelta(days=14),
        )
        last = ends_on or today + timedelta(days=14)
        return Consequence.objects.create(
            decision=decision,
            sort=sort,
            clause_text=self._text,
            words="For two weeks only school pages open.",
            starts_on=today,
            ends_on=last if sort == "restriction" else ends_on,
            made_by="test",
        )


@pytest.fixture
def make_consequence(
    owner: Person, principal: Person, policy_in_force: dict[str, ClauseText], sites: Sites
) -> MakeConsequence:
    return MakeConsequence(owner, principal, policy_in_force["BYPASS-1"], sites)


# --- other systems ---


class Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Not on the screen of the tests."""


@dataclass
class Other:
    """A running SCIM service of somebody else (scim2-server), asked over real HTTP."""

    url: str
    ids: dict[str, str] = field(default_factory=dict)

    def add(self, email: str, *, active: bool = True) -> None:
        schema = "urn:ietf:params:scim:schemas:core:2.0:User"
        body = {"schemas": [schema], "userName": email, "active": active}
        self.ids[email] = self._ask("POST", "/Users", body)["id"]

    def active(self, email: str) -> bool:
        return bool(self._ask("GET", f"/Users/{self.ids[email]}")["active"])

    def _ask(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/scim+json"}
        data = json.dumps(body) if body else None
        reply = requests.request(method, self.url + path, data=data, headers=headers, timeout=10)
        assert reply.ok, reply.text
        found: dict[str, Any] = reply.json()
        return found


@pytest.fixture
def serve() -> Iterator[Callable[[], Other]]:
    """Start such a service on a free port; it ends with the test."""
    running = []

    def start() -> Other:
        application = BearerTokenApplication(
            InMemoryStorage(), load_default_provider(), bearer_tokens=[TOKEN]
        )
        server = make_server("127.0.0.1", 0, application, handler_class=Quiet)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        running.append(server)
        return Other(f"http://127.0.0.1:{server.server_port}/v2")

    yield start
    for server in running:
        server.shutdown()
        server.server_close()


@pytest.fixture
def write_systems(settings: Settings, tmp_path: Path) -> Callable[..., None]:
    """``write_systems(lms=url, …)``: what IT writes into ``secrets/outside.toml``."""
    settings.INSTANCE = Instance(tmp_path)
    folder = settings.INSTANCE.folder("secrets", 0o700)

    def write(token: str = TOKEN, **urls: str) -> None:
        parts = [
            f'[{key}]\nname = "System {key}"\nurl = "{url}"\ntoken = "{token}"\n'
            for key, url in urls.items()
        ]
        (folder / "outside.toml").write_text("\n".join(parts))

    return write
