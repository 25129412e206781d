"""The process behind Envoy: two Unix sockets on the rules, cache and record of a node."""

from __future__ import annotations

import asyncio
import os
import socket
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from hornbook.instance import Instance, InstanceError
from hornbook.node.dns import wire
from hornbook.node.dns.office import Office
from hornbook.node.dns.upstreams import choose_upstreams
from hornbook.node.doh.clerk import DOH, Ask, Clerk
from hornbook.node.doh.clients import Crowd, octets
from hornbook.node.doh.config import DOH_SOCKET, DOT_SOCKET
from hornbook.node.doh.dot import MAX_A_CLIENT, Line
from hornbook.node.doh.freshness import max_age
from hornbook.node.doh.h2 import Reader, Trunk
from hornbook.node.doh.hpack import Head
from hornbook.node.doh.request import Refused, read_request

MAX_OPEN = 512  # HTTP requests of one address under way
DRAIN = 4.0  # seconds that Envoy has to bring what is under way


class Backend(Office):
    """DoH and DoT. Raises InstanceError when the record or the sockets are not free.

    ``quick`` asks for the compiled pass.
    """

    def __init__(self, instance: Instance, *, quick: bool = False) -> None:
        settings = instance.settings()
        upstreams = choose_upstreams(settings.upstreams, settings.bind, settings.ports.dns)
        super().__init__(instance, "doh", f"{settings.node}-doh", upstreams)
        self._clerk = Clerk(self.house, self.forwarder)
        self._requests = Crowd(MAX_OPEN)
        self._lines = Crowd(MAX_A_CLIENT)
        self._zone = settings.dns_name.lower().rstrip(".")
        self._servers: list[asyncio.Server] = []
        self._connections: set[Trunk | Line] = set()
        self._make_reader: Callable[[], Reader | None] = lambda: None
        self._wants_quick = quick

    def open_doors(self) -> None:
        if self._wants_quick:
            self.hurry_soon()
        self.forwarder.call(self._open(), 5)

    def close_doors(self) -> None:
        """Envoy is told to stop at the same time: let it bring what its clients have asked."""
        end = time.monotonic() + DRAIN
        while self._connections and time.monotonic() < end:
            time.sleep(0.05)
        self.forwarder.call(self._close(), 5)

    async def _open(self) -> None:
        loop = asyncio.get_running_loop()
        for name, make in ((DOH_SOCKET, self._trunk), (DOT_SOCKET, self._line)):
            sock = listen(self.instance, name)
            self._servers.append(await loop.create_unix_server(make, sock=sock))

    async def _close(self) -> None:
        for server in self._servers:
            server.close()
        for connection in list(self._connections):
            connection.close()

    def load_compiled(self) -> None:
        from hornbook.node.doh.quick import Fast

        fast = Fast(self.house, self._clerk.desk, self)
        fast.warm()
        self._make_reader = fast.reader
        for connection in tuple(self._connections):
            if isinstance(connection, Trunk):
                connection.reader = fast.reader()

    def _trunk(self) -> Trunk:
        return Trunk(self._request, self._connections, reader=self._make_reader())

    def _line(self) -> Line:
        return Line(self._clerk, self._lines, self._zone, self._connections)

    def _request(self, trunk: Trunk, stream: int, head: Head, body: bytes) -> None:
        """Ask the clerk, or say in HTTP what is wrong."""
        try:
            asked = read_request(head, body)
            client = octets(head.client)
        except Refused as refused:
            trunk.answer(stream, refused.status)
            return
        except ValueError:  # no address: this is not our Envoy
            trunk.answer(stream, 400)
            return
        done = self._enter(trunk, stream, client)
        if done:
            self._clerk.take(Ask(asked.packet, client, asked.token, DOH, done))

    def give(self, trunk: Trunk, stream: int, client: bytes, reply: bytes | wire.Query) -> None:
        """Answer what a reader took: at once, or when it was asked upstream."""
        done = self._enter(trunk, stream, client)
        if done:
            self._clerk.give(Ask(b"", client, b"", DOH, done), reply)

    def _enter(self, trunk: Trunk, stream: int, client: bytes) -> Callable[[bytes], None] | None:
        """What answers one more request of that client; None where it has too many under way."""
        if self._requests.enter(client):
            return partial(self._answer, trunk, stream, client)
        trunk.answer(stream, 429)
        return None

    def _answer(self, trunk: Trunk, stream: int, client: bytes, reply: bytes) -> None:
        self._requests.leave(client)
        if reply:
            trunk.answer(stream, 200, reply, max_age(reply))
        else:
            trunk.answer(stream, 400)

    def facts(self) -> dict[str, Any]:
        return {**super().facts(), "pass": self.way, "connections": len(self._connections)}


def listen(instance: Instance, name: str) -> socket.socket:
    """A listening socket in ``run/`` for this user only. The path is short: see :func:`stand_in`.

    Whoever can write to it can say who asks: hence 0600, from its first moment on.
    """
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    mask = os.umask(0o177)
    try:
        (instance.run / name).unlink(missing_ok=True)
        sock.bind(name)
        sock.listen(1024)
    except OSError as error:
        sock.close()
        raise InstanceError(f"{instance.run / name} cannot be opened: {error}.") from error
    finally:
        os.umask(mask)
    return sock


def stand_in(instance: Instance) -> None:
    """Make ``run/`` the working folder: a socket's path has room for about 100 octets."""
    os.chdir(instance.run)
