"""Our node beside Unbound (RPZ), dnsmasq, dnsdist (LMDB) and a C echo server, on loopback.

All block the same names and answer the others from their caches, one after the other in each
round, asked by ``dnsperf`` with EDNS. Ours runs as it runs in a school: 50 profiles, a seat for
the client, EDNS with an extended error in every blocked answer, and the record on. Two cores
are enough to compare: the client is on one, and what a server needs of the other is read from
/proc.
"""

from __future__ import annotations

import argparse
import random
import re
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from bench.peers import dns as peers
from bench.peers.internet import internet, warm
from bench.peers.latency import measure_waits
from bench.peers.ours import OURS, ROOT, lists, our_server, publish, question, read_names
from bench.peers.process import NotMeasured, Server

__all__ = ["configure", "our_server", "publish", "read_names", "run"]

SETTLE = 3.0  # seconds: work that we put off, the record, is our own cost
CACHED = 5_000  # allowed names
WITH_CACHE = (OURS, "unbound", "dnsdist")
TIMED = (OURS, "unbound")
RATE = 2_000.0  # questions a second while waits are measured
_RATE = re.compile(r"Queries per second:\s+([\d.]+)")
_DONE = re.compile(r"Queries completed:\s+(\d+)")
_LOST = re.compile(r"Queries lost:\s+(\d+)")

Samples = dict[str, dict[str, list[float]]]  # server → quantity → one value a round


def configure(parser: argparse.ArgumentParser) -> None:
    sizes = "1000000,3600000"
    parser.add_argument("--names", default=sizes, help="how many names are listed; with commas")
    parser.add_argument("--seconds", type=float, default=1.5, help="length of one run")
    parser.add_argument("--rounds", type=int, default=5, help="runs a server; the median counts")
    parser.add_argument("--outstanding", type=int, default=200, help="questions under way")
    parser.add_argument("--lists", type=Path, help="folder with *.domains.gz")
    parser.add_argument("--only", help="servers to measure, by name, with commas")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Measure and compare; a peer that is not there is named with the reason."""
    if shutil.which("dnsperf") is None:
        peers_told = {"dnsperf": "not measured: dnsperf is not installed"}
        return {"bench": "dns", "bars": [], "peers": peers_told, "machine": {}}
    sizes = [int(size) for size in str(args.names).split(",")]
    names = read_names(lists(args.lists), max(sizes))
    bars: list[dict[str, Any]] = []
    told: dict[str, Any] = {}
    for number, size in enumerate(sizes):
        facts, missing = measure_size(names[:size], args, everything=number == 0)
        label = f"{size:,} names"
        bars += blocked_bars(facts, label)
        bars += (cached_bars(facts) + waiting_bars(facts)) if number == 0 else []
        if size == max(sizes):
            bars.append(bar(facts, f"resident memory, {label}", "rss_mb", "unbound", most=0.125))
        told[label] = {**facts, **missing}
    return {"bench": "dns", "bars": bars, "peers": told, "machine": {}}


def measure_size(
    names: list[str], args: argparse.Namespace, *, everything: bool
) -> tuple[dict[str, Any], dict[str, str]]:
    """What each server can do with so many names, and why some cannot be measured."""
    with tempfile.TemporaryDirectory(prefix="hornbook-bench-") as made, internet() as upstream:
        folder = Path(made)
        only = args.only.split(",") if args.only else []
        servers, missing = start_all(names, folder, upstream, only)
        try:
            samples: Samples = {server.name: {} for server in servers}
            ask_all(servers, folder, names, args, samples, missing, "")
            if everything:
                able = [server for server in servers if server.name in WITH_CACHE]
                allowed = [f"n{n}.allowed-{n % 97}.example" for n in range(CACHED)]
                able = [server for server in able if _is_warm(server, allowed, missing)]
                ask_all(able, folder, allowed, args, samples, missing, "cached_")
                timed = [server for server in servers if server.name in TIMED]
                chooser = random.Random(5)
                mixed = chooser.sample(names, min(len(names), CACHED)) + allowed
                chooser.shuffle(mixed)  # a run is shorter than the list
                measure_waits(
                    timed, mixed, RATE, args.seconds, args.rounds, folder, samples, missing
                )
            return {s.name: facts_of(s, samples[s.name]) for s in servers}, missing
        finally:
            for server in servers:
                server.stop()


def start_all(
    names: list[str], folder: Path, upstream: str, only: list[str]
) -> tuple[list[Server], dict[str, str]]:
    """Start every server that can be started here, and why the others cannot.

    The slowest to load is started first, and loads while the others are made.
    """
    makers: dict[str, Callable[[], Server]] = {
        "unbound": lambda: peers.unbound(names, folder, upstream),
        OURS: lambda: our_server(names, folder, upstream),
        "c-echo": lambda: peers.echo(ROOT / "bench" / "echo.c", folder),
        "dnsmasq": lambda: peers.dnsmasq(names, folder),
        "dnsdist": lambda: peers.dnsdist(names, folder, upstream),
    }
    begun: list[Server] = []
    missing: dict[str, str] = {}
    try:
        for name in (name for name in makers if not only or name in only):
            try:
                begun.append(makers[name]())
                begun[-1].begin()
            except NotMeasured as reason:
                missing[name] = f"not measured: {reason}"
        return [s for s in begun if _is_up(s, question(names[-1]), missing)], missing
    except BaseException:
        for server in begun:
            server.stop()
        raise


def _is_up(server: Server, asked: bytes, missing: dict[str, str]) -> bool:
    try:
        server.await_answer(asked, patience=600)
    except NotMeasured as reason:
        missing[server.name] = f"not measured: {reason}"
        return False
    return True


def _is_warm(server: Server, names: list[str], missing: dict[str, str]) -> bool:
    try:
        warm(server, names)
    except NotMeasured as reason:
        missing[f"{server.name}, cached"] = f"not measured: {reason}"
        return False
    return True


def ask_all(
    servers: Sequence[Server],
    folder: Path,
    names: Sequence[str],
    args: argparse.Namespace,
    samples: Samples,
    missing: dict[str, str],
    kind: str,
) -> None:
    """``rounds`` runs of every server, there and back, so that no place in the row is best.

    Why one could not be measured goes to ``missing``.
    """
    questions = folder / f"{kind}questions.txt"
    questions.write_text("".join(f"{name} A\n" for name in names))
    for turn in range(args.rounds):
        for server in servers[:: -1 if turn % 2 else 1]:
            try:
                rate, cost = measure(server, questions, args.seconds, args.outstanding)
            except NotMeasured as reason:
                missing[f"{server.name}, {kind or 'blocked'}"] = f"not in every round: {reason}"
                continue
            samples[server.name].setdefault(f"{kind}answers_per_second", []).append(rate)
            samples[server.name].setdefault(f"{kind}cpu_us_per_answer", []).append(cost)


def measure(
    server: Server, questions: Path, seconds: float, outstanding: int
) -> tuple[float, float]:
    """One run of dnsperf: answers a second, and the server's processor microseconds for each."""
    before = server.processor_seconds()
    command = ["dnsperf", "-s", "127.0.0.1", "-p", str(server.port), "-d", str(questions), "-e"]
    command += ["-l", f"{seconds:g}", "-q", str(outstanding), "-c", "8", "-T", "1", "-t", "2"]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    done = int(_found(_DONE, told))
    time.sleep(SETTLE if server.name == OURS else 0.1)
    if not done or _found(_LOST, told) > done / 100:
        raise NotMeasured(f"{server.name} lost questions:\n{told}")
    return _found(_RATE, told), (server.processor_seconds() - before) / done * 1e6


