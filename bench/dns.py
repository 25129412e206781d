"""Blocked answers: our node beside Unbound (RPZ), dnsmasq, dnsdist and a C echo server.

All block the same names, on loopback, one after the other in each round, asked by ``dnsperf``
with EDNS. Ours runs as it runs in a school: 50 profiles, a seat for the client, EDNS with an
extended error in every answer, and the record on.
"""

from __future__ import annotations

import argparse
import gzip
import os
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from bench.peers import dns as peers
from bench.peers.process import NotMeasured, Server, free_port
from hornbook.instance import Instance, Ports, Settings
from hornbook.kernel import catalogue, rulebook, seating
from hornbook.kernel.catalogue_build import SourceNames, build_catalogue
from hornbook.kernel.names import to_wire
from hornbook.kernel.parts import encode_part, open_part
from hornbook.kernel.rulebook import MINUTES_A_WEEK, Verdict, build_rulebook
from hornbook.kernel.seating import build_seating
from hornbook.node.partstore import PartStore

ROOT = Path(__file__).resolve().parent.parent
PROFILES = 50
CATEGORIES = 16
OURS = "hornbook"
SETTLE = 3.0  # seconds: work that a server puts off, as we do the record, is its own cost
_NAME = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")
_RATE = re.compile(r"Queries per second:\s+([\d.]+)")
_DONE = re.compile(r"Queries completed:\s+(\d+)")
_LOST = re.compile(r"Queries lost:\s+(\d+)")


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--names", type=int, default=1_000_000, help="how many names are listed")
    parser.add_argument("--seconds", type=float, default=5.0, help="length of one run")
    parser.add_argument("--rounds", type=int, default=3, help="runs a server; the median counts")
    parser.add_argument("--outstanding", type=int, default=200, help="questions under way")
    parser.add_argument("--lists", type=Path, help="folder with *.domains.gz")
    parser.add_argument("--only", help="servers to measure, by name, with commas")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Measure and compare; a peer that is not there is named with the reason."""
    if shutil.which("dnsperf") is None:
        return _result({}, {"dnsperf": "not measured: dnsperf is not installed"})
    with tempfile.TemporaryDirectory(prefix="hornbook-bench-") as made:
        folder = Path(made)
        names = read_names(_lists(args.lists), args.names)
        questions = folder / "questions.txt"
        questions.write_text("".join(f"{name} A\n" for name in names))
        only = args.only.split(",") if args.only else []
        servers, missing = start_all(names, folder, only)
        try:
            for turn in range(args.rounds):  # there and back, so that no place in the row is best
                for server in servers[:: -1 if turn % 2 else 1]:
                    measure(server, questions, args.seconds, args.outstanding)
            return _result({server.name: _facts(server) for server in servers}, missing)
        finally:
            for server in servers:
                server.stop()


def _lists(chosen: Path | None) -> Path:
    data = Path(os.environ.get("HORNBOOK_TEST_DATA", ROOT.parent / "shared" / "data"))
    return chosen or data / "domains"


def read_names(folder: Path, count: int) -> list[str]:
    """``count`` distinct names of the lists in ``folder``, the same ones each time.

    Where the lists are absent or too short, made-up names of the same shape fill up.
    """
    found = {line for path in sorted(folder.glob("**/*.domains.gz")) for line in _lines(path)}
    listed = sorted(name for name in found if _NAME.fullmatch(name))
    chooser = random.Random(5)
    chosen = chooser.sample(listed, min(count, len(listed)))
    return chosen + [f"x{n:x}.{n % 997}-filler.example" for n in range(count - len(chosen))]


def _lines(path: Path) -> Iterator[str]:
    with gzip.open(path, "rt", errors="replace") as file:
        yield from (line.strip() for line in file)


def start_all(
    names: list[str], folder: Path, only: list[str]
) -> tuple[list[Server], dict[str, str]]:
    """Start every server that can be started here, and why the others cannot."""
    makers: dict[str, Callable[[], Server]] = {
        OURS: lambda: our_server(names, folder),
        "c-echo": lambda: peers.echo(ROOT / "bench" / "echo.c", folder),
        "unbound": lambda: peers.unbound(names, folder),
        "dnsmasq": lambda: peers.dnsmasq(names, folder),
        "dnsdist": lambda: peers.dnsdist(names, folder),
    }
    servers: list[Server] = []
    missing: dict[str, str] = {}
    for name, make in makers.items():
        if only and name not in only:
            continue
        try:
            server = make()
            server.start(_question(names[-1]), patience=300)
            servers.append(server)
        except NotMeasured as reason:
            missing[name] = f"not measured: {reason}"
        except BaseException:
            for server in servers:
                server.stop()
            raise
    return servers, missing


def _question(name: str) -> bytes:
    head = bytes.fromhex("4242 0100 0001 0000 0000 0000")
    return head + to_wire(name) + bytes.fromhex("0001 0001")


def our_server(names: list[str], folder: Path) -> Server:
    """Our node on a data folder of its own, with parts made from ``names``."""
    port = free_port()
    instance = Instance(folder / "ours")
    instance.save(Settings(ports=Ports(dns=port), upstreams=("127.0.0.1:9",)))
    publish(PartStore(instance.parts), names)
    command = [sys.executable, "-m", "hornbook.node.dns", "--data", str(instance.root)]
    return Server(OURS, command, port, folder / "ours.log")


def publish(store: PartStore, names: list[str]) -> None:
    """``CATEGORIES`` lists that every one of ``PROFILES`` profiles may not see."""
    sources = [
        SourceNames.of(f"list-{n}", f"category-{n}", "topic", names[n::CATEGORIES])
        for n in range(min(CATEGORIES, len(names)))
    ]
    listed = store.put(encode_part(catalogue.KIND, *build_catalogue(sources, seed=42)))
    sets = catalogue.Catalogue(open_part(store.path(listed), catalogue.KIND)).set_count
    verdicts = [Verdict("allow")] + [
        Verdict("block", f"rule-{n}", f"PRO-{n}@1", "cipa", answer="notice", ede=15)
        for n in range(CATEGORIES)
    ]
    matrix = np.zeros((2, PROFILES, sets), np.uint16)
    matrix[:, :, 1:] = 1 + np.arange(sets - 1) % CATEGORIES
    profiles = [f"profile-{n:02}" for n in range(PROFILES)]
    rules = build_rulebook(
        profiles=profiles,
        verdicts=verdicts,
        matrix=matrix,
        week=np.zeros(MINUTES_A_WEEK, np.uint8),
        time_zone="America/Chicago",
        notice={},
        catalogue_hash=listed,
    )
    seats = [(f"127.0.{n}.0/24", f"person-{n}", profiles[n], "north") for n in range(PROFILES)]
    store.publish(
        catalogue=listed,
        rulebook=store.put(encode_part(rulebook.KIND, *rules)),
        seating=store.put(
            encode_part(seating.KIND, *build_seating(seats, default_profile=profiles[0]))
        ),
    )


def measure(server: Server, questions: Path, seconds: float, outstanding: int) -> None:
    """One run of dnsperf: answers a second, and the server's processor time for each."""
    before = server.processor_seconds()
    command = ["dnsperf", "-s", "127.0.0.1", "-p", str(server.port), "-d", str(questions), "-e"]
    command += ["-l", f"{seconds:g}", "-q", str(outstanding), "-c", "8", "-T", "1", "-t", "2"]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    done = int(_found(_DONE, told))
    time.sleep(SETTLE)
    if not done or _found(_LOST, told) > done / 100:
        raise NotMeasured(f"{server.name} lost questions:\n{told}")
    server.rates.append(_found(_RATE, told))
    server.costs.append((server.processor_seconds() - before) / done * 1e6)


