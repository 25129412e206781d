"""Asking an upstream over TCP or TLS (RFC 7766, RFC 7858): one connection, many questions.

With TLS the upstream proves its name, or its address where no name is given, by a certificate
that this machine trusts (RFC 8310, strict profile): a resolver that cannot is not asked. Questions
over TLS are padded to 128 octets (RFC 8467), so that their length tells little.
"""

from __future__ import annotations

import asyncio
import secrets
import ssl
import struct
import time
from contextlib import suppress

from hornbook.node.dns import wire
from hornbook.node.dns.upstreams import Upstream

IDLE = 10.0  # seconds that a connection without questions is kept
PAD_TO = 128
_PADDING = 12  # EDNS option code, RFC 7830


class Stream:
    """One upstream's connection, opened when it is needed. Only for one asyncio loop."""

    def __init__(self, upstream: Upstream, idle: float = IDLE) -> None:
        self._upstream = upstream
        self._idle = idle
        self._context = tls_context() if upstream.how == "tls" else None
        self._writer: asyncio.StreamWriter | None = None
        self._reading: asyncio.Task[None] | None = None
        self._opening = asyncio.Lock()
        self._waiting: dict[int, asyncio.Future[bytes]] = {}
        self._heard = 0.0

    async def ask(self, message: bytes) -> bytes:
        """The reply to one message, whose id may be changed on its way and back.

        Raises OSError when there is no connection to be had. A connection that the other side
        has closed while it was idle is opened once more.
        """
        if self._context is not None:
            room = -(len(message) + 4) % PAD_TO
            message = wire.with_option(message, _PADDING, bytes(room))
        was_open = self._is_open()
        try:
            return await self._ask(message)
        except (OSError, asyncio.IncompleteReadError):
            if not was_open:
                raise
        return await self._ask(message)

    async def close(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.gather(self._reading, return_exceptions=True)

    def _is_open(self) -> bool:
        return self._writer is not None and not self._writer.is_closing()

    async def _ask(self, message: bytes) -> bytes:
        writer = await self._connected()
        mark, asked = self._free_mark(), time.monotonic()
        answer = self._waiting[mark] = asyncio.get_running_loop().create_future()
        try:
            framed = len(message).to_bytes(2, "big") + mark.to_bytes(2, "big") + message[2:]
            writer.write(framed)
            await writer.drain()
            reply: bytes = await answer
            return message[:2] + reply[2:]
        except asyncio.CancelledError:  # the time is over
            if self._heard < asked:  # and nothing came at all: the connection may be dead
                writer.close()
            raise
        finally:
            self._waiting.pop(mark, None)

    def _free_mark(self) -> int:
        while (mark := secrets.randbits(16)) in self._waiting:
            pass
        return mark

    async def _connected(self) -> asyncio.StreamWriter:
        async with self._opening:
            if self._writer is None or not self._is_open():
                upstream, context = self._upstream, self._context
                name = (upstream.name or upstream.address) if context else None
                reader, self._writer = await asyncio.open_connection(
                    upstream.address, upstream.port, ssl=context, server_hostname=name
                )
                self._reading = asyncio.create_task(self._read(reader, self._writer))
            return self._writer

    async def _read(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Hand replies to who waits for them, until the connection ends or is idle for long."""
        error: BaseException = ConnectionError("the upstream closed the connection")
        try:
            while True:
                async with asyncio.timeout(None if self._waiting else self._idle):
                    (length,) = struct.unpack("!H", await reader.readexactly(2))
                    reply = await reader.readexactly(length)
                self._heard = time.monotonic()
                answer = self._waiting.get(int.from_bytes(reply[:2], "big"))
                if answer is not None and not answer.done():
                    answer.set_result(reply)
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()
            waiting, self._waiting = self._waiting, {}
            for answer in waiting.values():
                if not answer.done():
                    answer.set_exception(error)
            with suppress(OSError, asyncio.CancelledError):
                await writer.wait_closed()


def tls_context() -> ssl.SSLContext:
    """Trusts what the machine trusts; ``SSL_CERT_FILE`` names others."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["dot"])
    return context
