"""From an action in the console to its effect at a real node: less than a second."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import dns.message
import dns.query
import dns.rcode
import pytest

from hornbook.district.filtering.publishing import publish, publish_seating
from hornbook.district.ledger.actions import Actor
from hornbook.district.people.actions import SeatAt, set_seats
from hornbook.district.people.models import Person
from hornbook.instance import Instance, Ports, Settings

BAR = 1.0  # seconds from the action to the answer, on a machine that is not overloaded
PLAY = "play.example"  # students may not, staff may


class Node:
    """``python -m hornbook.node.dns`` on a free port."""

    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        command = [sys.executable, "-m", "hornbook.node.dns", "--data", str(instance.root)]
        self.process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        while not self._ready():
            time.sleep(0.02)

    def _ready(self) -> bool:
        assert self.process.poll() is None, "the node has ended"
        told = self.instance.heartbeat("dns") or {}
        self.port = int(told.get("port", 0))
        return bool(told.get("ready"))

    def blocks(self, name: str) -> bool:
        """Whether it answers with the notice page's address; a resolver there is none."""
        reply = dns.query.udp(
            dns.message.make_query(name, "A"), "127.0.0.1", port=self.port, timeout=5
        )
        return "192.0.2.80" in str(reply.answer)


@pytest.fixture
def node(house: Instance, actor: Actor) -> Iterator[Node]:
    house.save(Settings(ports=Ports(dns=0), upstreams=("127.0.0.1:9",), notice_v4="192.0.2.80"))
    publish(actor=actor)
    found = Node(house)
    yield found
    found.process.terminate()
    found.process.wait(10)


def seconds_until(true: Callable[[], bool]) -> float:
    began = time.perf_counter()
    while not true():
        assert time.perf_counter() - began < 10
        time.sleep(0.005)
    return time.perf_counter() - began


def test_who_changes_seats_is_judged_anew_within_a_second(
    node: Node, actor: Actor, student: Person, owner: Person
) -> None:
    took = []
    for person, blocked in ((student, True), (owner, False), (student, True)) * 2:
        began = time.perf_counter()
        set_seats(actor=actor, seats=[SeatAt("127.0.0.1/32", person)])
        publish_seating(actor=actor)
        published = time.perf_counter() - began
        seconds_until(lambda: node.blocks(PLAY) == blocked)  # noqa: B023
        took.append((published, time.perf_counter() - began))
    for published, whole in took:
        print(f"published after {published * 1000:.0f} ms, in force after {whole * 1000:.0f} ms")
    assert sorted(whole for _, whole in took)[len(took) // 2] < BAR
