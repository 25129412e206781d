"""One DNS node: its sockets, threads, rules and record, from start to a clean end."""

from __future__ import annotations

import ipaddress
import logging
import socket
import sys
import threading
from dataclasses import asdict
from typing import Any

from hornbook.instance import Instance, InstanceError
from hornbook.node.dns.cache import Cache
from hornbook.node.dns.desk import Counts, Desk, House
from hornbook.node.dns.forward import Forwarder
from hornbook.node.dns.journal import Journal
from hornbook.node.dns.loop import BATCH, Loop
from hornbook.node.dns.port import open_port, open_socket
from hornbook.node.dns.rows import Scribe
from hornbook.node.dns.tcp import TcpDoor
from hornbook.node.dns.upstreams import choose_upstreams
from hornbook.node.dns.world import World, notice_of
from hornbook.node.partstore import PartStore, Watcher
from hornbook.record.segments import SegmentWriter

log = logging.getLogger(__name__)

WATCH_EVERY = 0.2  # seconds: how soon published parts are in force
BEAT_EVERY = 1.0
SWITCH_INTERVAL = 0.0005  # seconds until a thread with work must let the answering one go on


class Server:
    """Everything of one node. Raises InstanceError when a socket or the record is not free.

    ``portable`` asks for the port without ``recvmmsg``.
    """

    def __init__(self, instance: Instance, *, portable: bool = False) -> None:
        self.instance = instance
        self.settings = instance.settings()
        self._udp, self._tcp = _open_sockets(self.settings.bind, self.settings.ports.dns)
        self.port: int = self._udp[0].getsockname()[1]
        settings = self.settings
        upstreams = choose_upstreams(settings.upstreams, settings.bind, self.port)
        writer = SegmentWriter(instance.record, settings.node)
        cache = Cache()
        self.journal = Journal(writer, Scribe(settings.node, settings.site))
        self.house = House(notice_of(settings), cache, self.journal)
        self.forwarder = Forwarder(upstreams, cache)
        desk = Desk(self.house, self.house.new_counts())
        self._doors = [TcpDoor(desk, self.forwarder) for _ in self._tcp]
        self._loops = [
            Loop(open_port(sock, BATCH, portable=portable), self.house, self.forwarder)
            for sock in self._udp
        ]
        self._watcher = Watcher(PartStore(instance.parts))
        self.parts_problem = ""
        self._stop = threading.Event()
        self._watch_thread = threading.Thread(target=self._watch, name="watch", daemon=True)

    def start(self) -> None:
        """Load the rules, then answer. Returns at once."""
        sys.setswitchinterval(SWITCH_INTERVAL)
        self.look_for_parts()
        self.journal.start()
        self.forwarder.start()
        for door, sock in zip(self._doors, self._tcp, strict=True):
            self.forwarder.call(door.open(sock), 5)
        for loop in self._loops:
            loop.start()
        self._watch_thread.start()
        self.beat()

    def run(self, until: threading.Event) -> None:
        """Beat every second until ``until`` is set."""
        while not until.wait(BEAT_EVERY):
            self.beat()

    def stop(self) -> None:
        """Stop reading, answer what is under way, seal the record, close."""
        self._stop.set()
        self._watch_thread.join()
        for loop in self._loops:
            loop.stop()
        for door in self._doors:
            self.forwarder.call(door.close(), 5)
        self.forwarder.stop()
        self.journal.stop()
        for sock in (*self._udp, *self._tcp):
            sock.close()
        self.beat(stopped=True)

    def look_for_parts(self) -> None:
        """Put newly published parts in force; whatever is wrong with them, the old ones stay."""
        try:
            kernel = self._watcher.poll()
            if kernel is not None:
                self.house.world = World(kernel, self.house.notice)
        except Exception as error:
            log.exception("the published parts cannot be used")
            self.parts_problem = str(error)
        else:
            self.parts_problem = self._watcher.problem or ""

    def _watch(self) -> None:
        while not self._stop.wait(WATCH_EVERY):
            self.look_for_parts()

    def beat(self, **more: Any) -> None:
        """Write the heartbeat; a disk that refuses it does not stop the answers."""
        try:
            self.instance.beat("dns", **self.facts(), **more)
        except OSError as error:
            log.error("the heartbeat cannot be written: %s", error)

    def facts(self) -> dict[str, Any]:
        """What the heartbeat tells."""
        world = self.house.world
        names = ("catalogue", "rulebook", "seating")
        parts = dict(zip(names, world.hashes, strict=True)) if world else {}
        problems = [self.parts_problem, self.journal.problem, self._upstream_problem()]
        return {
            "ready": world is not None and not self._stop.is_set(),
            "port": self.port,
            "parts": parts,
            "loaded_at": world.loaded_at if world else None,
            "problem": " ".join(problem for problem in problems if problem),
            "upstreams": [str(upstream) for upstream in self.forwarder.upstreams],
            "upstream_failures": self.forwarder.failed,
            "dropped": self.forwarder.dropped,
            "recorded": self.journal.recorded,
            "record_lost": self.journal.lost,
            **total(self.house.counts),
        }

    def _upstream_problem(self) -> str:
        if self.forwarder.upstreams:
            return ""
        return "No upstream resolver is known: set “upstreams” in instance.json."


def total(counts: list[Counts]) -> dict[str, int]:
    each = [asdict(count) for count in counts]
    return {name: sum(count[name] for count in each) for name in asdict(Counts())}


def _open_sockets(bind: str, port: int) -> tuple[list[socket.socket], list[socket.socket]]:
    """UDP and TCP sockets on one port; ``::`` is every address of both families.

    For port 0 the system chooses a port for UDP that may be taken for TCP: then once more.
    """
    for patience in range(10 if port == 0 else 1, 0, -1):
        try:
            return _try_sockets(bind, port)
        except (OSError, ValueError) as error:
            if patience == 1:
                raise InstanceError(
                    f"The DNS port {bind}:{port} cannot be opened: {error}. Stop what uses it, "
                    "or choose another with --dns PORT."
                ) from error
    raise AssertionError


def _try_sockets(bind: str, port: int) -> tuple[list[socket.socket], list[socket.socket]]:
    everything = ipaddress.ip_address(bind) == ipaddress.IPv6Address("::")
    addresses = ("0.0.0.0", "::") if everything else (bind,)  # noqa: S104 - as configured
    udp: list[socket.socket] = []
    tcp: list[socket.socket] = []
    try:
        for address in addresses:
            udp.append(open_socket(address, port))
            port = udp[0].getsockname()[1]
            tcp.append(_listen(udp[-1], port))
    except OSError:
        for sock in (*udp, *tcp):
            sock.close()
        raise
    return udp, tcp


def _listen(udp: socket.socket, port: int) -> socket.socket:
    sock = socket.socket(udp.family, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if udp.family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.bind((udp.getsockname()[0], port))
        sock.listen(256)
    except OSError:
        sock.close()
        raise
    return sock
