"""A directory that may write here, and its client."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import Client

from hornbook.district.ledger.actions import Actor
from hornbook.district.people.scim.actions import add_source


@pytest.fixture
def token(actor: Actor) -> str:
    return add_source(actor=actor, key="entra")


@pytest.fixture
def directory(token: str) -> Client:
    return Client(headers={"Authorization": f"Bearer {token}"})


@pytest.fixture
def application(db: None) -> Iterator[WSGIHandler]:
    """The console as a web server sees it, inside the test's transaction."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield WSGIHandler()
    for signal in signals:
        signal.connect(close_old_connections)