def _found(pattern: re.Pattern[str], text: str) -> float:
    match = pattern.search(text)
    if match is None:
        raise NotMeasured(f"dnsperf said nothing of {pattern.pattern}: {text[-300:]}")
    return float(match.group(1))


def _facts(server: Server) -> dict[str, float]:
    memory = server.memory()
    return {
        "answers_per_second": round(statistics.median(server.rates)),
        "cpu_us_per_answer": round(statistics.median(server.costs), 2),
        "rss_mb": round(memory["Rss"], 1),
        "pss_mb": round(memory["Pss"], 1),
        "load_seconds": round(server.load_seconds, 2),
    }


def _result(facts: dict[str, dict[str, float]], missing: dict[str, str]) -> dict[str, Any]:
    def bar(name: str, key: str, peer: str, least: float | None, most: float | None) -> Any:
        limit = f">= {least:g}" if least is not None else f"<= {most:g}"
        if OURS not in facts or peer not in facts:
            return {"name": name, "value": None, "bar": limit, "ok": None}
        ratio = facts[OURS][key] / facts[peer][key]
        ok = ratio >= least if least is not None else ratio <= (most or 0)
        return {"name": name, "value": round(ratio, 3), "bar": limit, "ok": ok}

    rate, cost = "answers_per_second", "cpu_us_per_answer"
    return {
        "bench": "dns",
        "bars": [
            bar("answers/s, ours to Unbound RPZ", rate, "unbound", 1.0, None),
            bar("answers/s, ours to dnsmasq", rate, "dnsmasq", 2.0, None),
            bar("resident memory, ours to Unbound RPZ", "rss_mb", "unbound", None, 0.2),
        ],
        "peers": {
            **facts,
            **missing,
            "ratios": {
                "answers/s to c-echo": bar("", rate, "c-echo", 0, None)["value"],
                "cpu per answer to unbound": bar("", cost, "unbound", 0, None)["value"],
                "answers/s to dnsdist": bar("", rate, "dnsdist", 0, None)["value"],
            },
        },
        "machine": {},
    }
