"""Questions that come through a forwarder: who asked behind it is known, if it is trusted."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import dns.edns
import dns.exception
import dns.message
import dns.query
import pytest

from hornbook.instance import Instance
from hornbook.kernel import seating
from hornbook.kernel.parts import encode_part
from hornbook.kernel.seating import Key, Seat, build_seating
from hornbook.node.dns.server import Server
from hornbook.node.partstore import PartStore
from hornbook.node.seating.edns import MAC_OPTION
from tests.node.dns.conftest import GAMES, SEATS, Internet, publish, rows, running

MAC = bytes.fromhex("02005e100001")
TEACHER = Seat("person-teacher", "teacher", "north")  # who may play games; students may not


def mac_option(mac: bytes = MAC) -> dns.edns.Option:
    return dns.edns.GenericOption(dns.edns.OptionType.make(MAC_OPTION), mac)


@pytest.fixture
def relayed(instance: Instance) -> Iterator[Server]:
    """A node that trusts 127.0.0.2 and knows the teacher's machine by its MAC address."""
    instance.save(replace(instance.settings(), trusted_forwarders=("127.0.0.2/32",)))
    publish(instance.parts)
    store = PartStore(instance.parts)
    known = build_seating(SEATS, default_profile="student", macs=[Key(MAC, TEACHER)])
    store.reseat(store.put(encode_part(seating.KIND, *known)))
    with running(instance) as server:
        yield server


def may_play(
    server: Server, *options: dns.edns.Option, source: str = "127.0.0.2", tcp: bool = False
) -> bool:
    question = dns.message.make_query(GAMES, "A", options=list(options))
    send = dns.query.tcp if tcp else dns.query.udp
    reply = send(question, "127.0.0.1", port=server.port, timeout=5, source=source)
    return bool(reply.answer)


@pytest.mark.parametrize("tcp", [False, True])
def test_a_trusted_forwarder_says_whose_machine_asks(relayed: Server, tcp: bool) -> None:
    assert may_play(relayed, mac_option(), tcp=tcp)
    assert not may_play(relayed, mac_option(MAC[::-1]), tcp=tcp)
    assert not may_play(relayed, tcp=tcp)


@pytest.mark.parametrize("tcp", [False, True])
def test_nobody_else_is_believed(relayed: Server, tcp: bool) -> None:
    teacher = dns.edns.ECSOption("127.0.0.4", 32)
    assert not may_play(relayed, mac_option(), teacher, source="127.0.0.1", tcp=tcp)


def test_a_trusted_forwarder_says_which_address_asks(relayed: Server, instance: Instance) -> None:
    assert may_play(relayed, dns.edns.ECSOption("127.0.0.4", 32))
    assert not may_play(relayed, dns.edns.ECSOption("127.0.0.0", 24))
    assert not may_play(relayed, dns.edns.ECSOption("2001:db8::7", 128))
    relayed.journal.stop()
    found = [(row["client"], row["person"]) for row in rows(instance)]
    assert found == [
        ("127.0.0.4", "person-teacher"),
        ("127.0.0.2", ""),
        ("2001:db8::7", ""),
    ]


def test_what_it_tells_is_never_sent_on(relayed: Server, internet: Internet) -> None:
    assert may_play(relayed, mac_option(), dns.edns.ECSOption("127.0.0.4", 32))
    assert [question.options for question in internet.asked] == [()]


def test_dnsmasq_in_front_tells_who_asks(instance: Instance, program: Callable[..., str]) -> None:
    """The real forwarder, with the setting that the manual names."""
    dnsmasq = program("dnsmasq")
    instance.save(replace(instance.settings(), trusted_forwarders=("127.0.0.0/8",)))
    publish(instance.parts)
    port = _free_port()
    with running(instance) as server:
        command = [
            dnsmasq, "--keep-in-foreground", "--conf-file=/dev/null", "--no-resolv", "--no-hosts",
            "--bind-interfaces", "--listen-address=127.0.0.9", f"--port={port}",
            f"--server=127.0.0.1#{server.port}", "--add-subnet=32,128", "--add-mac", "--user=",
            "--pid-file=",
        ]  # fmt: skip
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        try:
            asked = {source: _through(port, source) for source in ("127.0.0.4", "127.0.0.1")}
        finally:
            process.terminate()
            process.wait(10)
    assert asked == {"127.0.0.4": True, "127.0.0.1": False}


def _through(port: int, source: str) -> bool:
    """Whether games open for that source; dnsmasq needs a moment to listen."""
    question = dns.message.make_query(GAMES, "A")
    for _ in range(50):
        try:
            reply = dns.query.udp(question, "127.0.0.9", port=port, timeout=1, source=source)
        except (OSError, dns.exception.Timeout):
            time.sleep(0.05)
        else:
            return bool(reply.answer)
    raise AssertionError("dnsmasq does not answer")


def _free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.9", 0))
        return int(sock.getsockname()[1])
