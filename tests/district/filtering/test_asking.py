"""What people ask for on a far node's notice page arrives at the console, once, whatever breaks."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.test import Client

from hornbook.district.filtering import jobs
from hornbook.district.filtering.models import Ask, Reason
from hornbook.district.filtering.nodes import add_node, revoke_node
from hornbook.district.filtering.publishing import publish, store_of
from hornbook.district.ledger.actions import Actor
from hornbook.district.ledger.models import Leaf
from hornbook.district.people.models import Person
from hornbook.instance import Instance
from hornbook.kernel.explain import explain
from hornbook.node.notice.asks import AskDesk
from hornbook.node.proxy.reasons import ReasonDesk
from hornbook.node.sync.service import Sync
from hornbook.node.sync.sources import FolderSource
from hornbook.node.sync.spooled import waiting
from hornbook.node.sync.web import WebSource
from tests.district.filtering.test_fleet import Console

Asks = Callable[[str], str]


@pytest.fixture
def console(house: Instance, actor: Actor) -> Iterator[Console]:
    publish(actor=actor)
    found = Console()
    yield found
    found.stop()


@pytest.fixture
def node(tmp_path: Path, console: Console, actor: Actor) -> Sync:
    """A node on another machine: its own folder, its own token."""
    return Sync(
        Instance(tmp_path / "far"), WebSource(console.address, add_node("oak", actor=actor))
    )


@pytest.fixture
def ask_at(node: Sync) -> Asks:
    """Ask on the node's notice page, as the page does it; gives the receipt."""
    store = store_of()
    current = store.current()
    assert current is not None
    told = explain(store.load(current), "play.example", profile="guests")
    desk = AskDesk(node.instance.spool)
    return lambda client: desk.ask(client, told, "For our chess club")


def test_a_request_arrives_and_leaves_the_node(node: Sync, ask_at: Asks) -> None:
    receipts = {ask_at("192.0.2.1"), ask_at("192.0.2.2")}
    node.look()
    assert node.problem == ""
    assert set(Ask.objects.values_list("receipt", flat=True)) == receipts
    assert Ask.objects.filter(name="play.example", reason="For our chess club").count() == 2
    assert (node.facts()["brought"], node.facts()["waiting"]) == (2, 0)
    leaf = Leaf.objects.filter(verb="filtering.asked").first()
    assert leaf is not None
    assert leaf.actor == "node oak"


def test_reasons_at_warnings_go_the_same_way(node: Sync) -> None:
    store = store_of()
    current = store.current()
    assert current is not None
    told = explain(store.load(current), "play.example", profile="guests")
    ReasonDesk(node.instance.spool).keep("somebody", told, "For our chess club", 1.0, 901.0)
    node.look()
    assert node.problem == ""
    assert Reason.objects.get().words == "For our chess club"
    assert node.facts()["waiting"] == 0


def test_an_answer_that_is_lost_does_not_double_it(node: Sync, ask_at: Asks) -> None:
    """The console has it, the node was cut off before it knew."""
    ask_at("192.0.2.1")
    body = waiting(node.instance.spool)[0].read_bytes()
    assert isinstance(node.source, WebSource)
    assert node.source.take("asks", json.loads(body)["receipt"], body) == ""
    node.look()
    assert waiting(node.instance.spool) == []
    assert Ask.objects.count() == Leaf.objects.filter(verb="filtering.asked").count() == 1


def test_while_the_console_is_away_requests_wait(
    node: Sync, ask_at: Asks, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask_at("192.0.2.1")

    def down(*_: object, **__: object) -> None:
        raise OSError("no database")

    with monkeypatch.context() as broken:
        broken.setattr(Ask, "save", down)
        node.look()
        assert len(waiting(node.instance.spool)) == 1
        assert node.problem
    node.look()
    assert (Ask.objects.count(), waiting(node.instance.spool), node.problem) == (1, [], "")


def test_what_is_no_request_is_set_aside_and_stops_nobody(node: Sync, ask_at: Asks) -> None:
    receipt = ask_at("192.0.2.1")
    good = waiting(node.instance.spool)[0]
    for number, body in enumerate((b"", b"[]", b'{"receipt": "2222-2222-22"}')):
        (good.parent / f"2222-2222-2{number}.json").write_bytes(body)
    node.look()
    assert [ask.receipt for ask in Ask.objects.all()] == [receipt]
    assert len(list((good.parent / "aside").iterdir())) == 3
    assert waiting(node.instance.spool) == []


def test_another_request_under_a_known_receipt_is_not_lost_silently(
    node: Sync, ask_at: Asks
) -> None:
    ask_at("192.0.2.1")
    path = waiting(node.instance.spool)[0]
    told = json.loads(path.read_bytes())
    node.look()
    path.write_text(json.dumps(told | {"name": "other.example"}))
    node.look()
    assert Ask.objects.get().name == "play.example"
    assert (path.parent / "aside" / path.name).exists()


def test_a_node_without_a_console_says_that_requests_wait(node: Sync, ask_at: Asks) -> None:
    ask_at("192.0.2.1")
    alone = Sync(node.instance, FolderSource(store_of().folder))
    alone.look()
    assert alone.facts()["waiting"] == 1


def test_only_a_node_may_bring_them(
    house: Instance, it_admin: Person, client_for: Callable[[Person | None], Client], actor: Actor
) -> None:
    token = add_node("oak", actor=actor)
    address, body = "/parts/spool/asks/K7QM-4XPD-2R", "{}"
    assert client_for(it_admin).post(address, body, "application/json").status_code == 401
    good = Client(headers={"Authorization": f"Bearer {token}"})
    assert good.post(address, body, "application/json").json()["refused"]
    assert good.post("/parts/spool/secrets/K7QM", body, "application/json").status_code == 404
    assert good.post(address, "x" * 20_000, "application/json").status_code == 413
    revoke_node("oak", actor=actor)
    assert good.post(address, body, "application/json").status_code == 401


def test_text_that_no_database_keeps_is_cleaned(house: Instance) -> None:
    told = {
        "receipt": "K7QM-4XPD-2R",
        "person": "",
        "name": "play.example",
        "reason": "a\0b\ud800c",
        "clause_version": "FOCUS-1@1",
        "asked_at": "2026-11-23T16:00:00+00:00",
    }
    jobs.ASKS.take(json.dumps(told).encode(), "K7QM-4XPD-2R")
    assert Ask.objects.get().reason == "ab?c"
