"""DNS over TLS (RFC 7858) behind Envoy: framed messages on a stream, answered in any order."""

from __future__ import annotations

import asyncio
from typing import Any, cast

from hornbook.node.doh.clerk import DOT, Ask, Clerk
from hornbook.node.doh.clients import Crowd
from hornbook.node.doh.h2 import MAX_BODY
from hornbook.node.doh.proxy import BadHeader, Origin, read_origin

IDLE = 30.0  # seconds that a silent connection is kept (RFC 7858 3.4)
MAX_A_CLIENT = 64  # connections of one address
PIPELINE = 64  # questions of one connection under way


class Line(asyncio.Protocol):
    """One client's stream. ``zone`` is the name below which a label is a token.

    It stands in ``open_`` while it is open.
    """

    def __init__(
        self, clerk: Clerk, crowd: Crowd, zone: str, open_: set[Any], idle: float = IDLE
    ) -> None:
        self._open = open_
        self._clerk = clerk
        self._crowd = crowd
        self._zone = zone
        self._idle = idle
        self._origin: Origin | None = None
        self._token = b""
        self._buffer = b""
        self._under_way = 0
        self._out: list[bytes] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._open.add(self)
        self._loop = asyncio.get_running_loop()
        self._heard = self._loop.time()
        self._timer = self._loop.call_later(self._idle, self._look)

    def connection_lost(self, error: Exception | None) -> None:
        self._open.discard(self)
        self._timer.cancel()
        if self._origin is not None:
            self._crowd.leave(self._origin.client)

    def data_received(self, data: bytes) -> None:
        self._heard = self._loop.time()
        self._buffer += data
        try:
            if self._origin is not None or self._greet():
                self._read_on()
        except BadHeader:
            self._transport.abort()

    def pause_writing(self) -> None:
        self._transport.pause_reading()

    def resume_writing(self) -> None:
        self._transport.resume_reading()

    def close(self) -> None:
        self._flush()
        self._transport.close()

    def _greet(self) -> bool:
        found = read_origin(self._buffer)
        if found is None:
            return False
        origin, used = found
        if not self._crowd.enter(origin.client):
            raise BadHeader
        self._origin, self._buffer = origin, self._buffer[used:]
        self._token = token_in(origin.name, self._zone)
        return True

    def _read_on(self) -> None:
        """Take whole messages while the pipeline has room."""
        while len(self._buffer) >= 2 and self._origin and self._under_way < PIPELINE:
            length = int.from_bytes(self._buffer[:2], "big")
            if length > MAX_BODY:
                raise BadHeader
            if len(self._buffer) < 2 + length:
                return
            packet, self._buffer = self._buffer[2 : 2 + length], self._buffer[2 + length :]
            self._under_way += 1
            self._clerk.take(Ask(packet, self._origin.client, self._token, DOT, self._reply))
        if self._under_way >= PIPELINE:
            self._transport.pause_reading()

    def _reply(self, reply: bytes) -> None:
        if self._under_way == PIPELINE:
            self._loop.call_soon(self._go_on)
        self._under_way -= 1
        if not self._out:
            self._loop.call_soon(self._flush)
        self._out.append(len(reply).to_bytes(2, "big") + reply if reply else b"")
        if not reply:  # no DNS message at all: nothing that follows can be believed
            self._loop.call_soon(self.close)

    def _go_on(self) -> None:
        if not self._transport.is_closing():
            self._transport.resume_reading()
            self.data_received(b"")

    def _flush(self) -> None:
        if self._out and not self._transport.is_closing():
            self._transport.write(b"".join(self._out))
        self._out = []

    def _look(self) -> None:
        left = self._heard + self._idle - self._loop.time()
        if left <= 0 and not self._under_way:
            self._transport.close()
        else:
            self._timer = self._loop.call_later(max(left, 1.0), self._look)


def token_in(name: str, zone: str) -> bytes:
    """The token of ``<token>.<zone>``, as it stands in a name: lower case; empty without one."""
    label, dot, rest = name.partition(".")
    return label.encode() if zone and dot and rest == zone else b""
