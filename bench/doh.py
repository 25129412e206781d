"""DoH questions a second on one core: ours beside plain asyncio servers and dnsdist.

All stand on one core and are asked by ``h2load`` from another, with POST over connections that
stay open, for names that they block. Ours is two processes, Envoy and what judges, and does
what it does in a school: 50 profiles, a seat for the client, extended errors, the record on.

Like is compared with like, over HTTP/2, which RFC 8484 (5.2) names as the least that is meant for
DoH. What HTTP/1.1 gives is told beside it: there a bare server needs less than Envoy alone.
``envoy alone`` is the limit: the same front, which hands nothing on and answers by itself.
"""

from __future__ import annotations

import argparse
import re
import shutil
import statistics
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.peers import doh as peers
from bench.peers.doh import DohServer
from bench.peers.ours import lists, publish, read_names
from bench.peers.process import NotMeasured, free_port
from hornbook.instance import Instance, Ports, Settings
from hornbook.kernel.names import to_wire
from hornbook.node.envoy import certificate
from hornbook.node.partstore import PartStore

OURS = "hornbook"
_RATE = re.compile(r"finished in [\d.]+\w+, ([\d.]+) req/s")
_DONE = re.compile(r"(\d+) succeeded")
LEAST = 3.0  # times a plain asyncio server
LIMIT = "envoy alone"
SPEAKS = {
    OURS: ("h2", "h1"),
    LIMIT: ("h2",),
    "asyncio h1": ("h1",),
    "asyncio h2": ("h2",),
    "dnsdist": ("h2",),
}


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--names", type=int, default=100_000, help="how many names are listed")
    parser.add_argument("--requests", type=int, default=60_000, help="questions of one run")
    parser.add_argument("--rounds", type=int, default=5, help="runs a server; the median counts")
    parser.add_argument("--clients", type=int, default=50, help="connections")
    parser.add_argument("--lists", type=Path, help="folder with *.domains.gz")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Measure and compare; a peer that is not there is named with the reason."""
    if shutil.which("h2load") is None:
        return _result({}, {"h2load": "not measured: h2load is not installed"})
    with tempfile.TemporaryDirectory(prefix="hornbook-bench-") as made:
        folder = Path(made)
        names = read_names(lists(args.lists), args.names)
        question = folder / "question"
        question.write_bytes(_question(names[len(names) // 2]))
        servers, missing = start_all(names, folder)
        facts: dict[str, dict[str, list[float]]] = {}
        try:
            for _ in range(args.rounds):
                for server in servers:
                    for protocol in SPEAKS[server.name]:
                        seen = facts.setdefault(
                            f"{server.name} {protocol}", {"rate": [], "cpu": []}
                        )
                        measure(server, protocol, question, args, seen)
        finally:
            for server in servers:
                server.stop()
        return _result({name: _medians(seen) for name, seen in facts.items()}, missing)


def _question(name: str) -> bytes:
    """An A question with EDNS and id 0, as RFC 8484 4.1 advises."""
    head, opt = "0000 0100 0001 0000 0000 0001", "00 0029 04d0 00000000 0000"
    return bytes.fromhex(head) + to_wire(name) + bytes.fromhex("0001 0001" + opt)


def start_all(names: list[str], folder: Path) -> tuple[list[DohServer], dict[str, str]]:
    """Start every server that can be started here, and why the others cannot."""
    instance = Instance(folder / "ours")
    ports = Ports(dns=free_port(), doh=free_port(), dot=free_port())
    instance.save(Settings(ports=ports, upstreams=("127.0.0.1:9",)))
    publish(PartStore(instance.parts), names)
    tls = certificate.settle(instance, instance.settings())
    makers: dict[str, Callable[[], DohServer]] = {
        OURS: lambda: peers.ours(instance, folder),
        LIMIT: lambda: peers.envoy_alone(instance, folder),
        "asyncio h1": lambda: peers.plain("h1", tls, names, folder),
        "asyncio h2": lambda: peers.plain("h2", tls, names, folder),
        "dnsdist": lambda: peers.dnsdist(tls, names, folder),
    }
    servers: list[DohServer] = []
    missing: dict[str, str] = {}
    for name, make in makers.items():
        try:
            server = make()
            server.start(b"", patience=60)
            servers.append(server)
        except NotMeasured as reason:
            missing[name] = f"not measured: {reason}"
        except BaseException:
            for server in servers:
                server.stop()
            raise
    return servers, missing


def measure(
    server: DohServer,
    protocol: str,
    question: Path,
    args: argparse.Namespace,
    seen: dict[str, list[float]],
) -> None:
    """One run of h2load: answers a second, and the server's processor time for each."""
    before = server.processor_seconds()
    how = ["--h1"] if protocol == "h1" else ["-m", "10"]
    command = ["h2load", "-n", str(args.requests), "-c", str(args.clients), *how]
    command += ["-d", str(question), "-H", "content-type: application/dns-message"]
    command += [f"https://127.0.0.1:{server.port}/dns-query"]
    told = subprocess.run(
        peers.on_core(peers.CLIENT_CORE, command), capture_output=True, text=True, check=True
    ).stdout
    rate, done = _RATE.search(told), _DONE.search(told)
    if rate is None or done is None or int(done[1]) < args.requests:
        raise NotMeasured(f"{server.name} did not answer everything by {protocol}:\n{told[-400:]}")
    seen["rate"].append(float(rate[1]))
    seen["cpu"].append((server.processor_seconds() - before) / args.requests * 1e6)


def _medians(seen: dict[str, list[float]]) -> dict[str, float]:
    return {
        "answers_per_second": round(statistics.median(seen["rate"])),
        "cpu_us_per_answer": round(statistics.median(seen["cpu"]), 1),
    }


def _result(facts: dict[str, dict[str, float]], missing: dict[str, str]) -> dict[str, Any]:
    ratio = _ratio(facts, "h2")
    bar = {
        "name": "HTTP/2 answers/s on one core, ours to asyncio h2",
        "value": ratio,
        "bar": f">= {LEAST:g}",
        "ok": None if ratio is None else ratio >= LEAST,
    }
    beside = {"HTTP/1.1 answers/s on one core, ours to asyncio h1": _ratio(facts, "h1")}
    return {"bench": "doh", "bars": [bar], "peers": {**facts, **missing, **beside}, "machine": {}}


def _ratio(facts: dict[str, dict[str, float]], protocol: str) -> float | None:
    one, other = facts.get(f"{OURS} {protocol}"), facts.get(f"asyncio {protocol} {protocol}")
    if one is None or other is None:
        return None
    return round(one["answers_per_second"] / other["answers_per_second"], 2)
