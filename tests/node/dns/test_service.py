"""The node in service: new rules under load, torn parts, the record, start and end."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dns.message
import dns.query
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hornbook.instance import Instance, InstanceError, Ports, Settings
from hornbook.kernel.names import from_wire
from hornbook.node.dns.port import can_batch
from hornbook.node.dns.rows import client_texts, name_texts
from hornbook.node.dns.server import Server
from hornbook.node.dns.world import World
from hornbook.record.segments import SegmentWriter, verify_chain
from hornbook.scan.unseen import shipped
from tests.node.dns.conftest import ADULT, GAMES, ask, publish, rows, running, until


class Load(threading.Thread):
    """Asks without a pause and counts what was not answered."""

    def __init__(self, port: int) -> None:
        super().__init__()
        self.port, self.asked, self.lost = port, 0, 0
        self.done = threading.Event()

    def run(self) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.connect(("127.0.0.1", self.port))
            sock.settimeout(5)
            while not self.done.is_set():
                sock.send(dns.message.make_query(ADULT, "A", id=self.asked & 0xFFFF).to_wire())
                self.asked += 1
                try:
                    sock.recv(4096)
                except TimeoutError:
                    self.lost += 1


def test_new_rules_come_into_force_without_a_lost_question(
    node: Server, instance: Instance
) -> None:
    load = Load(node.port)
    load.start()
    for name in ("new1.example", "new2.example", "new3.example"):
        published = publish(instance.parts, adult=(ADULT, name))
        until(lambda: tuple(node.facts()["parts"].values()) == published.hashes)  # noqa: B023
        assert ask(node, name).answer[0][0].to_text() == "192.0.2.80"
    load.done.set()
    load.join()
    assert load.asked > 20
    assert load.lost == 0


def test_a_torn_part_is_refused_and_the_last_good_one_stays(
    node: Server, instance: Instance
) -> None:
    before = node.facts()["parts"]
    torn = publish(instance.parts, adult=(ADULT, "newer.example"))
    until(lambda: node.facts()["parts"] != before)
    good = node.facts()["parts"]
    path = next(instance.parts.glob(f"{torn.catalogue}*"))
    publish(instance.parts)
    until(lambda: node.facts()["parts"] == before)
    path.write_bytes(path.read_bytes()[:-100])
    current = (instance.parts / "current.json").read_text()
    (instance.parts / "current.json").write_text(
        current.replace(before["catalogue"], good["catalogue"]).replace(
            before["rulebook"], good["rulebook"]
        )
    )
    until(lambda: bool(node.facts()["problem"]))
    assert "damaged" in node.facts()["problem"]
    assert node.facts()["parts"] == before
    assert node.facts()["ready"]
    assert ask(node, ADULT).answer


def test_every_judged_question_is_a_row(instance: Instance) -> None:
    publish(instance.parts)
    with running(instance) as server:
        for number in range(30):
            ask(server, f"n{number}.{ADULT}", "AAAA", source="127.0.0.4")
        for name in ("lesson.example", "lesson.example", GAMES):
            ask(server, name)
        question = dns.message.make_query(ADULT, "TXT")
        dns.query.tcp(question, "127.0.0.1", port=server.port, timeout=5)
    found = rows(instance)
    assert len(found) == server.facts()["answered"] == 34
    first, last = found[0], found[-1]
    expected = {
        "person": "person-teacher",
        "profile": "teacher",
        "site": "north",
        "client": "127.0.0.4",
        "proto": "udp",
        "name": f"n0.{ADULT}",
        "qtype": 28,
        "action": "block",
        "rule": "no-adult",
        "clause": "PRO-1@1",
        "basis": "cipa",
        "category": "adult",
    }
    assert {name: first[name] for name in expected} == expected
    assert (last["proto"], last["qtype"]) == ("tcp", 16)
    assert [row["action"] for row in found[30:33]] == ["allow", "allow", "block"]
    assert verify_chain(instance.record, "node-1") == []


def test_a_row_can_be_read_soon_after_its_answer(instance: Instance) -> None:
    publish(instance.parts)
    with running(instance) as server:
        ask(server, ADULT)
        until(lambda: len(rows(instance)) == 1, seconds=4)


def test_a_full_disk_does_not_silence_it(
    node: Server, monkeypatch: pytest.MonkeyPatch, instance: Instance
) -> None:
    real = SegmentWriter.seal

    def full(self: SegmentWriter) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(SegmentWriter, "seal", full)
    monkeypatch.setattr(node.journal, "_max_rows", 5)
    monkeypatch.setattr(node.journal, "_every", 0.1)
    for number in range(20):
        assert ask(node, f"n{number}.{ADULT}").answer
    until(lambda: bool(node.facts()["problem"]))
    assert "No space left" in node.facts()["problem"]
    until(lambda: bool(node.facts()["record_lost"]))
    monkeypatch.setattr(SegmentWriter, "seal", real)
    until(lambda: not node.facts()["problem"])
    assert node.facts()["record_lost"] + len(rows(instance)) == 20


LABELS = st.lists(st.binary(min_size=1, max_size=63), max_size=4)


@given(st.lists(LABELS, min_size=1, max_size=10))
def test_names_become_text_as_the_kernel_writes_them(names: list[list[bytes]]) -> None:
    wires = [b"".join(bytes([len(x)]) + x for x in labels) + b"\0" for labels in names]
    wires = [wire for wire in wires if len(wire) < 256] or [b"\0"]
    octets = np.frombuffer(b"".join(wires), np.uint8)
    texts = name_texts(octets, np.array([len(wire) for wire in wires]))
    assert texts.to_pylist() == [from_wire(wire.lower()) for wire in wires]


def test_clients_become_text() -> None:
    v4 = np.array([0x7F000001, 0x0A000001, 0x7F000001], np.uint32)
    assert client_texts(v4).to_pylist() == ["127.0.0.1", "10.0.0.1", "127.0.0.1"]
    v6 = np.zeros((1, 16), np.uint8)
    v6[0, 15] = 1
    assert client_texts(v6).to_pylist() == ["::1"]
    assert client_texts(v6).type == pa.utf8()


def test_answers_end_with_the_slot_that_gave_them(instance: Instance, node: Server) -> None:
    """A class that ends in ten seconds must not leave an answer for a minute."""
    publish(instance.parts, slots=2)
    until(lambda: bool(node.house.world and node.house.world.kernel.rulebook.slots == 2))
    world = node.house.world
    assert isinstance(world, World)
    minute = datetime(2026, 10, 5, 14, 30, tzinfo=UTC).timestamp()
    ttls = {after: world.moment(minute + after).edge for after in (0, 50, 59)}
    assert ttls == {0: 59, 50: 9, 59: 0}
    tails = world.moment(minute + 50).tails
    assert tails.tail(1, 0, 0).body[6:10] == (8).to_bytes(4, "big")
    assert world.moment(minute).slot != world.moment(minute + 60).slot


@pytest.mark.skipif(not can_batch(), reason="only recvmmsg learns the address that was asked")
def test_a_wildcard_answers_from_the_address_that_was_asked(instance: Instance) -> None:
    settings = instance.settings()
    instance.save(Settings(bind="0.0.0.0", ports=settings.ports, upstreams=settings.upstreams))
    publish(instance.parts)
    with running(instance) as server, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(5)
        for name in (ADULT, "lesson.example"):  # answered by the batch, and by the forwarder
            packet = dns.message.make_query(name, "A").to_wire()
            sock.sendto(packet, ("127.0.0.3", server.port))
            assert sock.recvfrom(4096)[1] == ("127.0.0.3", server.port)


def test_it_answers_over_ipv6(instance: Instance) -> None:
    settings = instance.settings()
    instance.save(Settings(bind="::1", ports=settings.ports, upstreams=settings.upstreams))
    publish(instance.parts)
    try:
        with running(instance) as server:
            for name in (ADULT, "lesson.example"):
                question = dns.message.make_query(name, "A")
                assert dns.query.udp(question, "::1", port=server.port, timeout=5).answer
    except InstanceError as error:
        pytest.skip(f"this machine has no IPv6: {error}")
    assert [row["client"] for row in rows(instance)] == ["::1", "::1"]


def start(folder: Path, *options: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "hornbook.node.dns", "--data", str(folder), *options]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=os.environ)


def answer_once_and_end(instance: Instance, how: signal.Signals) -> int:
    """Start the process, ask one question, end it with a signal; its exit code."""
    process = start(instance.root)
    try:
        until(lambda: beat(instance).get("pid") == process.pid and beat(instance)["ready"], 20)
        question = dns.message.make_query(ADULT, "A")
        port = beat(instance)["port"]
        assert dns.query.udp(question, "127.0.0.1", port=port, timeout=5).answer
        if how == signal.SIGKILL:  # what was not sealed yet is lost: that is declared
            until(lambda: bool(beat(instance)["recorded"]))
        process.send_signal(how)
        return process.wait(10)
    finally:
        process.kill()
        process.communicate()


def beat(instance: Instance) -> dict[str, Any]:
    return instance.heartbeat("dns") or {}


def test_as_a_process_it_seals_its_record_at_the_end(instance: Instance) -> None:
    publish(instance.parts)
    assert answer_once_and_end(instance, signal.SIGTERM) == 0
    assert len(rows(instance)) == 1
    assert answer_once_and_end(instance, signal.SIGKILL) == -signal.SIGKILL
    assert len(rows(instance)) == 2
    assert answer_once_and_end(instance, signal.SIGINT) == 0
    assert len(rows(instance)) == 3
    assert verify_chain(instance.record, "node-1") == []


def test_a_taken_port_is_named_with_the_remedy(instance: Instance) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        instance.save(Settings(ports=Ports(dns=taken.getsockname()[1])))
        process = start(instance.root)
        _, told = process.communicate(timeout=20)
    assert process.returncode == 2
    assert "--dns PORT" in told


def test_a_name_in_no_list_is_marked_by_what_it_looks_like(instance: Instance) -> None:
    """The mark is for people: whatever the name looks like, it is answered."""
    publish(instance.parts)
    looks = "free-hardcore-porn-tube.example"
    with running(instance) as server:
        replies = [ask(server, name) for name in (looks, looks, "county-history.example", ADULT)]
    assert all(reply.answer for reply in replies)
    first, again, plain, listed = rows(instance)
    model = shipped()
    assert first["action"] == "allow"
    scores = [float(str(row["unseen"])) for row in (first, again, plain)]
    assert scores[0] == scores[1] > model.thresholds["0.01"] > scores[2] > 0
    assert first["scorer"] == plain["scorer"] == model.version
    assert (listed["unseen"], listed["scorer"]) == (-1.0, "")
