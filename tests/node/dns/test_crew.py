"""Several workers on one port: all answer, all record, one that is killed comes back."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import dns.message
import pytest

from bench.peers.process import free_port
from hornbook.instance import Instance
from hornbook.node.dns.crew import merged
from hornbook.record.segments import verify_chain
from tests.node.dns.conftest import ADULT, publish, rows, until


@pytest.fixture
def crewed(instance: Instance) -> Instance:
    settings = instance.settings()
    ports = replace(settings.ports, dns=free_port())
    instance.save(replace(settings, workers=2, ports=ports))
    publish(instance.parts)
    return instance


@contextmanager
def crew(instance: Instance) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "hornbook.node.dns", "--data", str(instance.root)]
    process = subprocess.Popen(command)
    try:
        until(lambda: bool(beat(instance).get("ready")), 30)
        yield process
        process.send_signal(signal.SIGTERM)
        assert process.wait(15) == 0
    finally:
        process.kill()
        process.wait()


def beat(instance: Instance) -> dict[str, object]:
    return instance.heartbeat("dns") or {}


def pids(instance: Instance) -> list[int]:
    workers = beat(instance).get("workers")
    assert isinstance(workers, list)
    return [worker["pid"] for worker in workers if worker["pid"]]


def ask(port: int, sockets: int, wait: float = 5.0) -> int:
    """One question from each of so many client ports; how many were answered."""
    answered = 0
    for number in range(sockets):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.settimeout(wait)
            sock.sendto(
                dns.message.make_query(ADULT, "A", id=number).to_wire(), ("127.0.0.1", port)
            )
            try:
                reply = dns.message.from_wire(sock.recv(4096))
            except TimeoutError:
                continue
            answered += bool(reply.answer)
    return answered


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux spreads packets over sockets")
def test_workers_share_the_port_and_one_that_is_killed_comes_back(crewed: Instance) -> None:
    port = crewed.settings().ports.dns
    with crew(crewed):
        assert ask(port, 40) == 40
        until(lambda: beat(crewed)["answered"] == 40)
        first, second = pids(crewed)
        os.kill(first, signal.SIGKILL)
        # What was on its way to the dead one is lost, as on any network; all who ask again
        # are answered, because the system gives everything to the other at once.
        assert ask(port, 20, wait=0.5) >= 15
        until(lambda: first not in pids(crewed) and len(pids(crewed)) == 2, 20)
        until(lambda: bool(beat(crewed)["ready"]), 20)
        assert second in pids(crewed)
        assert ask(port, 20) == 20
    found = rows(crewed)
    assert {row["node"] for row in found} == {"node-1", "node-1-2"}
    # The dead one takes along what it had not sealed, about half of the first forty.
    assert len(found) >= 75 - 32
    for chain in ("node-1", "node-1-2"):
        assert verify_chain(crewed.record, chain) == []


def test_a_taken_port_is_named_with_the_remedy(crewed: Instance) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", crewed.settings().ports.dns))
        command = [sys.executable, "-m", "hornbook.node.dns", "--data", str(crewed.root)]
        told = subprocess.run(command, capture_output=True, text=True, timeout=30)
    assert told.returncode == 2
    assert "--dns PORT" in told.stderr


def test_a_heartbeat_of_all_adds_counts_and_tells_the_oldest_parts() -> None:
    one = {"ready": True, "answered": 3, "port": 53, "problem": "", "loaded_at": 5.0, "parts": "b"}
    other = {**one, "answered": 4, "loaded_at": 2.0, "parts": "a", "problem": "The disk is full."}
    told = merged([one, other])
    assert told == {
        **one,
        "answered": 7,
        "parts": "a",
        "loaded_at": 5.0,
        "problem": "The disk is full.",
    }
    assert merged([one, {**other, "ready": False}])["ready"] is False
    assert merged([])["ready"] is False
