"""HTTP/2 (RFC 9113) from one peer that we trust: our own Envoy, over a Unix socket.

Envoy has already refused what is no clean HTTP and puts the requests of all its clients on one
connection, so that one read brings many requests and one write takes many answers. This is no
server for strangers; still every length is bounded, and what our Envoy would never send ends
the connection.
"""

from __future__ import annotations

import asyncio
import struct
from collections import deque
from collections.abc import Callable
from typing import Any, Protocol, cast

from hornbook.node.doh.hpack import BadBlock, Head, answer_block, read_head

MAX_BODY = 4096  # octets of a question; more is answered with 413
MAX_STREAMS = 1000

_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
_FRAME = struct.Struct("!HBBBI")  # length (16 + 8 bits), type, flags, stream
_DATA, _HEADERS, _PRIORITY, _RESET, _SETTINGS, _PUSH, _PING, _GOAWAY, _WINDOW, _MORE = range(10)
_END_STREAM = _ACK = 0x01
_END_HEADERS, _PADDED, _PRIORITISED = 0x04, 0x08, 0x20
_LARGEST_FRAME = 16_384
_LARGEST_BLOCK = 32_768
_WINDOW_SIZE = 65_535
_GIVE_BACK = 16_384  # octets received before the peer is told to go on
_OUR_SETTINGS = struct.pack("!HIHIHI", 1, 0, 3, MAX_STREAMS, 4, _WINDOW_SIZE)

_UNREADABLE = Head(b"", b"", b"", b"")

Take = Callable[["Trunk", int, Head, bytes], None]


class Reader(Protocol):
    """Takes requests off a trunk by itself, many at once."""

    def read(self, trunk: Trunk, data: bytes, at: int) -> int:
        """Take what it can from ``at`` on; where the first frame begins that it leaves."""

    def release(self, stream: int) -> Head | None:
        """Forget a request of which only the header has come; what that said."""


class _Broken(Exception):
    """The peer is not our Envoy, or no HTTP/2 at all."""


class _Stream:
    __slots__ = ("body", "head")

    def __init__(self, head: Head) -> None:
        self.head = head
        self.body = b""