def _found(pattern: re.Pattern[str], text: str) -> float:
    match = pattern.search(text)
    if match is None:
        raise NotMeasured(f"dnsperf said nothing of {pattern.pattern}: {text[-300:]}")
    return float(match.group(1))


def facts_of(server: Server, samples: dict[str, list[float]]) -> dict[str, float]:
    """Medians of the rounds, and what the server has taken of memory and of time to start."""
    medians = {name: round(statistics.median(values), 3) for name, values in samples.items()}
    memory = server.memory()
    return {
        **medians,
        "rss_mb": round(memory["Rss"], 1),
        "pss_mb": round(memory["Pss"], 1),
        "load_seconds": round(server.load_seconds, 2),
    }


def blocked_bars(facts: dict[str, Any], label: str) -> list[dict[str, Any]]:
    rate, cost = "answers_per_second", "cpu_us_per_answer"
    name, spent = f"blocked answers/s, {label}", f"processor time a blocked answer, {label}"
    return [
        bar(facts, name, rate, "c-echo", least=0.85),
        bar(facts, name, rate, "unbound", least=1.4),
        bar(facts, name, rate, "dnsdist", least=1.4),
        bar(facts, name, rate, "dnsmasq", least=2.5),
        bar(facts, spent, cost, "unbound", most=0.75),
        bar(facts, spent, cost, "dnsdist", most=0.75),
    ]


def cached_bars(facts: dict[str, Any]) -> list[dict[str, Any]]:
    name = "allowed answers/s from the cache"
    return [
        bar(facts, name, "cached_answers_per_second", peer, least=1.0)
        for peer in ("unbound", "dnsdist")
    ]


def waiting_bars(facts: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        bar(facts, f"{place} wait at {RATE:g} questions/s", f"{place}_ms", "unbound", most=1.5)
        for place in ("p50", "p99")
    ]


def bar(
    facts: dict[str, Any],
    name: str,
    key: str,
    peer: str,
    *,
    least: float | None = None,
    most: float | None = None,
) -> dict[str, Any]:
    """One bar: our median to the peer's."""
    limit = f">= {least:g}" if least is not None else f"<= {most:g}"
    told = {"name": f"{name}: ours to {peer}", "value": None, "bar": limit, "ok": None}
    one, other = (facts.get(server, {}).get(key) for server in (OURS, peer))
    if one is None or not other:
        return told
    ratio = one / other
    ok = ratio >= least if least is not None else ratio <= (most or 0)
    return {**told, "value": round(ratio, 3), "ok": ok}
