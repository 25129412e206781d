"""Our proxy beside Squid + squidGuard and e2guardian, and beside Envoy that asks nobody.

All stand on one core, block the same names and are asked by ``wrk`` from the other core, by 50
connections for a page of 1 KB. Ours does what it does in a school: 50 profiles, a seat for the
client, every request a row of the record, the notice page with its clause on what is blocked; the
peers write their access logs. ``open`` is one host, as a page with its pictures is; ``spread`` are
500 hosts in turn, of which nothing can be remembered for long.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import statistics
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from bench.peers import proxy as peers
from bench.peers import proxy_clients as clients
from bench.peers.internet import internet
from bench.peers.ours import lists, publish, read_names
from bench.peers.process import NotMeasured, free_port
from bench.peers.proxy import HOST, Proxy
from hornbook.instance import Instance, Ports, Settings
from hornbook.node.partstore import PartStore

OURS, BARE, GUARD, E2 = "hornbook", "envoy bare", "squid + squidGuard", "e2guardian"
CONNECTIONS = 50
RATE = 500.0  # requests a second while waits are measured
Facts = dict[str, dict[str, float]]


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--names", type=int, default=100_000, help="how many names are listed")
    parser.add_argument("--seconds", type=float, default=4, help="length of one run")
    parser.add_argument("--rounds", type=int, default=3, help="runs a proxy; the median counts")
    parser.add_argument("--hosts", type=int, default=200, help="hosts that are looked into")
    parser.add_argument("--only", help="proxies to measure, by name, with commas")
    parser.add_argument("--lists", type=Path, help="folder with *.domains.gz")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Measure and compare; a peer that is not there is named with the reason."""
    if shutil.which("wrk") is None:
        return _result({}, {"wrk": "not measured: wrk is not installed"})
    with (
        tempfile.TemporaryDirectory(prefix="hornbook-bench-") as made,
        internet("127.0.0.1") as dns,
    ):
        folder = Path(made)
        folder.chmod(0o755)  # Squid leaves root
        names = read_names(lists(args.lists), args.names)
        origin = peers.origin(folder).start()
        proxies, missing = _start_all(names, folder, dns, origin.port, args)
        facts: Facts = {proxy.name: {} for proxy in proxies}
        try:
            for kind in ("open", "blocked", "spread"):
                _measure(kind, proxies, folder, names, origin.port, args, facts, missing)
            _waits(proxies, origin.port, args, facts)
            _tunnels(proxies, folder, args, facts)
        finally:
            for proxy in [*proxies, origin]:
                proxy.stop()
        return _result(facts, missing)


def _start_all(
    names: list[str], folder: Path, dns: str, port: int, args: argparse.Namespace
) -> tuple[list[Proxy], dict[str, str]]:
    makers: dict[str, Callable[[], Proxy]] = {
        OURS: lambda: peers.ours(_instance(names, folder, dns, port), folder),
        BARE: lambda: peers.bare(folder),
        "squid bare": lambda: peers.squid(folder),
        GUARD: lambda: peers.squid(folder, names),
        E2: lambda: peers.e2guardian(folder, names),
    }
    wanted = args.only.split(",") if args.only else list(makers)
    begun: list[Proxy] = []
    missing: dict[str, str] = {}
    for name in wanted:
        try:
            begun.append(makers[name]().start())
        except NotMeasured as reason:
            missing[name] = f"not measured: {reason}"
    return begun, missing


def _instance(names: list[str], folder: Path, dns: str, port: int) -> Instance:
    """Everything in the resolver leads here, also the names that are open."""
    instance = Instance(folder / "ours")
    settings = Settings(
        ports=Ports(dns=free_port(), proxy=free_port()),
        upstreams=(dns,),
        private_suffixes=(HOST, "spread.test", "looked.test"),
    )
    instance.save(replace(settings, proxy_ports=(port, 80)))
    publish(PartStore(instance.parts), names, looked="looked.test")
    return instance


