"""DNS over TCP (RFC 7766): framed messages, answered in any order, on the forwarder's loop."""

from __future__ import annotations

import asyncio
import socket
import struct

from hornbook.node.dns import wire
from hornbook.node.dns.cache import Entry
from hornbook.node.dns.desk import Desk
from hornbook.node.dns.forward import Forwarder

IDLE = 10.0  # seconds that a silent connection is kept
MAX_CONNECTIONS = 512
MAX_A_CLIENT = 32  # connections of one address
PIPELINE = 64  # questions of one connection under way


class TcpDoor:
    """Accepts connections on one bound and listening socket. Runs on the forwarder's loop."""

    def __init__(self, desk: Desk, forwarder: Forwarder, idle: float = IDLE) -> None:
        self._desk = desk
        self._forwarder = forwarder
        self._idle = idle
        self._open: dict[asyncio.Task[None], str] = {}
        self._server: asyncio.Server | None = None

    async def open(self, sock: socket.socket) -> None:
        self._server = await asyncio.start_server(self._serve, sock=sock)

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
        for task in list(self._open):
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        client = str(writer.get_extra_info("peername")[0])
        task = asyncio.current_task()
        try:
            if task is None or not self._has_room(client):
                return
            self._open[task] = client
            await self._read_on(reader, writer, client)
        except (TimeoutError, OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            return  # the client went away or fell silent, or the node stops
        finally:
            if task is not None:
                self._open.pop(task, None)
            writer.close()

    def _has_room(self, client: str) -> bool:
        theirs = sum(other == client for other in self._open.values())
        return len(self._open) < MAX_CONNECTIONS and theirs < MAX_A_CLIENT

    async def _read_on(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, client: str
    ) -> None:
        free = asyncio.Semaphore(PIPELINE)
        while True:
            async with asyncio.timeout(self._idle):
                (length,) = struct.unpack("!H", await reader.readexactly(2))
                packet = await reader.readexactly(length)
                await free.acquire()
            if not self._answer(packet, client, writer, free):
                return
            async with asyncio.timeout(self._idle):
                await writer.drain()

    def _answer(
        self, packet: bytes, client: str, writer: asyncio.StreamWriter, free: asyncio.Semaphore
    ) -> bool:
        """Answer now or later; False for what gets no answer, which ends the connection."""
        answer = self._desk.answer(packet, client, stream=True)
        if isinstance(answer, wire.Query):
            query = answer

            def done(entry: Entry) -> None:
                free.release()
                self._send(writer, self._desk.finish(query, entry))

            self._forwarder.ask(query, done)
            return True
        free.release()
        if answer:
            self._send(writer, answer)
        return bool(answer)

    def _send(self, writer: asyncio.StreamWriter, reply: bytes) -> None:
        if not writer.is_closing():
            self._desk.counts.answered += 1
            writer.write(struct.pack("!H", len(reply)) + reply)
