"""Upstreams over TCP and TLS: one connection, verified names, and what happens when it breaks."""

from __future__ import annotations

import socket
import ssl
import struct
import threading
from collections.abc import Iterator
from pathlib import Path

import dns.edns
import dns.message
import dns.rcode
import pytest

from hornbook.instance import Instance, InstanceError, Settings
from hornbook.node.dns.upstreams import Upstream, read_upstream
from hornbook.node.envoy import certificate
from tests.node.dns.conftest import ask, good_answer, publish, running, until


class Resolver(threading.Thread):
    """Answers framed questions on a stream; ``close_after`` each so many answers."""

    def __init__(self, context: ssl.SSLContext | None, close_after: int = 1000) -> None:
        super().__init__(daemon=True)
        self.context, self.close_after = context, close_after
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.connections = 0
        self.asked: list[dns.message.Message] = []
        self.start()

    def run(self) -> None:
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            try:
                self._serve(
                    self.context.wrap_socket(sock, server_side=True) if self.context else sock
                )
            except (OSError, struct.error):
                sock.close()

    def _serve(self, sock: socket.socket) -> None:
        self.connections += 1
        with sock, sock.makefile("rb") as file:
            for _ in range(self.close_after):
                (length,) = struct.unpack("!H", file.read(2))
                question = dns.message.from_wire(file.read(length))
                self.asked.append(question)
                reply = good_answer(question)
                sock.sendall(struct.pack("!H", len(reply)) + reply)


@pytest.fixture
def tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """A server's certificate for dns.example, which this process trusts."""
    instance = Instance(tmp_path / "other")
    folder = certificate.settle(instance, Settings(dns_name="dns.example"))
    monkeypatch.setenv("SSL_CERT_FILE", str(folder / "ca.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem", folder / "server.key")
    return context


@pytest.fixture
def stranger(tmp_path: Path) -> ssl.SSLContext:
    """The same name by an authority that nobody trusts."""
    folder = certificate.settle(Instance(tmp_path / "evil"), Settings(dns_name="dns.example"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem", folder / "server.key")
    return context


@pytest.fixture
def resolvers() -> Iterator[list[Resolver]]:
    found: list[Resolver] = []
    yield found
    for resolver in found:
        resolver.listener.close()


def served_by(instance: Instance, *upstreams: str) -> Instance:
    publish(instance.parts)
    settings = instance.settings()
    instance.save(Settings(ports=settings.ports, upstreams=upstreams))
    return instance


def test_over_tls_one_connection_serves_many_questions(
    instance: Instance, tls: ssl.SSLContext, resolvers: list[Resolver]
) -> None:
    resolvers.append(Resolver(tls))
    with running(served_by(instance, f"tls://127.0.0.1:{resolvers[0].port}#dns.example")) as node:
        for number in range(5):
            assert ask(node, f"n{number}.example").answer[0][0].to_text() == "192.0.2.7"
    assert resolvers[0].connections == 1
    assert all(len(question.to_wire()) % 128 == 0 for question in resolvers[0].asked)


@pytest.mark.parametrize("name", ["#other.example", "#dns.example"])
def test_a_resolver_that_cannot_prove_its_name_is_not_asked(
    instance: Instance,
    tls: ssl.SSLContext,
    stranger: ssl.SSLContext,
    name: str,
    resolvers: list[Resolver],
) -> None:
    resolvers.append(Resolver(tls if name == "#other.example" else stranger))
    with running(served_by(instance, f"tls://127.0.0.1:{resolvers[0].port}{name}")) as node:
        reply = ask(node, "secret.example")
        assert reply.rcode() == dns.rcode.SERVFAIL
        assert [o.code for o in reply.options if isinstance(o, dns.edns.EDEOption)] == [22]
    assert resolvers[0].asked == []


def test_without_a_name_the_address_is_proven(
    instance: Instance, tls: ssl.SSLContext, resolvers: list[Resolver]
) -> None:
    resolvers.append(Resolver(tls))  # the certificate also names 127.0.0.1
    with running(served_by(instance, f"tls://127.0.0.1:{resolvers[0].port}")) as node:
        assert ask(node, "lesson.example").answer


def test_a_connection_that_was_closed_is_opened_again(
    instance: Instance, resolvers: list[Resolver]
) -> None:
    resolvers.append(Resolver(None, close_after=2))
    with running(served_by(instance, f"tcp://127.0.0.1:{resolvers[0].port}")) as node:
        for number in range(6):
            assert ask(node, f"n{number}.example").answer
    assert resolvers[0].connections == 3


def test_one_that_keeps_failing_is_asked_last(
    instance: Instance, resolvers: list[Resolver]
) -> None:
    dead = socket.socket()
    dead.bind(("127.0.0.1", 0))  # bound and not listening: nobody is there
    resolvers.append(Resolver(None))
    good = f"tcp://127.0.0.1:{resolvers[0].port}"
    with running(served_by(instance, f"tcp://127.0.0.1:{dead.getsockname()[1]}", good)) as node:
        for number in range(5):
            assert ask(node, f"n{number}.example").answer
        until(lambda: len(resolvers[0].asked) == 5)
        assert node.forwarder.sent == 5 + 2, "after two failures in a row it is left alone"
    dead.close()


def test_upstreams_over_streams_are_read_and_told_in_one_form() -> None:
    named = Upstream("192.0.2.53", 853, "tls", "dns.example")
    assert read_upstream("tls://192.0.2.53#dns.example") == named
    assert read_upstream(str(named)) == named
    six = Upstream("2001:db8::53", 8853, "tls")
    assert read_upstream("tls://[2001:db8::53]:8853") == six
    assert read_upstream(str(six)) == six
    assert read_upstream("tcp://192.0.2.53") == Upstream("192.0.2.53", 53, "tcp")


@pytest.mark.parametrize("text", ["tls://dns.example", "192.0.2.53#name", "https://192.0.2.53"])
def test_what_cannot_be_asked_is_named(text: str) -> None:
    with pytest.raises(InstanceError, match="tls://192"):
        read_upstream(text)
