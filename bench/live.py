"""How soon is a change felt? From the change itself to the first answer that follows it.

A real node answers with 3.6 million listed names. An entry of the district's own is added to the
catalogue as the console adds one (a change beside the big part), compiled, stored, put in force,
and asked for over the wire until it is blocked. A seat is changed as a DHCP lease or a RADIUS
message changes one, and its address asks until it gets the other profile's answer. What the
console's database takes before that is not in it: a feed gathers for a fifth of a second.
"""

from __future__ import annotations

import argparse
import socket
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.peers import ours
from bench.peers.process import NotMeasured, Server, free_port
from hornbook.instance import Instance, Ports, Settings
from hornbook.kernel import catalogue, catalogue_change
from hornbook.kernel.catalogue_build import SourceNames, build_with_workbook
from hornbook.kernel.catalogue_change import Workbook, change_catalogue
from hornbook.kernel.parts import encode_part, open_part, part_hash
from hornbook.node.partstore import PartStore

BAR = 1.0  # seconds
PATIENCE = 20.0
OPEN = ours.PROFILES - 1  # the profile that may see everything
LOCAL = "local/category-0"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--names", type=int, default=3_600_000, help="how many names are listed")
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--lists", type=Path, help="folder with *.domains.gz")


def run(args: argparse.Namespace) -> dict[str, Any]:
    names = ours.read_names(ours.lists(args.lists), args.names)
    with tempfile.TemporaryDirectory(prefix="hornbook-live-") as made:
        district = District(Path(made), names)
        server = district.server()
        try:
            server.start(ours.question(names[0]), 120)
            entries = [district.enter(n, server.port) for n in range(args.rounds)]
            seats = [district.seat(n % 2 == 0, server.port) for n in range(args.rounds)]
        finally:
            server.stop()
    told = {"an entry of our own": entries, "a seat": seats}
    return {
        "bench": "live",
        "bars": [_bar(f"{what}, longest of {args.rounds}, s", v) for what, v in told.items()],
        "peers": {
            what: {"median s": round(statistics.median(values), 3), "longest s": max(values)}
            for what, values in told.items()
        },
        "machine": {"names": len(names)},
    }


def _bar(name: str, values: list[float]) -> dict[str, Any]:
    return {"name": name, "value": max(values), "bar": f"< {BAR:g}", "ok": max(values) < BAR}


class District:
    """The console's side without its database: base, workbook, and what is in force."""

    def __init__(self, folder: Path, names: list[str]) -> None:
        self._instance = Instance(folder / "ours")
        self._port = free_port()
        self._instance.save(Settings(ports=Ports(dns=self._port), upstreams=("127.0.0.1:9",)))
        self._store = PartStore(self._instance.parts)
        self._asked = names[0]
        sources = [*ours.sources_of(names), local(["entry.example"])]
        meta, arrays, notes = build_with_workbook(sources, seed=ours.SEED)
        base = self._store.put(encode_part(catalogue.KIND, meta, arrays))
        self._base = self._store.catalogue(base)
        self._book = _workbook(folder, notes)
        self._seats = self._store.put(ours.seats())
        self._publish(base)

    def _publish(self, listed: str) -> None:
        found = self._store.catalogue(listed, self._base)
        rules = self._store.put(ours.rules_for(found, open_for=OPEN))
        self._store.publish(catalogue=listed, rulebook=rules, seating=self._seats)

    def server(self) -> Server:
        command = [sys.executable, "-m", "hornbook.node.dns", "--data", str(self._instance.root)]
        return Server(ours.OURS, command, self._port, self._instance.root / "dns.log")

    def enter(self, number: int, port: int) -> float:
        """Seconds from an entry to the first answer that blocks it."""
        entries = [f"entry-{n}.example" for n in range(number + 1)]
        began = time.monotonic()
        made = change_catalogue(self._base, self._book, {LOCAL: local(entries)})
        if made is None:
            raise NotMeasured("the entry needs a whole build")
        self._publish(self._store.put(encode_part(catalogue.KIND, *made)))
        return _until(port, entries[-1], lambda blocked: blocked, began)

    def seat(self, may: bool, port: int) -> float:
        """Seconds from another seat at an address to its first other answer."""
        began = time.monotonic()
        self._seats = self._store.put(ours.seats(OPEN if may else 0))
        self._store.reseat(self._seats)
        return _until(port, self._asked, lambda blocked: blocked is not may, began)


def local(names: list[str]) -> SourceNames:
    return SourceNames.of(LOCAL, "category-0", "topic", names)


def _workbook(folder: Path, notes: dict[str, Any]) -> Workbook:
    body = encode_part(catalogue_change.KIND, {}, notes)
    path = folder / "workbook"
    path.write_bytes(body)
    return Workbook(open_part(path, catalogue_change.KIND, part_hash(body)))


def _until(port: int, name: str, wanted: Callable[[bool], bool], began: float) -> float:
    """Seconds since ``began`` when the answer to ``name`` is as wanted."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.connect(("127.0.0.1", port))
        sock.settimeout(0.05)
        while time.monotonic() - began < PATIENCE:
            sock.send(ours.question(name))
            if wanted(_is_blocked(sock)):
                return round(time.monotonic() - began, 3)
            time.sleep(0.005)
    raise NotMeasured(f"{name} was not answered otherwise in {PATIENCE:g} s")


def _is_blocked(sock: socket.socket) -> bool:
    """Whether the next answer has an address; nothing is upstream, so open names have none."""
    try:
        return sock.recv(2048)[7] == 1
    except TimeoutError:
        return False
