"""Our HTTP/2 against another reading of it: the client of the package h2."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import suppress

import pytest
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import DataReceived, Event, ResponseReceived, StreamEnded, StreamReset
from hpack import Encoder
from hypothesis import given
from hypothesis import strategies as st

from hornbook.node.doh.h2 import MAX_BODY, Trunk
from hornbook.node.doh.hpack import BadBlock, Head, read_head, unpack

HEAD = [
    (":method", "POST"),
    (":scheme", "https"),
    (":authority", "dns.example"),
    (":path", "/dns-query"),
    ("content-type", "application/dns-message"),
    ("x-hornbook-client", "192.0.2.1"),
]
READ = Head(b"POST", b"/dns-query", b"application/dns-message", b"192.0.2.1")


class Wire(asyncio.Transport):
    """What lies between the two: octets, and whether it was cut."""

    def __init__(self) -> None:
        super().__init__()
        self.sent = b""
        self.cut = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.sent += bytes(data)

    def abort(self) -> None:
        self.cut = True

    def close(self) -> None:
        self.cut = True

    def is_closing(self) -> bool:
        return self.cut


class Talk:
    """A client and a trunk; ``asked`` is what the trunk has handed on."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.asked: list[tuple[int, Head, bytes]] = []
        self.wire = Wire()
        self.trunk = Trunk(
            lambda _, stream, head, body: self.asked.append((stream, head, body)), set()
        )
        self.client = H2Connection(H2Configuration(client_side=True))
        self.client.initiate_connection()
        loop.run_until_complete(self._begin())
        self.exchange()

    async def _begin(self) -> None:
        self.trunk.connection_made(self.wire)

    def exchange(self, octets_at_once: int = 100_000) -> list[Event]:
        """Carry everything both ways once; what the client has seen."""
        data = self.client.data_to_send()
        for at in range(0, len(data), octets_at_once):
            self.loop.run_until_complete(self._bring(data[at : at + octets_at_once]))
        self.loop.run_until_complete(asyncio.sleep(0))
        back, self.wire.sent = self.wire.sent, b""
        return list(self.client.receive_data(back))

    async def _bring(self, data: bytes) -> None:
        self.trunk.data_received(data)

    def ask(self, body: bytes = b"question", head: list[tuple[str, str]] | None = None) -> int:
        stream = self.client.get_next_available_stream_id()
        self.client.send_headers(stream, head or HEAD)
        for at in range(0, len(body), 16_384):
            self.client.send_data(stream, body[at : at + 16_384])
        self.client.end_stream(stream)
        return stream

    async def _answer(self, stream: int, status: int, body: bytes, age: int | None) -> None:
        self.trunk.answer(stream, status, body, age)

    def answer(self, stream: int, status: int, body: bytes = b"", age: int | None = None) -> None:
        self.loop.run_until_complete(self._answer(stream, status, body, age))


@pytest.fixture
def talk() -> Iterator[Talk]:
    loop = asyncio.new_event_loop()
    yield Talk(loop)
    loop.close()


@pytest.mark.parametrize("octets", [100_000, 7, 1])
def test_requests_arrive_whole_in_pieces_of_any_size(talk: Talk, octets: int) -> None:
    streams = [talk.ask(b"one"), talk.ask(b"two")]
    talk.exchange(octets)
    assert talk.asked == [(streams[0], READ, b"one"), (streams[1], READ, b"two")]


def test_answers_are_read_by_the_other_side(talk: Talk) -> None:
    stream = talk.ask()
    talk.exchange()
    talk.answer(stream, 200, b"reply", 60)
    head, data, _ = talk.exchange()
    assert isinstance(head, ResponseReceived)
    assert dict(head.headers or [])[b"cache-control"] == b"max-age=60"
    assert isinstance(data, DataReceived)
    assert data.data == b"reply"


def test_answers_larger_than_the_window_wait_for_it(talk: Talk) -> None:
    streams = [talk.ask() for _ in range(3)]
    talk.exchange()
    for stream in streams:
        talk.answer(stream, 200, bytes(40_000), 1)
    got = 0
    for _ in range(4):
        for event in talk.exchange():
            if isinstance(event, DataReceived):
                got += len(event.data or b"")
                talk.client.acknowledge_received_data(
                    event.flow_controlled_length or 0, event.stream_id or 0
                )
    assert got == 120_000


def test_too_much_is_refused_and_the_others_go_on(talk: Talk) -> None:
    talk.ask(bytes(MAX_BODY + 1))
    good = talk.ask()
    events = talk.exchange()
    assert [stream for stream, _, _ in talk.asked] == [good]
    assert any(isinstance(event, StreamReset | StreamEnded) for event in events)
    assert not talk.wire.cut


def test_a_client_that_is_gone_gets_no_answer(talk: Talk) -> None:
    stream = talk.ask()
    talk.exchange()
    talk.client.reset_stream(stream)
    talk.exchange()
    talk.answer(stream, 200, b"reply", 1)
    assert talk.exchange() == []


@given(st.binary(max_size=300))
def test_any_octets_are_read_or_end_the_connection(data: bytes) -> None:
    loop = asyncio.new_event_loop()
    try:
        talk = Talk(loop)
        loop.run_until_complete(talk._bring(data))
    finally:
        loop.close()


@given(st.binary(max_size=100))
def test_any_header_block_is_read_or_refused(block: bytes) -> None:
    with suppress(BadBlock, IndexError):
        read_head(block)


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126, exclude_characters="\\")))
def test_texts_in_the_huffman_code_are_read(text: str) -> None:
    encoder = Encoder()
    assert unpack(encoder.huffman_coder.encode(text.encode())) == text.encode()
