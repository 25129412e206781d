"""Senders who are wrong, endless, slow or too many."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable

import pytest

from hornbook.instance import Instance, Ports, Settings
from hornbook.node.notice import server
from tests.node.notice.conftest import Served, publish


def send(page: Served, *octets: bytes) -> bytes:
    """Everything that comes back for these octets, sent one after the other."""
    with socket.create_connection(("127.0.0.1", page.port), timeout=5) as sender:
        for some in octets:
            sender.sendall(some)
        found = b""
        while some := sender.recv(65536):
            found += some
        return found


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\r\n\r\n", 400),
        (b"GET / HTTP/2.0\r\n\r\n", 400),
        (b"GET /two words HTTP/1.1\r\n\r\n", 400),
        (b"get / HTTP/1.1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a.example\r\nHost: b.example\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nno colon\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a.example\r\n folded\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost : a.example\r\n\r\n", 400),
        (b"GET http://[oops HTTP/1.1\r\n\r\n", 400),
        (b"DELETE / HTTP/1.1\r\nHost: a.example\r\n\r\n", 405),
        (b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: 99999\r\n\r\n", 413),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 411),
        (b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 101 + b"\r\n", 431),
        (b"GET / HTTP/1.1\r\nX: " + b"y" * 20_000 + b"\r\n\r\n", 431),
        (b"GET / HTTP/1.1\r\nHost: bad.example\r\n\r\n", 403),
        (b"GET / HTTP/1.0\r\n\r\n", 404),
        (b"GET http://bad.example/x HTTP/1.1\r\nHost: good.example\r\n\r\n", 403),
        (b"GET / HTTP/1.1\r\nHost: a..b\r\n\r\n", 400),
        (b"POST /?" + b"&".join([b"a=b"] * 30) + b" HTTP/1.1\r\n\r\n", 400),
    ],
)
def test_each_request_gets_its_status(page: Served, request_: bytes, status: int) -> None:
    found = send(page, request_)
    assert found.startswith(f"HTTP/1.1 {status} ".encode())
    assert b"Content-Security-Policy: default-src 'none'" in found


def test_a_refused_method_says_which_ones_are_served(page: Served) -> None:
    assert b"Allow: GET, HEAD, POST\r\n" in send(page, b"PUT / HTTP/1.1\r\n\r\n")


def test_a_connection_that_says_nothing_is_closed_quietly(page: Served) -> None:
    with socket.create_connection(("127.0.0.1", page.port), timeout=5) as sender:
        sender.shutdown(socket.SHUT_WR)
        assert sender.recv(100) == b""


def test_a_header_that_never_ends_is_cut_at_the_deadline(
    instance: Instance, serve: Callable[..., Served]
) -> None:
    """Slowloris: one octet now and then holds the connection no longer than the deadline."""
    publish(instance)
    page = serve(deadline=0.5)
    began = time.monotonic()
    with socket.create_connection(("127.0.0.1", page.port), timeout=5) as slow:
        slow.settimeout(0.1)
        found = b""
        while not found and time.monotonic() - began < 4:
            slow.sendall(b"X")
            try:
                found = slow.recv(1000)
            except TimeoutError:
                assert page.get().status == 403  # others are served meanwhile
    assert found.startswith(b"HTTP/1.1 408 ")
    assert time.monotonic() - began < 2


def test_a_body_that_never_comes_is_cut_at_the_deadline(
    instance: Instance, serve: Callable[..., Served]
) -> None:
    publish(instance)
    page = serve(deadline=0.3)
    head = b"POST / HTTP/1.1\r\nHost: bad.example\r\nContent-Length: 10\r\n\r\nabc"
    assert send(page, head).startswith(b"HTTP/1.1 408 ")


def test_one_client_cannot_hold_all_connections(
    page: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "MAX_CONNECTIONS_PER_CLIENT", 3)
    idle = [socket.create_connection(("127.0.0.1", page.port)) for _ in range(3)]
    try:
        time.sleep(0.1)
        assert page.get(client="127.0.0.1").status == 503
        assert page.get(client="127.0.0.4").status == 404
    finally:
        for one in idle:
            one.close()


def test_a_page_that_fails_is_told_in_plain_words(
    page: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hornbook.node.notice.site.judge", lambda *_: 1 / 0)
    reply = page.get()
    assert reply.status == 500
    assert "Please ask a teacher or the office." in reply.text
    assert "Traceback" not in reply.text


def test_the_process_serves_beats_and_stops(instance: Instance) -> None:
    publish(instance)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    instance.save(Settings(ports=Ports(notice=port)))
    argv = [sys.executable, "-m", "hornbook.node.notice", "--data", str(instance.root)]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    process = subprocess.Popen(argv, env=environment)
    try:
        for _ in range(100):
            if (instance.heartbeat("notice") or {}).get("ready"):
                break
            time.sleep(0.1)
        beat = instance.heartbeat("notice")
        assert beat
        assert (beat["port"], beat["publication"], beat["problem"]) == (port, 1, "")
        second = subprocess.run(argv, env=environment, capture_output=True, text=True)
        assert second.returncode == 2
        assert f"port {port}" in second.stderr
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
