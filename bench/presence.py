"""From a RADIUS packet to the first answer by the other person's rules, on a whole district.

12,000 people are in the console's database, a real listener takes RADIUS accounting (RFC 2866),
a real node answers. An access point tells that a teacher signed in at an address, and that they
left; the address asks for a name that is closed to guests until the answer is another one. What
counts is the whole way: packet, database, leaf, seats compiled, put in force, loaded, answered.
"""

from __future__ import annotations

import argparse
import hashlib
import socket
import statistics
import struct
import sys
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from typing import Any

from bench.peers import ours
from bench.peers.district import empty_district
from bench.peers.process import NotMeasured, Server, free_port
from hornbook.instance import Instance

BAR = 1.0  # seconds
PATIENCE = 20.0
START, STOP = 1, 2  # Acct-Status-Type
CLOSED = "closed.example"
FEEDS = "hornbook.district.people.feeds"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--people", type=int, default=12_000)
    parser.add_argument("--rounds", type=int, default=10)


def run(args: argparse.Namespace) -> dict[str, Any]:
    with empty_district("presence"):
        times = _measure(args.people, args.rounds)
    return {
        "bench": "presence",
        "bars": [
            {
                "name": f"{what}, longest of {args.rounds}, s",
                "value": max(found),
                "bar": f"< {BAR:g}",
                "ok": max(found) < BAR,
            }
            for what, found in times.items()
        ],
        "peers": {what: {"median s": statistics.median(found)} for what, found in times.items()},
        "machine": {"people": args.people},
    }


def _measure(people: int, rounds: int) -> dict[str, list[float]]:
    from django.conf import settings

    instance = settings.INSTANCE
    instance.save(
        replace(
            instance.settings(),
            ports=replace(instance.settings().ports, dns=free_port()),
            upstreams=("127.0.0.1:9",),
            radius_from=("127.0.0.0/8",),
            radius_port=free_port(),
        )
    )
    _publish(people)
    node, feeds = _server(instance, "hornbook.node.dns"), _server(instance, FEEDS)
    times: dict[str, list[float]] = {"somebody signs in": [], "they leave": []}
    try:
        node.start(ours.question(CLOSED), 60)
        feeds.begin()
        _until(lambda: bool((instance.heartbeat("feeds") or {}).get("ready")), time.monotonic())
        for _ in range(rounds):
            for found, status in zip(times.values(), (START, STOP), strict=True):
                found.append(_change(instance, status))
    finally:
        feeds.stop()
        node.stop()
    return times


def _server(instance: Instance, module: str) -> Server:
    command = [sys.executable, "-m", module, "--data", str(instance.root)]
    log = instance.root / f"{module}.log"
    return Server(module, command, instance.settings().ports.dns, log)


def _publish(people: int) -> None:
    """The people, and one rule: what is closed to guests is open to teachers."""
    from bench.pages_district import make_people, make_sites
    from bench.rehearse import make_clause
    from hornbook.district.filtering.defaults import ensure_defaults
    from hornbook.district.filtering.models import Category, LocalEntry, Profile, Rule
    from hornbook.district.filtering.publishing import publish
    from hornbook.district.ledger.actions import SYSTEM

    make_people(people, make_sites())
    clause = make_clause()
    ensure_defaults(actor=SYSTEM)
    known = {"clause": clause, "basis": "local"}
    topic = Category.objects.create(key="bench", name="Bench", plain="Bench", **known)
    LocalEntry.objects.create(name=CLOSED, category=topic, clause=clause, reason="benchmark")
    rule = Rule.objects.create(order=1000, key="bench", name="Bench", action="block", **known)
    rule.categories.add(topic)
    rule.profiles.add(Profile.objects.get(key="guests"))
    publish(actor=SYSTEM)


def _change(instance: Instance, status: int) -> float:
    """Seconds from the packet to the answer that follows it."""
    told = _accounting(status, instance.secret("radius").encode())
    began = time.monotonic()
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as sock:
        sock.sendto(told, ("127.0.0.1", instance.settings().radius_port))
    port = instance.settings().ports.dns
    return _until(lambda: _is_blocked(port) is (status == STOP), began)


def _accounting(status: int, secret: bytes) -> bytes:
    """An Accounting-Request for the first of all people at 127.0.0.1 (RFC 2866 section 3)."""
    attributes = (
        (40, struct.pack("!I", status)),
        (1, b"p0@district.test"),
        (31, b"AA-BB-CC-00-11-22"),
        (8, bytes([127, 0, 0, 1])),
    )
    body = b"".join(bytes([kind, len(value) + 2]) + value for kind, value in attributes)
    head = struct.pack("!BBH", 4, status, 20 + len(body))
    return head + hashlib.md5(head + bytes(16) + body + secret).digest() + body  # noqa: S324


def _is_blocked(port: int) -> bool | None:
    """Whether it is answered with the notice's address; nothing is upstream. None: no answer."""
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as sock:
        sock.connect(("127.0.0.1", port))
        sock.settimeout(0.05)
        try:
            sock.send(ours.question(CLOSED))
            return sock.recv(2048)[7] == 1
        except OSError:
            return None


def _until(holds: Callable[[], bool], began: float) -> float:
    while not holds():
        if time.monotonic() - began > PATIENCE:
            raise NotMeasured(f"nothing changed in {PATIENCE:g} s")
        time.sleep(0.005)
    return round(time.monotonic() - began, 3)
