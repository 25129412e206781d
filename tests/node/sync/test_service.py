"""A node keeps in step with its console, and with nothing else, whatever the console does."""

from __future__ import annotations

import json
import re
import resource
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from hornbook.node import partstore
from hornbook.node.partstore import Current
from hornbook.node.sync import service, web
from hornbook.node.sync.service import Sync, serve
from tests.node.sync.conftest import Console


def in_force(node: Sync) -> Current | None:
    return node.follower.store.current()


def test_a_new_node_pulls_what_is_in_force(console: Console, node: Sync) -> None:
    published = console.publish("adult.example")
    node.look()
    assert in_force(node) == published
    assert node.follower.store.load(published).hashes == published.hashes
    facts = node.facts()
    assert (facts["in_step"], facts["problem"], facts["number"]) == (True, "", 1)


def test_a_change_of_seats_brings_only_the_seating(console: Console, node: Sync) -> None:
    console.publish("adult.example")
    node.look()
    console.sent.clear()
    seated = console.publish("adult.example", default_profile="staff")
    node.look()
    assert console.sent == ["current.json", f"{seated.seating}.part"]
    assert in_force(node) == seated


def test_nothing_is_sent_while_nothing_changes(console: Console, node: Sync) -> None:
    console.publish("adult.example")
    node.look()
    console.sent.clear()
    node.look()
    node.look()
    assert console.sent == []