class Trunk(asyncio.Protocol):
    """One connection. ``take(trunk, stream, head, body)`` is called for each whole request.

    It stands in ``open_`` while it is open. ``most`` octets are taken of a request's body.
    ``reader``, where there is one, gets what comes first. ``last`` is the highest stream so far,
    ``window`` the octets of DATA that the peer still takes.
    """

    def __init__(
        self, take: Take, open_: set[Any], most: int = MAX_BODY, reader: Reader | None = None
    ) -> None:
        self._most = most
        self.reader = reader
        self.last = 0
        self.window = _WINDOW_SIZE
        self._take = take
        self._open = open_
        self._buffer = b""
        self._greeted = False
        self._streams: dict[int, _Stream] = {}
        self._block: tuple[int, int, bytes] | None = None  # stream, flags, what has come
        self._received = 0
        self._held: deque[tuple[bytes, int]] = deque()  # frames that wait for the window
        self._out: list[bytes] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._open.add(self)
        self.send(_frame(_SETTINGS, 0, 0, _OUR_SETTINGS))

    def connection_lost(self, error: Exception | None) -> None:
        self._open.discard(self)
        self._streams.clear()
        self._held.clear()

    def data_received(self, data: bytes) -> None:
        data = self._buffer + data
        try:
            used = self._frames(data, self._greet(data))
        except (_Broken, struct.error):
            self._transport.abort()
            return
        self._buffer = data[used:]

    def close(self) -> None:
        """Send what is answered and end the connection."""
        self._flush()
        self._transport.close()

    def _greet(self, data: bytes) -> int:
        if self._greeted:
            return 0
        if not _PREFACE.startswith(data[: len(_PREFACE)]):
            raise _Broken
        self._greeted = len(data) >= len(_PREFACE)
        return len(_PREFACE) if self._greeted else 0

    def _frames(self, data: bytes, at: int) -> int:
        """Take all whole frames from ``at`` on; where the first one that is not whole begins."""
        while self._greeted and at + 9 <= len(data):
            if self.reader is not None and self._block is None:
                behind = self.reader.read(self, data, at)
                if behind > at:
                    at = behind
                    continue
            high, low, kind, flags, stream = _FRAME.unpack_from(data, at)
            length = high << 8 | low
            if length > _LARGEST_FRAME:
                raise _Broken
            end = at + 9 + length
            if end > len(data):
                break
            self._frame(kind, flags, stream & 0x7FFFFFFF, data[at + 9 : end])
            at = end
        return at

    # What a reader has to say:

    @property
    def has_room(self) -> bool:
        """Whether no answer waits for the window."""
        return not self._held

    def took(self, last: int, octets: int) -> None:
        """Requests up to the stream ``last`` were taken, with ``octets`` of DATA."""
        self.last = last
        self._give_back(octets)

    def open(self, stream: int) -> None:
        """A request that was taken is answered later, by :meth:`answer`."""
        self._streams[stream] = _Stream(_UNREADABLE)

    def hand_over(self, stream: int, head: Head, body: bytes) -> None:
        """A request that was taken is for somebody else."""
        self._streams[stream] = _Stream(head)
        self._take(self, stream, head, body)

    def _frame(self, kind: int, flags: int, stream: int, body: bytes) -> None:
        if self._block is not None and kind != _MORE:
            raise _Broken
        if self.reader is not None and (head := self.reader.release(stream)) is not None:
            self._streams[stream] = _Stream(head)
        if kind == _DATA:
            self._data(flags, stream, body)
        elif kind == _HEADERS:
            self._headers(flags, stream, _without_padding(flags, body, flags & _PRIORITISED))
        elif kind == _MORE:
            self._more(flags, stream, body)
        elif kind == _RESET:
            self._streams.pop(stream, None)
        elif kind == _WINDOW and stream == 0:
            self._widen(body)
        elif kind in (_SETTINGS, _PING) and not flags & _ACK:
            self._confirm(kind, body)
        elif kind == _PUSH:
            raise _Broken

    def _confirm(self, kind: int, body: bytes) -> None:
        if kind == _PING:
            self.send(_frame(_PING, _ACK, 0, body))
            return
        settings = dict(struct.iter_unpack("!HI", body))
        if settings.get(4, _WINDOW_SIZE) < _WINDOW_SIZE:
            raise _Broken  # the largest DNS message must fit into a stream's window
        self.send(_frame(_SETTINGS, _ACK, 0, b""))

    def _widen(self, body: bytes) -> None:
        self.window += int.from_bytes(body, "big") & 0x7FFFFFFF
        while self._held and self._held[0][1] <= self.window:
            frames, size = self._held.popleft()
            self.window -= size
            self.send(frames)

    def _headers(self, flags: int, stream: int, block: bytes) -> None:
        if not flags & _END_HEADERS:
            self._block = (stream, flags, block)
            return
        if stream not in self._streams:  # else these are trailers, which mean nothing here
            if len(self._streams) >= MAX_STREAMS:
                raise _Broken
            self._streams[stream] = _Stream(_head(block))
            self.last = max(self.last, stream)
        if flags & _END_STREAM:
            self._whole(stream)

    def _more(self, flags: int, stream: int, body: bytes) -> None:
        if self._block is None or self._block[0] != stream:
            raise _Broken
        begun, block = self._block[1], self._block[2] + body
        if len(block) > _LARGEST_BLOCK:
            raise _Broken
        self._block = (stream, begun, block)
        if flags & _END_HEADERS:
            self._block = None
            self._headers(begun | _END_HEADERS, stream, block)

    def _data(self, flags: int, stream: int, body: bytes) -> None:
        self._give_back(len(body))
        found = self._streams.get(stream)
        if found is None:
            return
        found.body += _without_padding(flags, body, 0)
        if len(found.body) > self._most:
            self.answer(stream, 413)
            self.send(_frame(_RESET, 0, stream, bytes(4)))  # NO_ERROR: need not send the rest
        elif flags & _END_STREAM:
            self._whole(stream)

    def _give_back(self, octets: int) -> None:
        self._received += octets
        if self._received > _GIVE_BACK:
            self.send(_frame(_WINDOW, 0, 0, struct.pack("!I", self._received)))
            self._received = 0

    def _whole(self, stream: int) -> None:
        found = self._streams.get(stream)
        if found is not None:
            self._take(self, stream, found.head, found.body)

    def answer(
        self, stream: int, status: int, body: bytes = b"", max_age: int | None = None
    ) -> None:
        """Answer a request once; nothing is sent when its client is gone."""
        if self._streams.pop(stream, None) is None:
            return
        block = answer_block(status, len(body), max_age)
        head = _frame(_HEADERS, _END_HEADERS | (0 if body else _END_STREAM), stream, block)
        if not body:
            self.send(head)
        elif len(body) <= self.window and not self._held:
            self.window -= len(body)
            self.send(head + _data_frames(stream, body))
        else:
            self._held.append((head + _data_frames(stream, body), len(body)))

    def send(self, frames: bytes) -> None:
        """Write at the end of this turn of the loop, all at once."""
        if not self._out:
            asyncio.get_running_loop().call_soon(self._flush)
        self._out.append(frames)

    def _flush(self) -> None:
        if self._out and not self._transport.is_closing():
            self._transport.write(b"".join(self._out))
        self._out = []


def _head(block: bytes) -> Head:
    """What a client has put into its path or media type must not end everybody's connection."""
    try:
        return read_head(block)
    except (BadBlock, IndexError):
        return _UNREADABLE


def _frame(kind: int, flags: int, stream: int, body: bytes) -> bytes:
    size = len(body)
    return _FRAME.pack(size >> 8, size & 255, kind, flags, stream) + body


def _data_frames(stream: int, body: bytes) -> bytes:
    if len(body) <= _LARGEST_FRAME:
        return _frame(_DATA, _END_STREAM, stream, body)
    pieces = [body[at : at + _LARGEST_FRAME] for at in range(0, len(body), _LARGEST_FRAME)]
    last = pieces.pop()
    frames = [_frame(_DATA, 0, stream, piece) for piece in pieces]
    return b"".join([*frames, _frame(_DATA, _END_STREAM, stream, last)])


def _without_padding(flags: int, body: bytes, prioritised: int) -> bytes:
    """6.1, 6.2: the fragment or data alone."""
    begin, end = 0, len(body)
    if flags & _PADDED:
        begin, end = 1, end - (body[0] if body else 1)
    if prioritised:
        begin += 5
    if begin > end:
        raise _Broken
    return body[begin:end] if begin or end < len(body) else body