def _measure(
    kind: str,
    proxies: list[Proxy],
    folder: Path,
    names: list[str],
    port: int,
    args: argparse.Namespace,
    facts: Facts,
    missing: dict[str, str],
) -> None:
    """``rounds`` runs of each, there and back, so that no place in the row is best."""
    targets = {
        "open": [f"http://{HOST}:{port}/page"],
        "blocked": [f"http://{name}/page" for name in names[:50]],
        "spread": [f"http://n{number}.spread.test:{port}/page" for number in range(500)],
    }[kind]
    script = peers.write_script(folder / f"{kind}.lua", targets)
    able = [proxy for proxy in proxies if _is_able(kind, proxy.name)]
    rates: dict[str, list[float]] = {proxy.name: [] for proxy in able}
    for turn in range(args.rounds):
        for proxy in able[:: -1 if turn % 2 else 1]:
            try:
                is_blocked = kind == "blocked"
                rate = peers.load(proxy, script, args.seconds, CONNECTIONS, blocked=is_blocked)
                rates[proxy.name].append(rate)
            except NotMeasured as reason:
                missing[f"{proxy.name}, {kind}"] = f"not in every round: {reason}"
    for name, found in rates.items():
        if found:
            facts[name][f"{kind}_per_second"] = round(statistics.median(found))


def _is_able(kind: str, name: str) -> bool:
    """Who blocks nothing is not asked to; only ours knows the names of our resolver."""
    return {"open": True, "blocked": name in (OURS, GUARD, E2), "spread": name == OURS}[kind]


def _waits(proxies: list[Proxy], port: int, args: argparse.Namespace, facts: Facts) -> None:
    """With 500 hosts in turn each is asked once a second: Envoy has to ask for every request."""
    for proxy in proxies:
        if proxy.name == OURS:
            targets = [f"http://n{number}.spread.test:{port}/page" for number in range(500)]
        elif proxy.name == BARE:
            targets = [f"http://{HOST}:{port}/page"]
        else:
            continue
        waits = asyncio.run(clients.steady(proxy.port, targets, RATE, args.seconds))
        facts[proxy.name]["p50_ms"] = round(clients.at(waits, 0.5), 2)
        facts[proxy.name]["p99_ms"] = round(clients.at(waits, 0.99), 2)


def _tunnels(proxies: list[Proxy], folder: Path, args: argparse.Namespace, facts: Facts) -> None:
    """Handshakes in tunnels that are looked into, and octets through one that is not."""
    hosts = [f"n{number}.looked.test" for number in range(args.hosts)]
    ca = folder / "ours" / "inspection" / "ca.pem"
    spring = clients.Spring()
    try:
        for proxy in proxies:
            if proxy.name == OURS:
                for kind in ("new", "known"):
                    found = clients.handshakes(proxy.port, 80, hosts, ca)
                    facts[OURS][f"{kind}_host_p50_ms"] = round(statistics.median(found), 2)
            if proxy.name in (OURS, BARE):
                to = f"{HOST}:{spring.port}"
                rates = [clients.bulk(proxy.port, to, args.seconds) for _ in range(args.rounds)]
                facts[proxy.name]["bulk_mb_per_second"] = round(statistics.median(rates))
    finally:
        spring.close()


def _result(facts: Facts, missing: dict[str, str]) -> dict[str, Any]:
    def get(name: str, key: str) -> float | None:
        return facts.get(name, {}).get(key)

    rivals = [rate for name in (GUARD, E2) if (rate := get(name, "blocked_per_second"))]
    best = max(rivals, default=None)
    own_p99, bare_p99 = get(OURS, "p99_ms"), get(BARE, "p99_ms")
    added = None if own_p99 is None or bare_p99 is None else round(own_p99 - bare_p99, 2)
    bars = [
        _ratio(
            "blocked requests/s: ours to the best peer", get(OURS, "blocked_per_second"), best, 1.5
        ),
        _ratio(
            "open requests/s: ours to Squid + squidGuard",
            get(OURS, "open_per_second"),
            get(GUARD, "open_per_second"),
            1.0,
        ),
        _most("handshake in a host that is new, p50 ms", get(OURS, "new_host_p50_ms"), 8.0),
        _most("handshake in a host that is known, p50 ms", get(OURS, "known_host_p50_ms"), 4.0),
        _ratio(
            "octets through a tunnel: ours to bare Envoy",
            get(OURS, "bulk_mb_per_second"),
            get(BARE, "bulk_mb_per_second"),
            0.9,
        ),
        _most(f"what a verdict adds at {RATE:g} requests/s, p99 ms", added, 3.0),
    ]
    return {"bench": "proxy", "bars": bars, "peers": {**facts, **missing}, "machine": {}}


def _ratio(name: str, one: float | None, other: float | None, least: float) -> dict[str, Any]:
    value = round(one / other, 2) if one and other else None
    ok = None if value is None else value >= least
    return {"name": name, "value": value, "bar": f">= {least:g}", "ok": ok}


def _most(name: str, value: float | None, most: float) -> dict[str, Any]:
    ok = None if value is None else value <= most
    return {"name": name, "value": value, "bar": f"<= {most:g}", "ok": ok}
