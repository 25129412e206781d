"""The compiled pass behind TLS says and writes what is said and written one by one."""

from __future__ import annotations

import asyncio
import os
import socket
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path
from typing import Any

import dns.message
import dns.rcode
import pytest
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import DataReceived, ResponseReceived, StreamEnded
from hypothesis import given, settings
from hypothesis import strategies as st

from hornbook.kernel import compiled
from hornbook.node.dns import desk as dns_desk
from hornbook.node.dns.cache import Cache
from hornbook.node.dns.journal import Journal
from hornbook.node.dns.rows import Scribe
from hornbook.node.dns.tails import Notice
from hornbook.node.doh.backend import MAX_OPEN
from hornbook.node.doh.h2 import Reader, Trunk
from hornbook.node.doh.hpack import Head
from hornbook.record.segments import SegmentWriter
from tests.node.dns.conftest import (
    ADULT,
    CASINO,
    GAMES,
    SEARCH,
    Internet,
    publish,
    rows,
    until,
)
from tests.node.doh.conftest import (
    CHROME,
    MEDIA,
    TOKEN,
    House,
    make_instance,
    publish_with_token,
)
from tests.node.doh.test_h2 import Wire

if compiled.available():
    from hornbook.node.doh.quick import Fast

pytestmark = pytest.mark.skipif(not compiled.available(), reason="numba is not here")

NAMES = (ADULT, f"a.b.{ADULT.upper()}", GAMES, CASINO, SEARCH, "www.example.org", ".")
CANARY = "use-application-dns.net"
CLIENTS = ("127.0.0.1", "127.0.0.4", "192.0.2.9", "2001:db8::9", "::ffff:127.0.0.4")
Asked = tuple[list[tuple[str, str]], bytes]
Answer = tuple[dict[str, str], bytes]


def head(path: str, client: str, *, method: str = "POST", media: str = MEDIA) -> Any:
    """What Envoy hands on for a request."""
    named = [(":method", method), (":scheme", "https"), (":authority", "dns"), (":path", path)]
    typed = [("content-type", media)] if method == "POST" else []
    return [*named, *typed, ("accept", "*/*"), ("x-hornbook-client", client)]


def question(name: str, kind: str = "A", edns: int = 0, **more: Any) -> bytes:
    return dns.message.make_query(name, kind, use_edns=edns, id=0, **more).to_wire()


def posted(name: str, client: str = "127.0.0.1", token: str = "", **how: Any) -> Asked:
    return head("/dns-query" + (f"/{token}" if token else ""), client), question(name, **how)


def got(name: str, client: str = "127.0.0.1", more: str = "") -> Asked:
    packed = urlsafe_b64encode(question(name)).decode().rstrip("=")
    return head(f"/dns-query?dns={packed}{more}", client, method="GET"), b""


class Peer:
    """Envoy's place: one connection to the process behind it, spoken by the package h2."""

    def __init__(self, house: House) -> None:
        here = Path.cwd()
        os.chdir(house.instance.run)  # a socket's path has room for about 100 octets
        try:
            self._sock = socket.socket(socket.AF_UNIX)
            self._sock.connect("doh.sock")
        finally:
            os.chdir(here)
        self._sock.settimeout(10)
        self._talk = H2Connection(H2Configuration(client_side=True))
        self._talk.initiate_connection()
        self._send()
        while self._talk.remote_settings.header_table_size:  # Envoy is told to keep no table
            self._talk.receive_data(self._sock.recv(1 << 16))
        self._send()

    def _send(self) -> None:
        self._sock.sendall(self._talk.data_to_send())

    def ask(self, asked: list[Asked], *, heads_first: bool = False, takes: int = 0) -> list[Answer]:
        """All answers of one volley; headers and bodies in turn, or all headers first.

        ``takes``: so many answers may come before the first is acknowledged.
        """
        first = self._talk.get_next_available_stream_id()
        streams = range(first, first + 2 * len(asked), 2)
        for stream, (fields, body) in zip(streams, asked, strict=True):
            self._talk.send_headers(stream, fields, end_stream=not body)
            if body and not heads_first:
                self._talk.send_data(stream, body, end_stream=True)
        for stream, (_, body) in zip(streams, asked, strict=True):
            if body and heads_first:
                self._talk.send_data(stream, body, end_stream=True)
        self._send()
        return self._collect(streams, takes)

    def _collect(self, streams: range, takes: int) -> list[Answer]:
        found: dict[int, Answer] = {stream: ({}, b"") for stream in streams}
        ended, waits = 0, []
        while ended < len(found):
            data = self._sock.recv(1 << 16)
            assert data, "the connection was ended"
            for event in self._talk.receive_data(data):
                if isinstance(event, ResponseReceived):
                    fields = {str(k, "ascii"): str(v, "ascii") for k, v in event.headers or []}
                    found[event.stream_id or 0] = fields, b""
                elif isinstance(event, DataReceived):
                    fields, body = found[event.stream_id or 0]
                    found[event.stream_id or 0] = fields, body + (event.data or b"")
                    waits.append((event.flow_controlled_length or 0, event.stream_id or 0))
                elif isinstance(event, StreamEnded):
                    ended += 1
            if ended >= takes:
                for size, stream in waits:
                    self._talk.acknowledge_received_data(size, stream)
                waits = []
            self._send()
        return list(found.values())

    def close(self) -> None:
        self._sock.close()


