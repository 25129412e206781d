"""Ask other resolvers what the rules allow: one thread with one asyncio loop.

Each question goes out on a socket of its own, so with its own random port, with a random id
(RFC 5452); the socket is connected, so the system drops what does not come from the upstream;
id and question are compared, and what does not match is ignored until the time is over. One
retry goes to the next upstream; one that fails again and again is asked last for a while. A
truncated reply is asked for again by TCP. Upstreams may also be asked over TCP or TLS alone
(``streams.py``).

Questions for the same key wait for one answer. That bounds the work, keeps birthday attacks
out, and ends a forwarding loop in a time-out instead of a storm.
"""

from __future__ import annotations

import asyncio
import secrets
import socket
import struct
import threading
import time
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from hornbook.node.dns import wire
from hornbook.node.dns.cache import Cache, Entry, Key, failure, key_of
from hornbook.node.dns.incoming import Checks
from hornbook.node.dns.streams import Stream
from hornbook.node.dns.upstreams import Upstream

TIMEOUT = 2.0  # seconds for one try
TRIES = 2
FAILURES = 2  # in a row, after which an upstream is asked last
ASKED_LAST = 10.0  # seconds
STALE_PATIENCE = 1.8  # seconds until an old answer is given instead (RFC 8767 5)
MAX_IN_FLIGHT = 1_000  # different questions under way: as many sockets
MAX_RENEWED = MAX_IN_FLIGHT // 4  # renewals leave room for questions that somebody waits for
MAX_WAITING = 10_000  # clients' questions under way or queued

Reply = Callable[[bytes], None]
Waiter = tuple[wire.Query, Callable[[Entry], None]]
_UNHELPFUL = (wire.SERVFAIL, wire.REFUSED, wire.NOTIMP, wire.FORMERR)


class Forwarder:
    """The thread, its loop and the questions under way. ``sent`` counts questions sent out."""

    def __init__(
        self,
        upstreams: Sequence[Upstream],
        cache: Cache,
        timeout: float = TIMEOUT,
        checks: Checks | None = None,
    ) -> None:
        self.upstreams = tuple(upstreams)
        self.cache = cache
        self.timeout = timeout
        self.checks = checks or Checks()
        self.sent = 0
        self.failed = 0
        self.dropped = 0
        self.renewed = 0
        cache.renew = self.renew
        self.loop = asyncio.new_event_loop()
        self._inbox: deque[Waiter] = deque()
        self._under_way: dict[Key, list[Waiter]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._waiting = 0
        self._streams: dict[Upstream, Stream] = {}
        self._failures: dict[Upstream, int] = {}
        self._asked_last_until: dict[Upstream, float] = {}
        self._thread = threading.Thread(target=self.loop.run_forever, name="forward", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self, patience: float = 3.0) -> None:
        """Answer what is under way, as far as ``patience`` seconds allow, then end the thread."""
        self.call(self._drain(patience), patience + 1)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(1.0)
        if not self._thread.is_alive():
            self.loop.close()

    def call(self, work: Coroutine[Any, Any, Any], patience: float) -> Any:
        """Run a coroutine on the forwarder's loop from another thread and wait for it."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(patience)

    def submit(self, waiters: Sequence[Waiter]) -> None:
        """Take questions from another thread. What is too much is dropped; clients ask again."""
        room = max(0, MAX_WAITING - len(self._inbox) - self._waiting)
        self.dropped += max(0, len(waiters) - room)
        self._inbox.extend(waiters[:room])
        self.loop.call_soon_threadsafe(self._take_in)

    def _take_in(self) -> None:
        while self._inbox:
            self.ask(*self._inbox.popleft())

    def ask(self, query: wire.Query, done: Callable[[Entry], None]) -> None:
        """Call ``done`` with the answer, now or later; only on the forwarder's own thread."""
        key = key_of(query)
        entry = self.cache.get(key, time.monotonic())
        if entry or (len(self._under_way) >= MAX_IN_FLIGHT and key not in self._under_way):
            done(entry or failure())
            return
        self._waiting += 1
        if key in self._under_way:
            self._under_way[key].append((query, done))
            return
        self._begin(key, [(query, done)])

    def renew(self, key: Key) -> None:
        """Fetch anew what is still good, for the next who asks; from any thread."""
        self.loop.call_soon_threadsafe(self._renew, key)

    def _renew(self, key: Key) -> None:
        if key not in self._under_way and len(self._under_way) < MAX_RENEWED:
            self.renewed += 1
            self._begin(key, [])

    def _begin(self, key: Key, waiters: list[Waiter]) -> None:
        self._under_way[key] = waiters
        task = self.loop.create_task(self._fetch(key))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _fetch(self, key: Key) -> None:
        stale = self.cache.stale(key, time.monotonic())
        try:
            async with asyncio.timeout(STALE_PATIENCE if stale else None):
                entry = await self._resolve(key)
        except (TimeoutError, asyncio.CancelledError):
            entry = failure()
        if entry.rcode in _UNHELPFUL:
            entry = self._still_good(key) or stale or entry
        self.cache.put(key, entry)
        waiters = self._under_way.pop(key)
        self._waiting -= len(waiters)
        for _, done in waiters:
            done(entry)

    def _still_good(self, key: Key) -> Entry | None:
        """What was to be renewed, and is not over yet."""
        entry = self.cache.get(key, time.monotonic())
        return None if entry is None or entry.rcode in _UNHELPFUL else entry

    async def _resolve(self, key: Key) -> Entry:
        """Try upstreams in turn, beginning with the first; the last word counts."""
        last: Entry | None = None
        order = self._order()
        for attempt in range(TRIES if order else 0):
            upstream = order[attempt % len(order)]
            self.sent += 1
            try:
                async with asyncio.timeout(self.timeout):
                    last = await self._exchange(upstream, key)
            except (OSError, TimeoutError, wire.BadMessage, asyncio.IncompleteReadError):
                self._note_failure(upstream)
                continue
            self._failures[upstream] = 0
            if last.rcode not in _UNHELPFUL:
                return last
        self.failed += 1
        return last or failure()

    def _order(self) -> list[Upstream]:
        """As configured, but those that keep failing last."""
        now = time.monotonic()
        return sorted(self.upstreams, key=lambda one: self._asked_last_until.get(one, 0.0) > now)

    def _note_failure(self, upstream: Upstream) -> None:
        self._failures[upstream] = self._failures.get(upstream, 0) + 1
        if self._failures[upstream] >= FAILURES:
            self._asked_last_until[upstream] = time.monotonic() + ASKED_LAST

    async def _exchange(self, upstream: Upstream, key: Key) -> Entry:
        message, question = question_message(key)
        if upstream.how == "udp":
            reply = await _by_udp(self.loop, upstream, message, question)
            if reply[2] & wire.TC >> 8:
                reply = await _by_tcp(upstream, message, question)
        else:
            stream = self._stream(upstream)
            reply = await stream.ask(message)
            if not fits(reply, message, question):
                raise wire.BadMessage
        return self.checks.read(reply, question)

    def _stream(self, upstream: Upstream) -> Stream:
        if upstream not in self._streams:
            self._streams[upstream] = Stream(upstream)
        return self._streams[upstream]

    async def _drain(self, patience: float) -> None:
        self._take_in()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=patience)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.gather(*(stream.close() for stream in self._streams.values()))


