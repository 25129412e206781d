"""One DNS node: its sockets and threads, from start to a clean end."""

from __future__ import annotations

import ipaddress
import socket
from typing import Any

from hornbook.instance import Instance, InstanceError
from hornbook.node.dns.desk import Desk
from hornbook.node.dns.loop import BATCH, Loop
from hornbook.node.dns.office import Office
from hornbook.node.dns.port import open_port, open_socket
from hornbook.node.dns.tcp import TcpDoor
from hornbook.node.dns.upstreams import choose_upstreams

PART = "dns"


class Server(Office):
    """Everything of one node. Raises InstanceError when a socket or the record is not free.

    ``portable`` asks for the port without ``recvmmsg``, ``quick`` for the compiled pass. ``worker``
    is its number, from 1, where several share one port (``crew.py``); each has a heartbeat and a
    chain of segments of its own.
    """

    def __init__(
        self,
        instance: Instance,
        *,
        portable: bool = False,
        quick: bool = False,
        worker: int = 0,
    ) -> None:
        settings = instance.settings()
        self._udp, self._tcp = _open_sockets(settings.bind, settings.ports.dns, shared=worker > 0)
        self.port: int = self._udp[0].getsockname()[1]
        upstreams = choose_upstreams(settings.upstreams, settings.bind, self.port)
        part = f"{PART}-{worker}" if worker else PART
        node = f"{settings.node}-{worker}" if worker > 1 else settings.node
        super().__init__(instance, part, node, upstreams)
        desk = Desk(self.house, self.house.new_counts())
        self._doors = [TcpDoor(desk, self.forwarder) for _ in self._tcp]
        self._loops = [
            Loop(open_port(sock, BATCH, portable=portable), self.house, self.forwarder)
            for sock in self._udp
        ]
        self._wants_quick = quick

    def open_doors(self) -> None:
        for door, sock in zip(self._doors, self._tcp, strict=True):
            self.forwarder.call(door.open(sock), 5)
        if self._wants_quick:
            self.hurry_soon()
        for loop in self._loops:
            loop.start()

    def load_compiled(self) -> None:
        for loop in self._loops:
            loop.hurry()

    def close_doors(self) -> None:
        for loop in self._loops:
            loop.stop()
        for door in self._doors:
            self.forwarder.call(door.close(), 5)

    def stop(self) -> None:
        super().stop()
        for sock in (*self._udp, *self._tcp):
            sock.close()

    def facts(self) -> dict[str, Any]:
        """What the heartbeat tells."""
        return {"port": self.port, "pass": self.way, **super().facts()}


def refuse_taken_port(bind: str, port: int) -> None:
    """Raise InstanceError when the port is not free, before several processes share it."""
    for socks in _open_sockets(bind, port, shared=False):
        for sock in socks:
            sock.close()


def _open_sockets(
    bind: str, port: int, *, shared: bool
) -> tuple[list[socket.socket], list[socket.socket]]:
    """UDP and TCP sockets on one port; ``::`` is every address of both families.

    For port 0 the system chooses a port for UDP that may be taken for TCP: then once more.
    """
    for patience in range(10 if port == 0 else 1, 0, -1):
        try:
            return _try_sockets(bind, port, shared=shared)
        except (OSError, ValueError) as error:
            if patience == 1:
                raise InstanceError(
                    f"The DNS port {bind}:{port} cannot be opened: {error}. Stop what uses it, "
                    "or choose another with --dns PORT."
                ) from error
    raise AssertionError


def _try_sockets(
    bind: str, port: int, *, shared: bool
) -> tuple[list[socket.socket], list[socket.socket]]:
    everything = ipaddress.ip_address(bind) == ipaddress.IPv6Address("::")
    addresses = ("0.0.0.0", "::") if everything else (bind,)  # noqa: S104 - as configured
    udp: list[socket.socket] = []
    tcp: list[socket.socket] = []
    try:
        for address in addresses:
            udp.append(open_socket(address, port, shared=shared))
            port = udp[0].getsockname()[1]
            tcp.append(_listen(udp[-1], port, shared=shared))
    except OSError:
        for sock in (*udp, *tcp):
            sock.close()
        raise
    return udp, tcp


def _listen(udp: socket.socket, port: int, *, shared: bool) -> socket.socket:
    sock = socket.socket(udp.family, socket.SOCK_STREAM)
    try:
        if shared:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if udp.family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.bind((udp.getsockname()[0], port))
        sock.listen(256)
    except OSError:
        sock.close()
        raise
    return sock