@contextmanager
def running(house: House, *options: str) -> Iterator[Peer]:
    """The process behind Envoy, alone, and a peer of it."""
    house.start("doh", "hornbook.node.doh", *options)
    beat: dict[str, Any] = {}

    def is_ready() -> bool:
        beat.update(house.instance.heartbeat("doh") or {})
        way = "one by one" if "--plain" in options else "compiled"
        return bool(beat.get("ready")) and beat["pass"] == way

    until(is_ready, 60)
    peer = Peer(house)
    try:
        yield peer
    finally:
        peer.close()
        house.stop("doh")


def everything() -> list[Asked]:
    asked = [
        posted(name, client, token, kind=kind, edns=edns)
        for name, kind, edns, client, token in product(
            NAMES, ("A", "AAAA", "HTTPS"), (-1, 0), CLIENTS, ("", TOKEN, CHROME)
        )
    ]
    asked += [got(name, client) for name, client in product(NAMES, CLIENTS)]
    asked += [
        posted(ADULT, want_dnssec=True),
        posted(CANARY),
        posted("www.example.org", kind="TXT"),
    ]
    return asked


def odd() -> list[Asked]:
    """What no plain request is, and what is wrong."""
    whole, cookie = question(ADULT), dns.edns.CookieOption(b"8" * 8, b"")
    return [
        got(ADULT, more="&x=1"),
        got(ADULT, more="="),
        (head("/dns-query", "127.0.0.1", media="text/plain"), whole),
        (head("/dns-query", "127.0.0.1", media=f"{MEDIA}; q=1"), whole),
        (head("/dns-query/short", "127.0.0.1"), whole),
        (head("/elsewhere", "127.0.0.1"), whole),
        (head("/dns-query", "nobody"), whole),
        (head("/dns-query", "127.0.0.1", method="PUT"), whole),
        (head("/dns-query", "127.0.0.1"), whole[:-3]),
        (head("/dns-query", "127.0.0.1"), b"x"),
        (head("/dns-query", "127.0.0.1"), bytes(4096)),
        (head("/dns-query", "127.0.0.1"), bytes(4097)),
        (head("/dns-query?x", "127.0.0.1"), whole),
        (head("/dns-query", "127.0.0.1"), question("example.org", "ANY")),
        (
            head("/dns-query", "127.0.0.1"),
            question(ADULT, options=[cookie]),
        ),
    ]


def said(answers: list[Answer]) -> list[tuple[object, ...]]:
    """Everything but what the clock decides."""
    return [told(fields, body) for fields, body in answers]


def told(fields: dict[str, str], body: bytes) -> tuple[object, ...]:
    if fields[":status"] != "200":
        return fields[":status"], body
    reply = dns.message.from_wire(body)
    least = min((r.ttl for part in reply.sections[1:] for r in part), default=0)
    assert fields["content-length"] == str(len(body))
    if reply.answer:
        assert fields["cache-control"] == f"max-age={least}"
    sections = [sorted(str(rrset).split(" ", 2)[2] for rrset in s) for s in reply.sections[1:]]
    return fields["content-type"], reply.rcode(), reply.flags, sections, reply.options


def of_row(row: dict[str, object]) -> tuple[str, ...]:
    return tuple(str(row[name]) for name in sorted(row) if name not in ("at", "segment", "seq"))


@pytest.mark.parametrize("heads_first", [False, True])
def test_both_ways_say_and_write_the_same(alone: House, heads_first: bool) -> None:
    answers, written = [], [len(rows(alone.instance))]
    for options in ([], ["--plain"]):
        with running(alone, *options) as peer:
            found = []
            for some in (everything(), everything(), odd()):
                for at in range(0, len(some), 90):
                    found += peer.ask(some[at : at + 90], heads_first=heads_first)
            answers.append(said(found))
        written.append(len(rows(alone.instance)))
    assert answers[0] == answers[1]
    record = rows(alone.instance)
    first, second = record[written[0] : written[1]], record[written[1] : written[2]]
    assert len(first) > 2 * len(everything())
    assert sorted(map(of_row, first)) == sorted(map(of_row, second))


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[House]:
    """An instance with parts, of which nothing runs yet."""
    internet = Internet()
    found = make_instance(tmp_path, internet)
    publish_with_token(found.instance)
    yield found
    internet.close()


