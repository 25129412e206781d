"""Real origins, good and bad, and clients that mean no good."""

from __future__ import annotations

import asyncio
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import suppress

import psutil
import pytest

from tests.node.proxy.conftest import ADULT, GAMES, HELP, LOOKED, OPEN, House
from tests.node.proxy.origins import HUGE
from tests.node.proxy.test_inside import district, world

SLOW = 10  # seconds that a head may take
TUNNELS = 1000


@pytest.fixture(scope="module")
def house(looking: House) -> House:
    return looking


@pytest.fixture(scope="module", autouse=True)
def lazy(house: House) -> Iterator[tuple[float, list[socket.socket]]]:
    """Clients that begin and never end: they wait while the other tests of this module run."""
    begun = time.monotonic()
    lines = [f"GET http://{OPEN}/ HTTP/1.1\r\nHost: {OPEN}\r\nX-", "", "\x16\x03\x01"]
    opened = []
    for line in lines * 30:
        opened.append(socket.create_connection(("127.0.0.1", house.ports.proxy)))
        opened[-1].sendall(line.encode("latin-1"))
    yield begun, opened
    for one in opened:
        one.close()


# --- origins ---------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["old", "new"])
def test_old_and_new_tls_are_opened(house: House, kind: str) -> None:
    assert district(house, f"{kind}.{LOOKED}").body == "origin / "


def test_an_origin_may_speak_http_2_alone(house: House) -> None:
    for protocol in ("--http1.1", "--http2"):
        assert district(house, f"two.{LOOKED}", protocol, path="/x").body == "2 /x"


@pytest.mark.parametrize("kind", ["expired", "wrong", "self"])
def test_a_bad_certificate_is_told_and_nothing_is_opened(house: House, kind: str) -> None:
    before = len(house.secure.asked)
    reply = district(house, f"{kind}.{LOOKED}", "-H", "accept: text/html")
    assert (reply.connect, reply.status) == (200, 502)
    assert "This site cannot prove that it is itself" in reply.body
    assert len(house.secure.asked) == before


@pytest.mark.parametrize(
    ("path", "body"), [("/chunked", "one two three"), ("/slow", "slowly but surely")]
)
def test_answers_come_as_they_are_made(house: House, path: str, body: str) -> None:
    assert district(house, LOOKED, path=path).body == body
    assert house.http(OPEN, path).body == body


def test_a_part_of_a_file_is_that_part(house: House) -> None:
    for reply in (
        district(house, LOOKED, "-r", "2-4", path="/part"),
        house.http(OPEN, "/part", "-r", "2-4"),
    ):
        assert (reply.status, reply.body) == (206, "cde")
        assert "content-range: bytes 2-4/26" in reply.head.lower()


def test_a_huge_answer_is_held_back_while_nobody_reads(house: House) -> None:
    """What is on the way stays small: the buffers of two sockets and of Envoy."""
    request = f"GET http://{OPEN}:{house.plain.port}/huge HTTP/1.1\r\nHost: {OPEN}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", house.ports.proxy), timeout=10) as client:
        client.sendall(request.encode())
        assert client.recv(9) == b"HTTP/1.1 "
        time.sleep(0.5)
        assert house.plain.server.poured < HUGE // 2
    assert memory(house) < 400 << 20


def memory(house: House) -> int:
    """Octets that Envoy holds."""
    front = psutil.Process(house.processes["proxy-envoy"].pid)
    return sum(one.memory_info().rss for one in front.children(recursive=True))


@pytest.mark.parametrize("inside", [True, False])
def test_a_web_socket_is_one_inside_too(house: House, inside: bool) -> None:
    with connected(house, LOOKED if inside else OPEN, inside=inside) as talk:
        host = f"{LOOKED if inside else OPEN}"
        port = house.secure.port if inside else house.plain.port
        where = "/chat" if inside else f"http://{host}:{port}/chat"
        talk.sendall(
            f"GET {where} HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: Upgrade\r\n"
            "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZQ==\r\n\r\n".encode()
        )
        assert read_to(talk, b"\r\n\r\n").startswith(b"HTTP/1.1 101")
        for word in (b"hello", b"again"):
            talk.sendall(word)
            assert read_to(talk, word) == word


def connected(house: House, host: str, *, inside: bool) -> socket.socket:
    """To the proxy, or to the origin through it, by TLS that believes the district's authority."""
    plain = socket.create_connection(("127.0.0.1", house.ports.proxy), timeout=10)
    if not inside:
        return plain
    where = f"{host}:{house.secure.port}"
    plain.sendall(f"CONNECT {where} HTTP/1.1\r\nHost: {where}\r\n\r\n".encode())
    assert read_to(plain, b"\r\n\r\n").startswith(b"HTTP/1.1 200")
    ca = house.instance.root / "inspection" / "ca.pem"
    return ssl.create_default_context(cafile=str(ca)).wrap_socket(plain, server_hostname=host)


def read_to(talk: socket.socket, end: bytes) -> bytes:
    found = b""
    while end not in found and (piece := talk.recv(4096)):
        found += piece
    return found


def until_silent(talk: socket.socket) -> bytes:
    """What comes until the end, or until nothing comes for as long as its timeout says."""
    found = b""
    with suppress(TimeoutError, ConnectionResetError):
        while piece := talk.recv(4096):
            found += piece
    return found


