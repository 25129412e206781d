"""The part that listens to RADIUS accounting and reads DHCP leases: ``python -m …people.feeds``.

What arrives within a fifth of a second is written together and published once, so that a bell
after which a thousand machines change rooms makes a few publications and not a thousand. A
RADIUS client has its answer after the commit (RFC 2866 section 2).
"""

from __future__ import annotations

import argparse
import logging
import os
import signal
import socket
import threading
import time
from ipaddress import ip_address, ip_network
from pathlib import Path

import django

from hornbook.instance import Instance, InstanceError, Settings
from hornbook.node.seating.leases import Lease, NoLeases, read_leases
from hornbook.node.seating.radius import (
    MAX_PACKET,
    Accounting,
    BadPacket,
    read_accounting,
    response,
)

GATHER = 0.2  # seconds
SWEEP = 30.0  # seconds between looks for what has ended
SECRET = "radius"  # noqa: S105  (the name of the secret, not the secret)
log = logging.getLogger("hornbook.feeds")


class Feeds:
    """One process. ``problem`` is "" while all is well."""

    def __init__(self, instance: Instance) -> None:
        self.settings: Settings = instance.settings()
        self.instance = instance
        self._networks = [ip_network(text) for text in self.settings.radius_from]
        self._secret = instance.secret(SECRET).encode()
        self._files = [Path(text) for text in self.settings.dhcp_leases]
        self._stamps: dict[Path, object] = {}
        self._swept = 0.0
        self.socket = self._open() if self._networks else None
        self.counts = {"accepted": 0, "dropped": 0, "leases": 0, "published": 0}
        self.problem = ""

    def _open(self) -> socket.socket:
        family = socket.AF_INET6 if ":" in self.settings.bind else socket.AF_INET
        found = socket.socket(family, socket.SOCK_DGRAM)
        found.bind((self.settings.bind, self.settings.radius_port))
        found.settimeout(GATHER)
        return found

    @property
    def port(self) -> int:
        return int(self.socket.getsockname()[1]) if self.socket else 0

    def run(self, stop: threading.Event) -> None:
        """Gather, write, publish, answer; what fails is told in the heartbeat and tried again."""
        while not stop.is_set():
            try:
                self.turn()
                self.problem = ""
            except (InstanceError, OSError, ValueError, django.db.Error) as error:
                log.exception("the feeds")
                self.problem = f"{type(error).__name__}: {error}"[:200]
                stop.wait(1)
            self.instance.beat(
                "feeds", ready=True, problem=self.problem, port=self.port, **self.counts
            )

    def turn(self) -> None:
        """One round. Raises what the database or the disk raises; then nothing was answered."""
        from hornbook.district.filtering.publishing import publish_seating
        from hornbook.district.people import presence

        packets = self._gather()
        noted = [presence.note_accounting([told for _, _, told in packets])] if packets else []
        leases = self._leases()
        if leases is not None:
            noted.append(presence.note_leases(leases))
        if time.monotonic() - self._swept > SWEEP:
            self._swept = time.monotonic()
            noted.append(presence.forget_old())
        for packet, asker, _ in packets:
            if self.socket:
                self.socket.sendto(response(packet, self._secret), asker)
        if any(noted):
            publish_seating(actor=presence.FEEDS)
            self.counts["published"] += 1

    def _gather(self) -> list[tuple[bytes, tuple[str, int], Accounting]]:
        """The requests of the next fifth of a second that can be believed."""
        if self.socket is None:
            time.sleep(GATHER)
            return []
        found: list[tuple[bytes, tuple[str, int], Accounting]] = []
        until = time.monotonic() + GATHER
        while len(found) < 2000 and time.monotonic() < until:
            try:
                packet, asker = self.socket.recvfrom(MAX_PACKET)
            except TimeoutError:
                break
            told = self._read(packet, asker[0])
            if told:
                found.append((packet, asker, told))
        return found

    def _read(self, packet: bytes, client: str) -> Accounting | None:
        try:
            if not any(ip_address(client.partition("%")[0]) in one for one in self._networks):
                raise BadPacket(f"{client} is none of radius_from in instance.json")
            told = read_accounting(packet, self._secret)
        except BadPacket as error:
            self.counts["dropped"] += 1
            log.warning("a packet from %s is dropped: %s", client, error)
            return None
        self.counts["accepted"] += 1
        return told

    def _leases(self) -> dict[str, Lease] | None:
        """All leases of all files, where one of them has changed; None where none has."""
        stamps: dict[Path, object] = {}
        for path in self._files:
            found = path.stat()
            stamps[path] = (found.st_mtime_ns, found.st_size, found.st_ino)
        if stamps == self._stamps:
            return None
        leases: dict[str, Lease] = {}
        for path in self._files:
            try:
                leases |= read_leases(path.read_text(errors="replace"))
            except NoLeases as error:
                raise InstanceError(f"{path} in dhcp_leases holds no leases: {error}.") from error
        self._stamps, self.counts["leases"] = stamps, len(leases)
        return leases


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m hornbook.district.people.feeds")
    parser.add_argument("--data", required=True)
    args = parser.parse_args()
    os.environ["HORNBOOK_DATA"] = args.data
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hornbook.district.settings")
    django.setup()
    logging.basicConfig(level=logging.INFO)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    Feeds(Instance.at(args.data)).run(stop)


if __name__ == "__main__":
    main()
