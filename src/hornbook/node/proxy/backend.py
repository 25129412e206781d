"""The process behind the proxy's Envoy: a Unix socket on the rules, cache and record of a node."""

from __future__ import annotations

import asyncio
import time
from functools import partial
from typing import Any

from hornbook.instance import Instance, write_atomically
from hornbook.node.dns.office import Office
from hornbook.node.dns.upstreams import choose_upstreams
from hornbook.node.dns.world import World
from hornbook.node.doh.backend import DRAIN, listen
from hornbook.node.doh.h2 import Trunk
from hornbook.node.doh.hpack import Head
from hornbook.node.notice.asks import AskDesk
from hornbook.node.notice.http import MAX_BODY
from hornbook.node.proxy.asked import read_asked
from hornbook.node.proxy.clerk import Clerk
from hornbook.node.proxy.config import PROTECTED_FILE, SOCKET

MAX_MESSAGE = MAX_BODY + 4096  # octets of a form and the lines above it


class Backend(Office):
    """The proxy's rules. Raises InstanceError when the record or the socket is not free."""

    def __init__(self, instance: Instance) -> None:
        settings = instance.settings()
        upstreams = choose_upstreams(settings.upstreams, settings.bind, settings.ports.dns)
        super().__init__(instance, "proxy", f"{settings.node}-proxy", upstreams)
        self._clerk = Clerk(self.house, self.forwarder, settings, AskDesk(instance.spool))
        self._server: asyncio.Server | None = None
        self._connections: set[Trunk] = set()
        self._written: World | None = None

    def open_doors(self) -> None:
        self.forwarder.call(self._open(), 5)

    def close_doors(self) -> None:
        """Envoy is told to stop at the same time: let it bring what its clients have asked."""
        end = time.monotonic() + DRAIN
        while self._connections and time.monotonic() < end:
            time.sleep(0.05)
        self.forwarder.call(self._close(), 5)

    def look_for_parts(self) -> None:
        super().look_for_parts()
        world = self.house.world
        if world is not None and world is not self._written:
            self._write_protected(world)

    def _write_protected(self, world: World) -> None:
        """The names that Envoy opens when it cannot ask us; they outlive this process."""
        names = world.kernel.rulebook.notice.get("protected", ())
        body = "".join(f"{name}\n" for name in names).encode()
        write_atomically(self.instance.run / PROTECTED_FILE, body)
        self._written = world

    async def _open(self) -> None:
        loop = asyncio.get_running_loop()
        sock = listen(self.instance, SOCKET)
        self._server = await loop.create_unix_server(self._trunk, sock=sock)

    async def _close(self) -> None:
        if self._server:
            self._server.close()
        for connection in list(self._connections):
            connection.close()

    def _trunk(self) -> Trunk:
        return Trunk(self._request, self._connections, MAX_MESSAGE)

    def _request(self, trunk: Trunk, stream: int, head: Head, body: bytes) -> None:
        try:
            asked = read_asked(body)
        except ValueError:  # this is not our Envoy
            trunk.answer(stream, 400)
            return
        self._clerk.take(asked, partial(trunk.answer, stream, 200))

    def facts(self) -> dict[str, Any]:
        return {**super().facts(), "connections": len(self._connections)}
