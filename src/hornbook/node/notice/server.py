"""Sockets around the notice page: deadlines, connection limits, heartbeat, a clean stop."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
from collections import Counter
from collections.abc import Callable
from http import HTTPStatus

from hornbook.instance import Instance, InstanceError
from hornbook.node.notice.http import MAX_HEAD, METHODS, Refused, Request, Response, read_request
from hornbook.node.notice.site import NoticeSite

DEADLINE = 10.0  # seconds for one whole request, and again for its answer
MAX_CONNECTIONS = 512
MAX_CONNECTIONS_PER_CLIENT = 64
LINGER = 64 * 1024

Answer = Callable[[Request], Response]
_log = logging.getLogger(__name__)


class NoticeServer:
    """Serves ``answer`` on one address. ``port`` is the real one once ``start`` returned."""

    def __init__(self, answer: Answer, *, deadline: float = DEADLINE) -> None:
        self._answer = answer
        self._deadline = deadline
        self._open: Counter[str] = Counter()
        self._server: asyncio.Server | None = None
        self.served = 0
        self.port = 0

    async def start(self, host: str, port: int) -> None:
        """Listen; port 0 takes a free one. Raises InstanceError when the address cannot be had."""
        try:
            self._server = await asyncio.start_server(self._connected, host, port, limit=MAX_HEAD)
        except OSError as error:
            raise InstanceError(
                f"Cannot listen on {host} port {port} for the notice page: {error.strerror}. "
                "Choose another with --notice PORT, or stop what uses it."
            ) from error
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server:
            self._server.close()
            await self._server.wait_closed()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        client = str(writer.get_extra_info("peername")[0])
        self._open[client] += 1
        try:
            with contextlib.suppress(ConnectionError, TimeoutError):
                await self._serve(reader, writer, client)
        finally:
            self._open[client] -= 1
            if not self._open[client]:
                del self._open[client]
            writer.close()

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, client: str
    ) -> None:
        if self._open[client] > MAX_CONNECTIONS_PER_CLIENT or (
            self._open.total() > MAX_CONNECTIONS
        ):
            busy = Refused(HTTPStatus.SERVICE_UNAVAILABLE, "Too many connections. Try again soon.")
            await self._send(writer, _refusal(busy).octets())
            return
        response, head_only = await self._respond(reader, client)
        if response:
            await self._send(writer, response.octets(head_only=head_only))
            await self._linger(reader, writer)
            self.served += 1

    async def _respond(
        self, reader: asyncio.StreamReader, client: str
    ) -> tuple[Response | None, bool]:
        try:
            async with asyncio.timeout(self._deadline):
                request = await read_request(reader, client)
            return (self._answer(request), request.method == "HEAD") if request else (None, False)
        except TimeoutError:
            return _refusal(
                Refused(HTTPStatus.REQUEST_TIMEOUT, "The request took too long.")
            ), False
        except Refused as refused:
            return _refusal(refused), False
        except Exception:  # noqa: BLE001  one bad page must not end the part; it is logged
            _log.exception("a notice page failed")
            why = "The page could not be made. Please ask a teacher or the office."
            return _refusal(Refused(HTTPStatus.INTERNAL_SERVER_ERROR, why)), False

    async def _send(self, writer: asyncio.StreamWriter, octets: bytes) -> None:
        async with asyncio.timeout(self._deadline):
            writer.write(octets)
            await writer.drain()

    async def _linger(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Read what is still coming for a moment: closing at once could reset our answer away."""
        writer.write_eof()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(1.0):
                await reader.read(LINGER)


def _refusal(refused: Refused) -> Response:
    allow = {"Allow": ", ".join(METHODS)}
    wrong_method = refused.status == HTTPStatus.METHOD_NOT_ALLOWED
    return Response(
        refused.status, f"{refused.why}\n", "text/plain", headers=allow if wrong_method else {}
    )


async def serve(instance: Instance) -> None:
    """Serve the notice page of an instance until SIGTERM or SIGINT."""
    settings = instance.settings()
    site = NoticeSite(instance)
    server = NoticeServer(site.answer)
    await server.start(settings.bind, settings.ports.notice)
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    while not stopping.is_set():
        await asyncio.to_thread(site.refresh)
        instance.beat("notice", ready=True, port=server.port, served=server.served, **site.facts())
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), 1.0)
    await server.stop()