def test_more_than_one_may_have_under_way_is_answered_at_once(alone: House) -> None:
    """What needs no looking up is never under way, however many share an address."""
    with running(alone) as peer:
        answers = peer.ask([posted(ADULT)] * (MAX_OPEN + 100))
        assert {fields[":status"] for fields, _ in answers} == {"200"}
        beat: dict[str, Any] = {}
        until(lambda: (alone.instance.heartbeat("doh") or beat)["answered"] == len(answers))
        beat = alone.instance.heartbeat("doh") or {}
    assert beat["received"] == beat["blocked"] == len(answers)
    assert len(rows(alone.instance)) == len(answers)


def test_answers_wait_for_a_peer_that_takes_no_more(alone: House) -> None:
    with running(alone) as peer:
        few = peer.ask([posted(ADULT)] * 900, takes=300)
        assert len(few) == 900
        assert len({body for _, body in few}) == 1


def test_rules_that_change_hold_from_the_next_question_on(alone: House) -> None:
    with running(alone) as peer:
        assert told(*peer.ask([posted(GAMES, token=TOKEN)])[0])[1] == dns.rcode.NOERROR
        publish(alone.instance.parts)  # the same rules, and nobody is known by a token
        until(lambda: told(*peer.ask([posted(GAMES, token=TOKEN)])[0])[1] == dns.rcode.NXDOMAIN)


# Without rules every request is handed over: so what is gathered can be held against h2.py.


@pytest.fixture(scope="module")
def fast(tmp_path_factory: pytest.TempPathFactory) -> Fast:
    writer = SegmentWriter(tmp_path_factory.mktemp("record"), "node-1")
    house = dns_desk.House(Notice("", "", ""), Cache(), Journal(writer, Scribe("node-1", "")))

    class Nobody:
        def give(self, trunk: Trunk, stream: int, client: bytes, reply: object) -> None:
            raise AssertionError

    found = Fast(house, dns_desk.Desk(house, house.new_counts()), Nobody())
    found.warm()
    return found


def read_all(pieces: list[bytes], reader: Reader | None) -> tuple[list[Any], bool]:
    """What a trunk hands on of octets in pieces, and whether it cut the connection."""
    asked: list[Any] = []
    wire = Wire()

    async def bring() -> None:
        def take(trunk: Trunk, stream: int, head: Head, body: bytes) -> None:
            method = b"POST" if b"?dns=" in head.path else head.method
            asked.append((stream, method, head.path.partition(b"?")[0], head.client, body))
            trunk.answer(stream, 200)

        trunk = Trunk(take, set(), reader=reader)
        trunk.connection_made(wire)
        for piece in pieces:
            if not wire.cut:
                trunk.data_received(piece)
        await asyncio.sleep(0)

    asyncio.run(bring())
    return asked, wire.cut


def test_what_cannot_be_judged_is_handed_over(
    fast: Fast, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    asked = [("/dns-query", "192.0.2.1", MEDIA, b"x", 0)] * 3
    octets = [written(asked, indexed=False)]
    monkeypatch.setattr(fast._house, "world", "no rules at all")
    assert read_all(octets, fast.reader()) == read_all(octets, None)
    assert "3 requests was not judged" in caplog.text


REQUESTS = st.lists(
    st.tuples(
        st.sampled_from(["/dns-query", f"/dns-query/{TOKEN}", "/x", "/dns-query?a", "/" * 600]),
        st.sampled_from(["192.0.2.1", "2001:db8::1"]),
        st.sampled_from([MEDIA, "text/plain"]),
        st.binary(max_size=60),
        st.integers(0, 3),  # whole; in two frames; with padding; reset before its end
    ),
    max_size=8,
)


def written(requests: list[Any], *, indexed: bool) -> bytes:
    """The octets of a client that sends them."""
    talk = H2Connection(H2Configuration(client_side=True))
    talk.initiate_connection()
    talk.encoder.header_table_size = 4096 if indexed else 0
    for path, client, media, body, how in requests:
        stream = talk.get_next_available_stream_id()
        talk.send_headers(stream, head(path, client, media=media))
        if how == 3:
            talk.reset_stream(stream)
            continue
        if how == 1:
            talk.send_data(stream, body[:5])
        rest = body[5:] if how == 1 else body
        talk.send_data(stream, rest, end_stream=True, pad_length=7 if how == 2 else None)
    return talk.data_to_send()


@settings(deadline=None)
@given(REQUESTS, st.booleans(), st.lists(st.integers(1, 400), max_size=6), st.data())
def test_gathered_is_what_h2_reads(
    fast: Fast, requests: list[Any], indexed: bool, cuts: list[int], more: st.DataObject
) -> None:
    octets = bytearray(written(requests, indexed=indexed))
    for _ in range(more.draw(st.integers(0, 2))):  # and with octets that nobody should send
        octets[more.draw(st.integers(0, len(octets) - 1))] = more.draw(st.integers(0, 255))
    pieces, at = [], 0
    for cut in cuts:
        pieces.append(bytes(octets[at : at + cut]))
        at += cut
    pieces.append(bytes(octets[at:]))
    quickly, slowly = read_all(pieces, fast.reader()), read_all(pieces, None)
    assert quickly == slowly
