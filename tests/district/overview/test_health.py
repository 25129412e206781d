"""Is it up? For people and for machines."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from django.db import OperationalError, connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.test import Client

from hornbook.district.overview.health import all_up, health
from hornbook.district.people.models import User
from hornbook.instance import Instance

pytestmark = pytest.mark.django_db


@pytest.fixture
def instance(tmp_path: Path) -> Instance:
    return Instance(tmp_path)


def states(instance: Instance, now: float | None = None) -> dict[str, str]:
    return {part.part: part.state for part in health(instance, now)}


def test_a_part_that_beats_and_is_ready_is_up(instance: Instance) -> None:
    for part in ("dns", "notice", "worker"):
        instance.beat(part, ready=True)
    assert states(instance) == dict.fromkeys(
        ("dns", "notice", "worker", "console", "postgres"), "up"
    )
    assert all_up(health(instance))


def test_a_part_that_was_never_heard_of_is_down(instance: Instance) -> None:
    assert states(instance)["dns"] == "down"


def test_a_part_that_fell_silent_is_down(instance: Instance) -> None:
    instance.beat("dns", ready=True)
    assert states(instance, now=time.time() + 60)["dns"] == "down"


def test_a_part_that_beats_but_is_not_ready_is_told_apart(instance: Instance) -> None:
    instance.beat("dns", ready=False)
    assert states(instance)["dns"] == "late"


def test_a_torn_heartbeat_counts_as_none(instance: Instance) -> None:
    (instance.run / "dns.json").write_text('{"part": "dns", "at"')
    assert states(instance)["dns"] == "down"


def test_the_status_page_is_public_and_tells_no_secret(client: Client) -> None:
    page = client.get("/status/").content.decode()
    assert "Something does not answer" in page
    assert "Traceback" not in page
    assert "pid" not in page
    assert str(Instance.at().root) not in page


@pytest.mark.parametrize("signed_in", [False, True])
def test_the_status_page_answers_while_the_database_is_down(
    signed_in: bool, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    if signed_in:
        client.force_login(User.objects.create_user("somebody@district.test"))

    def refuse(connection: object) -> None:
        raise OperationalError("the database is down")

    with monkeypatch.context() as patch:
        patch.setattr(BaseDatabaseWrapper, "ensure_connection", refuse)
        answer = client.get("/status/")
        machine = client.get("/readyz")
    assert answer.status_code == 200
    page = answer.content.decode()
    assert "Database" in page
    assert "light-down" in page
    assert machine.status_code == 503


def test_machines_get_json(client: Client) -> None:
    assert client.get("/healthz").json() == {"ok": True}
    ready = client.get("/readyz")
    assert ready.status_code == 200
    assert ready.json() == {"ready": True, "database": True, "migrations": True}


def test_readyz_says_no_while_a_table_is_missing_its_migration(client: Client) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'policy'")
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {"ready": False, "database": True, "migrations": False}


def test_nobody_posts_to_the_front_door(client: Client) -> None:
    assert client.post("/").status_code == 405
