"""gRPC from one peer that we trust: our own Envoy, over a Unix socket, for a few long calls.

A call is an HTTP/2 request whose body is messages behind five octets each (a flag and a length);
so is its answer. https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md
"""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Callable
from typing import Any, Protocol, cast

import h2.config
import h2.connection
import h2.events
import h2.exceptions
import h2.settings

from hornbook.node.doh.h2 import MAX_STREAMS

MAX_MESSAGE = 1 << 20  # octets; a first message names all certificates that Envoy holds
_PREFIX = struct.Struct("!BI")
_UNIMPLEMENTED = "12"


class Talk(Protocol):
    """One call: ``take`` is given each message that comes, ``end`` is called when it is over."""

    def take(self, message: bytes) -> None: ...

    def end(self) -> None: ...


class Send(Protocol):
    """Says a message; with ``last`` the call is over for both, and the talk's ``end`` is called."""

    def __call__(self, message: bytes, last: bool = False) -> None: ...


Open = Callable[[str, Send], Talk | None]


class _Call:
    def __init__(self, talk: Talk) -> None:
        self.talk = talk
        self.came = b""
        self.waits = bytearray()  # what the peer's window does not take yet
        self.is_last = False  # nothing is said behind what waits


class Connection(asyncio.Protocol):
    """``open_(path, send)`` makes the talk of a call, or None for one that is not known here.

    ``longest`` is of one message, in octets.
    """

    def __init__(self, open_: Open, connections: set[Any], longest: int = MAX_MESSAGE) -> None:
        self._open = open_
        self._longest = longest
        self._all = connections
        self._calls: dict[int, _Call] = {}
        self._http = h2.connection.H2Connection(
            h2.config.H2Configuration(client_side=False, header_encoding=None)
        )
        # Envoy opens as many calls as its own file allows before it hears what we allow.
        self._http.local_settings = h2.settings.Settings(
            client=False,
            initial_values={h2.settings.SettingCodes.MAX_CONCURRENT_STREAMS: MAX_STREAMS},
        )

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._all.add(self)
        self._http.initiate_connection()
        self._flush()

    def connection_lost(self, error: Exception | None) -> None:
        self._all.discard(self)
        for stream in list(self._calls):
            self._end(stream)

    def data_received(self, data: bytes) -> None:
        try:
            for event in self._http.receive_data(data):
                self._event(event)
        except (h2.exceptions.ProtocolError, ValueError):
            self._transport.abort()
            return
        self._flush()

    def close(self) -> None:
        self._transport.close()

    def _event(self, event: h2.events.Event) -> None:
        if isinstance(event, h2.events.RequestReceived):
            self._begin(event)
        elif isinstance(event, h2.events.DataReceived):
            self._http.acknowledge_received_data(
                event.flow_controlled_length or 0, event.stream_id or 0
            )
            self._data(event.stream_id or 0, event.data or b"")
        elif isinstance(event, h2.events.WindowUpdated):
            for stream in [event.stream_id] if event.stream_id else list(self._calls):
                self._pour(stream)
        elif isinstance(event, h2.events.StreamEnded):
            self._finish(event.stream_id or 0)
        elif isinstance(event, h2.events.StreamReset):
            self._end(event.stream_id or 0)

    def _begin(self, event: h2.events.RequestReceived) -> None:
        stream = event.stream_id or 0
        path = dict(event.headers or {}).get(b":path", b"").decode("latin-1")
        talk = self._open(path, lambda message, last=False: self._send(stream, message, last))
        head = [(":status", "200"), ("content-type", "application/grpc")]
        if talk is None:
            self._http.send_headers(stream, [*head, ("grpc-status", _UNIMPLEMENTED)], True)
            return
        self._calls[stream] = _Call(talk)
        self._http.send_headers(stream, head)

    def _data(self, stream: int, data: bytes) -> None:
        call = self._calls.get(stream)
        if call is None:
            return
        call.came += data
        while len(call.came) >= _PREFIX.size:
            flag, length = _PREFIX.unpack_from(call.came)
            if flag or length > self._longest:
                raise ValueError("a message that is packed or too long")
            end = _PREFIX.size + length
            if len(call.came) < end:
                break
            message, call.came = call.came[_PREFIX.size : end], call.came[end:]
            call.talk.take(message)

    def _send(self, stream: int, message: bytes, last: bool = False) -> None:
        call = self._calls.get(stream)
        if call is not None and not call.is_last:
            call.waits += _PREFIX.pack(0, len(message)) + message
            call.is_last = last
            self._pour(stream)
            self._flush()

    def _pour(self, stream: int) -> None:
        """Send what waits, as far as the peer's windows allow."""
        call = self._calls.get(stream)
        while call and call.waits:
            room = min(
                self._http.local_flow_control_window(stream), self._http.max_outbound_frame_size
            )
            if room <= 0:
                break
            self._http.send_data(stream, bytes(call.waits[:room]))
            del call.waits[:room]
        if call and call.is_last and not call.waits:
            self._finish(stream)

    def _finish(self, stream: int) -> None:
        """The peer has said all; so have we, and the stream is free for another call."""
        if stream in self._calls:
            self._end(stream)
            self._http.send_headers(stream, [("grpc-status", "0")], end_stream=True)

    def _end(self, stream: int) -> None:
        call = self._calls.pop(stream, None)
        if call is not None:
            call.talk.end()

    def _flush(self) -> None:
        data = self._http.data_to_send()
        if data and not self._transport.is_closing():
            self._transport.write(data)
