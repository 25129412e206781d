"""DNS while no rules are in force: the protected set is looked up, everything else must wait."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys

import dns.message
import dns.query
import dns.rcode
import pytest

from hornbook.instance import Instance
from hornbook.node.dns.server import Server
from tests.node.dns.conftest import ADULT, Internet, ask, publish, rows, running, until
from tests.node.dns.test_faults import ede

HELP = "chat.988lifeline.org"


def is_open(node: Server, name: str = HELP) -> bool:
    reply = ask(node, name)
    return bool(reply.answer) and reply.answer[0][0].to_text() == "192.0.2.7"


@pytest.mark.parametrize("portable", [False, True])
def test_help_is_found_and_nothing_else(instance: Instance, portable: bool) -> None:
    with running(instance, portable=portable) as node:
        assert is_open(node)
        assert is_open(node, "CHAT.988LIFELINE.ORG")
        assert ask(node, HELP, "AAAA").answer
        for name in ("open.example", "not988lifeline.org", "988lifeline.org.evil.example", "org"):
            reply = ask(node, name)
            assert (reply.rcode(), ede(reply)) == (dns.rcode.SERVFAIL, 14), name
        over = dns.query.tcp(dns.message.make_query(HELP, "A"), "127.0.0.1", port=node.port)
        assert over.answer
    assert rows(instance) == []


def test_in_a_crowd_too(instance: Instance) -> None:
    """A batch of many questions goes another way through the node than a few."""
    with running(instance) as node, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.connect(("127.0.0.1", node.port))
        sock.settimeout(5)
        for number in range(64):
            name = HELP if number % 2 else f"n{number}.example"
            sock.send(dns.message.make_query(name, "A", id=number, use_edns=0).to_wire())
        got = {}
        for _ in range(64):
            reply = dns.message.from_wire(sock.recv(4096))
            got[reply.id] = reply.rcode()
        assert {got[number] for number in range(1, 64, 2)} == {dns.rcode.NOERROR}
        assert {got[number] for number in range(0, 64, 2)} == {dns.rcode.SERVFAIL}


def test_after_torn_parts_and_a_restart_help_is_found(instance: Instance) -> None:
    publish(instance.parts)
    with running(instance) as node:
        assert is_open(node, "open.example")
    for part in instance.parts.glob("*.part"):
        part.write_bytes(part.read_bytes()[:-9])
    with running(instance) as node:
        assert "not in service" in str(node.facts()["problem"])
        assert is_open(node)
        assert ede(ask(node, "open.example")) == 14
        for part in instance.parts.glob("*.part"):
            part.unlink()
        publish(instance.parts, adult=(ADULT, "more.example"))
        until(lambda: is_open(node, "open.example"))


def test_with_a_dead_resolver_before_a_living_one_help_is_found(instance: Instance) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        with running(instance) as node:
            own = node.forwarder.upstreams
            dead = type(own[0])("127.0.0.1", silent.getsockname()[1])
            node.forwarder.upstreams = (dead, *own)
            node.forwarder.timeout = 0.4
            assert is_open(node)


def test_with_all_resolvers_dead_what_was_known_is_still_told(
    instance: Instance, internet: Internet
) -> None:
    with running(instance) as node:
        node.forwarder.timeout = 0.3
        assert is_open(node)
        internet.answer = lambda question: []
        assert is_open(node)
        assert ask(node, "www.911.gov").rcode() == dns.rcode.SERVFAIL


def test_a_process_that_is_killed_does_the_same_again(instance: Instance) -> None:
    """A real process that is killed and started again, before anything was ever published."""
    command = [sys.executable, "-m", "hornbook.node.dns", "--data", str(instance.root)]
    for _ in range(2):
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        try:
            own = process.pid
            until(lambda own=own: (instance.heartbeat("dns") or {}).get("pid") == own, 30)  # type: ignore[misc]
            port = (instance.heartbeat("dns") or {})["port"]
            question = dns.message.make_query(HELP, "A")
            assert dns.query.udp(question, "127.0.0.1", port=port, timeout=5).answer
        finally:
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
