"""Two nodes in their own processes, on their own ports, filter by what one console publishes."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

import dns.exception
import dns.message
import dns.query
import pytest
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from bench.peers.process import free_port
from hornbook.district.filtering.models import Category, LocalEntry
from hornbook.district.filtering.nodes import add_node, node_rows, revoke_node
from hornbook.district.filtering.publishing import publish, store_of
from hornbook.district.ledger.actions import Actor
from hornbook.district.policy.models import ClauseText
from hornbook.instance import Instance
from hornbook.kernel.explain import explain
from hornbook.kernel.judge import Kernel
from hornbook.node.partstore import Watcher
from hornbook.node.sync.service import Sync
from hornbook.node.sync.web import WebSource

NOTICE = "192.0.2.80"


class Console:
    """The real console's addresses over HTTP, within the test's own transaction."""

    def __init__(self) -> None:
        class Quiet(WSGIRequestHandler):
            def log_message(self, format: str, *args: object) -> None:
                pass

        self.server = WSGIServer(("127.0.0.1", 0), Quiet)
        self.server.set_app(get_wsgi_application())
        self.address = f"http://127.0.0.1:{self.server.server_port}/parts/"
        connection.inc_thread_sharing()
        for moment in (request_started, request_finished):  # they would close the connection
            moment.disconnect(close_old_connections)
        shared = connections["default"]
        self.thread = threading.Thread(target=self._run, args=[shared], daemon=True)
        self.thread.start()

    def _run(self, shared: BaseDatabaseWrapper) -> None:
        connections["default"] = shared
        self.server.serve_forever(0.02)

    def stop(self) -> None:
        if self.thread.is_alive():
            self.server.shutdown()
            self.thread.join()
            self.server.server_close()
            connection.dec_thread_sharing()
            for moment in (request_started, request_finished):
                moment.connect(close_old_connections)


class RunningNode:
    """``hornbook node`` as an operator starts it."""

    def __init__(self, folder: Path, name: str, console: Console, token: str) -> None:
        folder.mkdir()
        self.instance = Instance(folder / "data")
        self.port = free_port()
        (folder / "token").write_text(token)
        words = ["node", "--data", str(self.instance.root), "--name", name]
        words += ["--from", console.address, "--token-file", str(folder / "token")]
        words += ["--dns", str(self.port), "--notice", str(free_port())]
        words += ["--notice-v4", NOTICE, "--upstream", "127.0.0.1:9"]
        command = [sys.executable, "-m", "hornbook.cli", *words]
        with (folder / "log").open("wb") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log)

    def blocks(self, name: str) -> bool:
        question = dns.message.make_query(name, "A")
        try:
            reply = dns.query.udp(question, "127.0.0.1", port=self.port, timeout=0.5)
        except (dns.exception.Timeout, OSError):
            return False
        return any(NOTICE in rows.to_text() for rows in reply.answer)

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(20)


@pytest.fixture
def console(house: Instance) -> Iterator[Console]:
    found = Console()
    yield found
    found.stop()


@pytest.fixture
def fleet(
    tmp_path: Path, console: Console, actor: Actor, policy_in_force: dict[str, ClauseText]
) -> Iterator[list[RunningNode]]:
    publish(actor=actor)
    names = ("maple-node", "oak-node")
    nodes = [
        RunningNode(tmp_path / name, name, console, add_node(name, actor=actor)) for name in names
    ]
    yield nodes
    for node in nodes:
        if node.process.poll() is None:
            node.stop()


def test_two_nodes_filter_by_one_console(
    fleet: list[RunningNode],
    console: Console,
    actor: Actor,
    policy_in_force: dict[str, ClauseText],
) -> None:
    def list_and_publish(name: str) -> None:
        clause = policy_in_force["FILTER-1"].clause
        adult = Category.objects.get(key="adult")
        LocalEntry.objects.create(name=name, category=adult, clause=clause, reason="Test")
        publish(actor=actor)

    maple, oak = fleet
    until(lambda: maple.blocks("naked.example") and oak.blocks("naked.example"))
    assert not maple.blocks("later.example")
    list_and_publish("later.example")
    until(lambda: maple.blocks("later.example") and oak.blocks("later.example"))
    until(lambda: [row.state for row in node_rows()] == ["in step", "in step"])

    revoke_node("oak-node", actor=actor)
    list_and_publish("latest.example")
    until(lambda: maple.blocks("latest.example"))
    until(lambda: "hornbook node add" in (oak.instance.heartbeat("sync") or {})["problem"])
    assert oak.blocks("later.example")
    assert not oak.blocks("latest.example")

    console.stop()
    assert maple.blocks("latest.example")
    assert [node.stop() for node in fleet] == [0, 0]


def test_fifty_nodes_follow_the_console_through_its_publications(
    tmp_path: Path,
    console: Console,
    actor: Actor,
    policy_in_force: dict[str, ClauseText],
) -> None:
    """Real tokens, real parts, the real console; each node looks once after each publication."""
    adult = Category.objects.get(key="adult")
    clause = policy_in_force["FILTER-1"].clause
    nodes = [
        Sync(
            Instance(tmp_path / f"node-{n}"),
            WebSource(console.address, add_node(f"node-{n}", actor=actor)),
        )
        for n in range(50)
    ]
    watchers = [Watcher(node.follower.store) for node in nodes]
    for name in ("first.example", "second.example"):
        LocalEntry.objects.create(name=name, category=adult, clause=clause, reason="Test")
        publish(actor=actor)
        for node in nodes:
            look_until_well(node)
        assert {node.problem for node in nodes} == {""}
        assert {node.follower.store.current() for node in nodes} == {store_of().current()}
        kernels = [watcher.poll() for watcher in watchers]
        assert all(kernel and is_blocked(kernel, name) for kernel in kernels)
    revoke_node("node-7", actor=actor)
    LocalEntry.objects.create(name="third.example", category=adult, clause=clause, reason="Test")
    publish(actor=actor)
    for node in nodes[:10]:
        node.look()
    told = [watcher.poll() for watcher in watchers[:10]]
    assert [number for number, kernel in enumerate(told) if kernel is None] == [7]
    assert "hornbook node add" in nodes[7].problem


def look_until_well(node: Sync) -> None:
    """A console that is slow is asked again, as a node does; no clock decides."""
    for _ in range(5):
        node.look()
        if not node.problem:
            return


def is_blocked(kernel: Kernel, name: str) -> bool:
    return explain(kernel, name).verdict.action == "block"


def until(true: Callable[[], bool], seconds: float = 90.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come true in time"
        time.sleep(0.1)