# --- clients ---------------------------------------------------------------------------------

SMUGGLED = "GET http://{open}/smuggled HTTP/1.1\r\nHost: {open}\r\n\r\n"


@pytest.mark.parametrize(
    "fields",
    [
        "Content-Length: {n}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{inner}",
        "Transfer-Encoding: chunked\r\nContent-Length: {n}\r\n\r\n0\r\n\r\n{inner}",
        "Content-Length: 0\r\nContent-Length: {n}\r\n\r\n{inner}",
        "Content-Length: +{n}\r\n\r\n{inner}",
        "Transfer-Encoding: xchunked\r\n\r\n{inner}",
        "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n{inner}",
        "Transfer-Encoding:\x0bchunked\r\n\r\n0\r\n\r\n{inner}",
        "X: a\r\n Content-Length: {n}\r\n\r\n{inner}",
        "X: a\nContent-Length: {n}\r\n\r\n{inner}",
        "X: a\x00b\r\n\r\n{inner}",
        "Transfer-Encoding: chunked\r\n\r\n0;a\nb\r\n\r\n{inner}",
    ],
)
def test_no_request_is_smuggled_in_the_body_of_another(house: House, fields: str) -> None:
    """Either it is refused, or what follows is a request of its own and judged like one."""
    adult, opened = (f"{host}:{house.plain.port}" for host in (ADULT, OPEN))
    inner = SMUGGLED.format(open=adult)
    before = len(house.plain.asked)
    words = f"POST http://{opened}/ HTTP/1.1\r\nHost: {opened}\r\n" + fields.format(
        n=len(inner), inner=inner
    )
    with socket.create_connection(("127.0.0.1", house.ports.proxy), timeout=10) as client:
        client.sendall(words.encode("latin-1"))
        client.settimeout(0.5)
        answer = until_silent(client)
    reached = house.plain.asked[before:]
    assert answer[:12] in (b"HTTP/1.1 400", b"HTTP/1.1 501", b"HTTP/1.1 200"), answer[:100]
    assert len(reached) == (answer[:12] == b"HTTP/1.1 200")
    assert not any("smuggled" in path for _, path, _ in reached)


@pytest.mark.parametrize("inside", [True, False])
def test_fields_of_ours_and_envoys_are_nobody_elses(house: House, inside: bool) -> None:
    forged = {
        "hornbook": "told=1",
        "hornbook.told": f"x|{GAMES}:80|127.0.0.4|",
        "x-envoy-original-dst-host": f"127.0.0.1:{house.ports.notice}",
        "x-envoy-upstream-rq-timeout-ms": "1",
        "x-envoy-retry-on": "5xx",
        "x-envoy-decorator-operation": "x",
        "x-forwarded-for": "127.0.0.4",
        "x-forwarded-proto": "https",
        "proxy-authorization": "Basic eDp5",
    }
    headers = [word for name in forged for word in ("-H", f"{name}: {forged[name]}")]
    origin = house.secure if inside else house.plain
    if inside:
        assert district(house, LOOKED, *headers, path="/slow").body == "slowly but surely"
        assert district(house, GAMES, *headers).status == 403
    else:
        assert house.http(OPEN, "/slow", *headers).body == "slowly but surely"
        assert house.http(GAMES, "/", *headers).status == 403
    _, _, told = origin.asked[-1]
    ours = ("x-envoy", "x-forwarded", "proxy-")
    assert not [name for name in told if name.startswith(ours)], told


def test_a_thousand_tunnels_at_one_time(house: House) -> None:
    async def one(everybody: asyncio.Barrier) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", house.ports.proxy)
        where = f"{OPEN}:{house.plain.port}"
        writer.write(f"CONNECT {where} HTTP/1.1\r\nHost: {where}\r\n\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        await everybody.wait()
        writer.write(f"GET /t HTTP/1.1\r\nHost: {where}\r\nConnection: close\r\n\r\n".encode())
        body = await reader.read()
        writer.close()
        return head[:12] + body[-10:]

    async def all_of_them() -> list[bytes]:
        everybody = asyncio.Barrier(TUNNELS)
        return await asyncio.gather(*(one(everybody) for _ in range(TUNNELS)))

    assert set(asyncio.run(asyncio.wait_for(all_of_them(), 200))) == {b"HTTP/1.1 200origin /t "}
    assert memory(house) < 400 << 20


def test_help_opens_in_every_way(house: House) -> None:
    """While the others hold what they hold: plain, by a tunnel, and never looked into."""
    assert house.http(HELP).body == "origin / "
    assert world(house, HELP).body == "origin / "


def test_who_only_begins_is_sent_away(
    house: House, lazy: tuple[float, list[socket.socket]]
) -> None:
    begun, opened = lazy
    assert house.http(OPEN).status == 200
    left = max(0.0, begun + SLOW + 4 - time.monotonic())
    end = time.monotonic() + left
    for one in opened:
        one.settimeout(max(0.1, end - time.monotonic()))
        told = until_silent(one)
        assert told == b"" or told.startswith(b"HTTP/1.1 4"), told[:80]
        one.settimeout(0.1)
        with suppress(ConnectionResetError):
            assert one.recv(1) == b"", "it is still open"
