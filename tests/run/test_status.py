"""Status speaks from heartbeats, and an old heartbeat is not good news."""

import json
import time
from pathlib import Path

import pytest

from hornbook.instance import Instance
from hornbook.run.status import age, as_text, status


@pytest.fixture
def instance(tmp_path: Path) -> Instance:
    return Instance(tmp_path)


def serve(instance: Instance) -> None:
    ok = {"running": True, "ready": True}
    instance.beat(
        "up",
        ready=True,
        children=dict.fromkeys(("dns", "notice", "console", "worker"), ok),
        database={"ready": True, "own": True},
    )


def test_nothing_runs_at_first(instance: Instance) -> None:
    found = status(instance)
    assert not found["ready"]
    assert not found["running"]
    assert "not running" in as_text(found)


def test_ready_once_everything_serves(instance: Instance) -> None:
    serve(instance)
    instance.beat("dns", ready=True, answered=12)
    found = status(instance)
    assert found["ready"]
    assert found["parts"]["dns"]["facts"]["answered"] == 12


def test_an_old_heartbeat_means_down(instance: Instance) -> None:
    serve(instance)
    found = status(instance, now=time.time() + 60)
    assert not found["ready"]
    assert not found["parts"]["dns"]["ready"]


def test_the_published_parts_are_named_with_their_age(instance: Instance) -> None:
    body = {"catalogue": "a" * 64, "rulebook": "b" * 64, "seating": "c" * 64}
    (instance.parts / "current.json").write_text(json.dumps(body))
    assert "catalogue aaaaaaaaaaaa" in as_text(status(instance))


@pytest.mark.parametrize(
    ("seconds", "words"), [(40, "40 s"), (720, "12 min"), (18000, "5 h"), (260000, "3 days")]
)
def test_ages_read_like_speech(seconds: float, words: str) -> None:
    assert age(seconds) == words