Spoil = Callable[[str, bytes], bytes | None]
LIES: dict[str, tuple[Spoil, str]] = {
    "torn": (lambda path, body: body[:-100] if "part" in path else body, "is not that part"),
    "broken off": (lambda path, body: None if "part" in path else body, "does not answer"),
    "other octets": (lambda path, body: b"x" + body if "part" in path else body, "not that part"),
    "no publication": (lambda path, body: b"<html>", "tells no publication"),
    "a path for a hash": (
        lambda path, body: body.replace(b'"catalogue": "', b'"catalogue": "../'),
        "tells no publication",
    ),
    "far too long": (lambda path, body: body + b" " * 70_000, "tells no publication"),
    "no time": (
        lambda path, body: re.sub(rb'"at": [0-9.]+', b'"at": NaN', body),
        "tells no publication",
    ),
    "number is text": (
        lambda path, body: body.replace(b'"number": 2', b'"number": "2"'),
        "tells no publication",
    ),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_console_that_lies_changes_nothing(console: Console, node: Sync, lie: str) -> None:
    good = console.publish("adult.example")
    node.look()
    console.spoil, words = LIES[lie]
    newer = console.publish("other.example")
    node.look()
    assert words in node.problem
    assert in_force(node) == good
    assert not node.facts()["in_step"]
    assert not list(node.instance.parts.glob(".*"))
    console.spoil = lambda path, body: body
    node.look()
    assert (in_force(node), node.problem) == (newer, "")


def test_parts_that_do_not_fit_together_are_fetched_once_and_not_used(
    console: Console, node: Sync
) -> None:
    good = console.publish("adult.example")
    node.look()
    other = console.publish("other.example")
    mixed = {**other.__dict__, "rulebook": good.rulebook, "number": 3}
    (console.store.folder / "current.json").write_text(json.dumps(mixed))
    node.look()
    console.sent.clear()
    node.look()
    assert "catalogue" in node.problem
    assert (in_force(node), console.sent) == (good, [])


def test_a_part_that_is_damaged_here_is_fetched_again(console: Console, node: Sync) -> None:
    good = console.publish("adult.example")
    node.look()
    torn = node.follower.store.path(good.catalogue)
    torn.write_bytes(torn.read_bytes()[:-7])
    node.look()
    assert node.follower.store.sound(good.catalogue)
    assert node.problem == ""


def test_a_part_without_end_is_cut(
    console: Console, node: Sync, monkeypatch: pytest.MonkeyPatch
) -> None:
    console.publish("adult.example")
    monkeypatch.setattr(partstore, "MAX_PART", 10)
    node.look()
    assert "has no end" in node.problem
    assert list(node.instance.parts.iterdir()) == []


def test_a_full_disk_changes_nothing(console: Console, node: Sync) -> None:
    good = console.publish("adult.example")
    node.look()
    newer = console.publish("other.example")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
    try:
        node.look()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert "File too large" in node.problem
    assert in_force(node) == good
    assert not list(node.instance.parts.glob(".*"))
    node.look()
    assert in_force(node) == newer


def test_an_outage_is_told_and_survived(console: Console, node: Sync) -> None:
    good = console.publish("adult.example")
    node.look()
    console.stop()
    node.look()
    node.look()
    assert "does not answer" in node.problem
    assert in_force(node) == good
    assert node.facts()["age"] is not None
    newer = console.publish("other.example")
    console.start_again()
    node.look()
    assert (in_force(node), node.problem) == (newer, "")


def test_looks_are_rarer_while_the_console_is_away_and_never_all_at_once(node: Sync) -> None:
    assert 0.75 <= node.pause() / node.every <= 1.25
    for _ in range(20):
        node._failures += 1
    pauses = {node.pause() for _ in range(20)}
    assert max(pauses) <= service.LONGEST_WAIT
    assert min(pauses) >= service.LONGEST_WAIT / 2
    assert len(pauses) == 20


def test_a_revoked_token_is_told_with_its_remedy(console: Console, node: Sync) -> None:
    good = console.publish("adult.example")
    node.look()
    console.token = "another"
    node.look()
    assert "hornbook node add" in node.problem
    assert in_force(node) == good


def test_a_console_that_drips_is_cut_off(
    console: Console, node: Sync, monkeypatch: pytest.MonkeyPatch
) -> None:
    def drip(path: str, body: bytes) -> bytes:
        time.sleep(1.0)
        return body

    monkeypatch.setattr(web, "SHORT", 0.2)
    console.publish("adult.example")
    console.spoil = drip
    began = time.monotonic()
    node.look()
    assert time.monotonic() - began < 0.9
    assert "does not answer" in node.problem


def test_a_node_tells_how_it_is(console: Console, node: Sync) -> None:
    console.publish("adult.example")
    node.instance.beat(
        "dns", ready=True, parts={"catalogue": "c" * 64}, answered=7, blocked=2, secret="x"
    )
    node.look()
    node._report_at = 0.0
    node.look()
    told = json.loads(console.reports[-1])
    assert (told["answered"], told["catalogue"], told["ready"]) == (7, "c" * 64, False)
    assert "notice is silent" in told["problem"]
    assert "secret" not in told


def test_the_heartbeat_goes_on_during_a_slow_download(console: Console, node: Sync) -> None:
    console.publish("adult.example")
    going = threading.Event()
    console.spoil = lambda path, body: body if going.wait(5) else None
    done = threading.Event()
    serving = threading.Thread(target=serve, args=[node.instance, node.source, done])
    serving.start()
    until(lambda: node.instance.heartbeat("sync") is not None)
    beat = node.instance.heartbeat("sync")
    assert beat is not None
    assert (beat["ready"], beat["number"]) == (True, None)
    going.set()
    until(lambda: in_force(node) is not None)
    done.set()
    serving.join(5)


def test_fifty_nodes_follow_every_publication(
    console: Console, make_node: Callable[[str], Sync]
) -> None:
    """Each looks once after each publication, eight at a time; no clock decides the test."""
    nodes = [make_node(f"node-{n}") for n in range(50)]
    with ThreadPoolExecutor(8) as pool:
        for names in ("adult.example", "other.example", "third.example"):
            published = console.publish(names)
            list(pool.map(Sync.look, nodes))
            assert {in_force(node) for node in nodes} == {published}
            assert {node.problem for node in nodes} == {""}
    fetched = [name for name in console.sent if name == f"{published.seating}.part"]
    assert len(fetched) == 50  # the seating did not change: once for each node


def until(true: Callable[[], bool], seconds: float = 5.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come true in time"
        time.sleep(0.02)