def question_message(key: Key) -> tuple[bytes, bytes]:
    """(message, its question): what is sent upstream, with a random id and EDNS (RFC 6891)."""
    name, qtype, do, checking_disabled = key
    flags = wire.RD | wire.AD | (wire.CD if checking_disabled else 0)
    question = name + wire.WORDS.pack(qtype, wire.IN)
    head = wire.HEADER.pack(secrets.randbits(16), flags, 1, 0, 0, 1)
    return head + question + wire.opt_record(do), question


def fits(reply: bytes, message: bytes, question: bytes) -> bool:
    """Whether ``reply`` answers ``message``: its id, QR, and the same question in any case."""
    end = 12 + len(question)
    return (
        len(reply) >= end
        and reply[:2] == message[:2]
        and reply[2] & 0xF8 == 0x80
        and reply[4:6] == b"\0\1"
        and reply[12:end].lower() == question.lower()
    )


async def _by_udp(
    loop: asyncio.AbstractEventLoop, upstream: Upstream, message: bytes, question: bytes
) -> bytes:
    sock = socket.socket(upstream.family, socket.SOCK_DGRAM)
    try:
        sock.setblocking(False)
        sock.connect((upstream.address, upstream.port))
        sock.send(message)
        while True:
            reply = await loop.sock_recv(sock, 65535)
            if fits(reply, message, question):
                return reply
    finally:
        sock.close()


async def _by_tcp(upstream: Upstream, message: bytes, question: bytes) -> bytes:
    reader, writer = await asyncio.open_connection(upstream.address, upstream.port)
    try:
        writer.write(struct.pack("!H", len(message)) + message)
        (length,) = struct.unpack("!H", await reader.readexactly(2))
        reply = await reader.readexactly(length)
    finally:
        writer.close()
    if not fits(reply, message, question):
        raise wire.BadMessage
    return reply
