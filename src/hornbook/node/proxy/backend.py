"""The process behind the proxy's Envoy: one Unix socket on the rules, cache and record of a node,
and one on the mint of certificates.
"""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import replace
from functools import partial
from typing import Any

from hornbook.instance import Instance, InstanceError
from hornbook.node.content.words import PATH as PEEK_PATH
from hornbook.node.dns.office import Office
from hornbook.node.dns.upstreams import choose_upstreams
from hornbook.node.doh.backend import DRAIN, listen
from hornbook.node.doh.h2 import Trunk
from hornbook.node.doh.hpack import Head
from hornbook.node.envoy.grpc import Connection, Send
from hornbook.node.notice.asks import AskDesk
from hornbook.node.proxy import authority, memory, peek
from hornbook.node.proxy.asked import Asked, read_asked
from hornbook.node.proxy.clerk import Clerk
from hornbook.node.proxy.config import SOCKET
from hornbook.node.proxy.inside import MINT_SOCKET
from hornbook.node.proxy.mint import Mint
from hornbook.node.proxy.names import Names
from hornbook.node.proxy.negotiate import Login, open_acceptor
from hornbook.node.proxy.tunnels import Tunnels
from hornbook.node.proxy.visit import Done
from hornbook.node.proxy.warned import Warner

log = logging.getLogger(__name__)

MAX_MESSAGE = 60_000  # octets: of a form and the lines above it, or of a log of Envoy


class Backend(Office):
    """The proxy's rules. Raises InstanceError when the record or the socket is not free."""

    def __init__(self, instance: Instance) -> None:
        settings = instance.settings()
        self._acceptor = open_acceptor(instance, settings)
        upstreams = choose_upstreams(settings.upstreams, settings.bind, settings.ports.dns)
        super().__init__(instance, "proxy", f"{settings.node}-proxy", upstreams)
        self._names = Names()
        self._mint = Mint(authority.settle(instance), self._names)
        self._authority = _stamp(instance)
        asks = AskDesk(instance.spool)
        warner = Warner(instance.spool)
        self._clerk = Clerk(self.house, self.forwarder, settings, asks, warner, self._names)
        self._tunnels = Tunnels(self.house)
        self._servers: list[asyncio.Server] = []
        self._connections: set[Trunk | Connection] = set()

    def open_doors(self) -> None:
        self.forwarder.call(self._open(), 5)

    def close_doors(self) -> None:
        """Envoy is told to stop at the same time: let it bring what its clients have asked."""
        end = time.monotonic() + DRAIN
        while any(isinstance(one, Trunk) for one in self._connections) and time.monotonic() < end:
            time.sleep(0.05)
        self.forwarder.call(self._close(), 5)

    def beat(self, **more: Any) -> None:
        """Also looks whether another authority was put in force, and renews certificates."""
        super().beat(**more)
        if not more:
            self.forwarder.call(self._renew(), 30)

    async def _renew(self) -> None:
        stamp = _stamp(self.instance)
        if stamp == self._authority:
            self._mint.renew()
            return
        try:
            self._mint.renew(authority.settle(self.instance))
        except InstanceError as error:
            log.error("the authority stays as it was: %s", error)
        self._authority = stamp

    async def _open(self) -> None:
        loop = asyncio.get_running_loop()
        doors = (
            (SOCKET, self._trunk),
            (MINT_SOCKET, self._minting),
            (peek.SOCKET, self._peeking),
        )
        for name, make in doors:
            sock = listen(self.instance, name)
            self._servers.append(await loop.create_unix_server(make, sock=sock))

    async def _close(self) -> None:
        if self._acceptor:
            self._acceptor.close()
        for server in self._servers:
            server.close()
        for connection in list(self._connections):
            connection.close()

    def _trunk(self) -> Trunk:
        return Trunk(self._request, self._connections, MAX_MESSAGE)

    def _minting(self) -> Connection:
        return Connection(self._mint.open, self._connections)

    def _peeking(self) -> Connection:
        return Connection(self._peek, self._connections, peek.LONGEST_MESSAGE)

    def _peek(self, path: str, send: Send) -> peek.Peek | None:
        return peek.Peek(self._tunnels.opens, send) if path == PEEK_PATH else None

    def _request(self, trunk: Trunk, stream: int, head: Head, body: bytes) -> None:
        try:
            if head.path == memory.PATH:
                self._clerk.remembered(self._clerk.memory.logged(body))
                trunk.answer(stream, 200)
                return
            asked = read_asked(body)
        except ValueError:  # this is not our Envoy
            trunk.answer(stream, 400)
            return
        done: Done = partial(trunk.answer, stream, 200)
        ticket = None if asked.inside else asked.who.ticket
        if self._acceptor is None or ticket is None:
            self._clerk.take(asked, done)
        else:
            self._acceptor.take(ticket, partial(self._greet, asked, done))

    def _greet(self, asked: Asked, done: Done, login: Login | None) -> None:
        """Envoy is told whose the ticket was, before what it is told of the request."""
        if login is None:
            self._clerk.take(asked, done)
            return
        who = replace(asked.who, login=login.name, credentials="")
        greeting = f"login {login.name} {login.ends}\n".encode()
        self._clerk.take(replace(asked, who=who), lambda said: done(greeting + said))

    def facts(self) -> dict[str, Any]:
        names = {"names": len(self._names), "minted": self._mint.minted}
        names["unrecorded"] = self._clerk.memory.unknown
        if self._acceptor:
            names |= {"tickets": self._acceptor.taken, "refused_tickets": self._acceptor.refused}
        return {**super().facts(), "connections": len(self._connections), **names}


def _stamp(instance: Instance) -> int:
    """Changes when another authority is put in force."""
    try:
        return authority.paths(instance)[0].stat().st_mtime_ns
    except OSError:
        return 0
