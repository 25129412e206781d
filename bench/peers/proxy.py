"""The proxies under measurement, their origin and their clients. All proxies stand on one core."""

from __future__ import annotations

import json
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.peers.doh import CLIENT_CORE, SERVER_CORE, on_core
from bench.peers.process import NotMeasured, free_port
from hornbook.instance import Instance
from hornbook.node.envoy.program import find_envoy
from hornbook.node.envoy.shapes import named
from hornbook.node.proxy.manager import manager, outside, plain

HOST = "localhost"  # the one name that every peer knows without a resolver of ours
NOTICE = "http://127.0.0.1:1/closed"
_E2 = Path("/etc/e2guardian")


@dataclass
class Proxy:
    """One proxy: its processes in the order of their start, and the port that takes requests."""

    name: str
    commands: list[list[str]]
    port: int
    folder: Path
    ready: Callable[[], bool] = lambda: True
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self, patience: float = 60) -> Proxy:
        end = time.monotonic() + patience
        for command in self.commands:
            with (self.folder / f"{self.name.replace(' ', '-')}.log").open("ab") as log:
                self.processes.append(
                    subprocess.Popen(
                        on_core(SERVER_CORE, command), stdout=log, stderr=log, cwd=self.folder
                    )
                )
        while not (_accepts(self.port) and self.ready()):
            if time.monotonic() > end or any(one.poll() is not None for one in self.processes):
                self.stop()
                raise NotMeasured(f"{self.name} did not start")
            time.sleep(0.1)
        return self

    def stop(self) -> None:
        for process in reversed(self.processes):
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.processes = []


def _accepts(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def ours(instance: Instance, folder: Path) -> Proxy:
    """Envoy with one thread and the process behind it, as ``hornbook up`` runs them."""
    data = ["--data", str(instance.root)]
    commands = [
        [sys.executable, "-m", "hornbook.node.proxy", *data],
        [sys.executable, "-m", "hornbook.node.proxy.front", *data, "--threads", "1"],
    ]

    def ready() -> bool:
        return bool((instance.heartbeat("proxy") or {}).get("ready"))

    return Proxy("hornbook", commands, instance.settings().ports.proxy, folder, ready)


def bare(folder: Path) -> Proxy:
    """Envoy that asks nobody: what is left when everything of ours is taken away."""
    port = free_port()
    cache: dict[str, Any] = {"name": "any", "dns_lookup_family": "V4_ONLY"}
    forward = named(
        "envoy.filters.http.dynamic_forward_proxy",
        "filters.http.dynamic_forward_proxy.v3.FilterConfig",
        dns_cache_config=cache,
    )
    cluster = outside("any", plain()) | {
        "cluster_type": named(
            "envoy.clusters.dynamic_forward_proxy",
            "clusters.dynamic_forward_proxy.v3.ClusterConfig",
            dns_cache_config=cache,
            allow_insecure_cluster_options=True,
        )
    }
    upgrade = {"upgrade_type": "CONNECT", "connect_config": {}}
    routes: list[dict[str, Any]] = [
        {
            "match": {"connect_matcher": {}},
            "route": {"cluster": "any", "timeout": "0s", "upgrade_configs": [upgrade]},
        },
        {"match": {"prefix": "/"}, "route": {"cluster": "any", "timeout": "0s"}},
    ]
    http = manager(
        "bare", filters=[forward], routes=routes, upgrades=("CONNECT",), use_remote_address=True
    )
    command = envoy(_listener(port, http), [cluster], folder / "bare.json")
    return Proxy("envoy bare", [command], port, folder)


def origin(folder: Path, octets: int = 1024) -> Proxy:
    """A server of one small page, on the client's core."""
    port = free_port()
    page = {"status": 200, "body": {"inline_string": "x" * octets}}
    routes = [{"match": {"prefix": "/"}, "direct_response": page}]
    http = manager("origin", filters=[], routes=routes, upgrades=(), use_remote_address=True)
    command = envoy(_listener(port, http), [], folder / "origin.json")
    return Proxy("origin", [["taskset", "-c", CLIENT_CORE, *command]], port, folder)


def envoy(listener: dict[str, Any], clusters: list[dict[str, Any]], path: Path) -> list[str]:
    program = find_envoy()
    if program is None:
        raise NotMeasured("there is no Envoy for this platform")
    told = {"static_resources": {"listeners": [listener], "clusters": clusters}}
    path.write_text(json.dumps(told))
    return [
        *(str(program), "-c", str(path), "--concurrency", "1", "--use-dynamic-base-id"),
        *("--log-level", "error"),
    ]


def _listener(port: int, http: dict[str, Any]) -> dict[str, Any]:
    address = {"socket_address": {"address": "127.0.0.1", "port_value": port}}
    return {"name": "all", "address": address, "filter_chains": [{"filters": [http]}]}


def squid(folder: Path, names: list[str] | None = None) -> Proxy:
    """Squid without a cache; with ``names``, squidGuard judges for it."""
    program = shutil.which("squid", path="/usr/sbin:/usr/bin") or _missing("squid")
    port, label = free_port(), "squid + squidGuard" if names else "squid bare"
    place = folder / label.replace(" ", "")
    place.mkdir()
    place.chmod(0o777)  # Squid leaves root
    guard = _squidguard(place, names) if names else []
    path = place / "squid.conf"
    path.write_text(
        "\n".join(
            [
                f"http_port 127.0.0.1:{port}",
                "acl all_ports port 1-65535",
                "http_access allow all",
                "cache deny all",
                f"access_log stdio:{place}/access.log",
                f"cache_log {place}/cache.log",
                f"pid_filename {place}/squid.pid",
                f"coredump_dir {place}",
                "shutdown_lifetime 1 seconds",
                "via off",
                "forwarded_for delete",
                *guard,
            ]
        )
        + "\n"
    )
    return Proxy(label, [[program, "-N", "-f", str(path)]], port, folder)


def _squidguard(place: Path, names: list[str]) -> list[str]:
    program = shutil.which("squidGuard") or _missing("squidGuard")
    lists = place / "blocked"
    lists.mkdir()
    (lists / "domains").write_text("".join(f"{name}\n" for name in names))
    path = place / "squidGuard.conf"
    path.write_text(
        f"dbhome {place}\nlogdir {place}\n"
        "dest blocked {\n  domainlist blocked/domains\n}\n"
        f"acl {{\n  default {{\n    pass !blocked all\n    redirect 302:{NOTICE}\n  }}\n}}\n"
    )
    subprocess.run([program, "-c", str(path), "-C", "all"], check=True, capture_output=True)
    for found in (place, *place.rglob("*")):
        found.chmod(0o777 if found.is_dir() else 0o666)
    return [
        f"url_rewrite_program {program} -c {path}",
        "url_rewrite_children 4 startup=4 idle=1 concurrency=0",
        "url_rewrite_bypass off",
    ]


def e2guardian(folder: Path, names: list[str]) -> Proxy:
    """Its own settings of Debian, without virus scanners and phrases, with these names banned."""
    program = shutil.which("e2guardian", path="/usr/sbin:/usr/bin") or _missing("e2guardian")
    if not _E2.is_dir():
        raise NotMeasured(f"{_E2} is not there")
    port, place = free_port(), folder / "e2guardian"
    shutil.copytree(_E2, place)
    (place / "lists" / "bannedsitelist").write_text("".join(f"{name}\n" for name in names))
    for path in place.glob("*.conf"):
        text = path.read_text(errors="replace").replace(str(_E2), str(place))
        path.write_text(text)
    main = place / "e2guardian.conf"
    text = re.sub(r"(?m)^filterports? *=.*", f"filterports = {port}", main.read_text())
    text = re.sub(r"(?m)^filterip *=.*", "filterip = 127.0.0.1", text)
    text = re.sub(r"(?m)^(transparenthttpsport|icapport) *=.*", "", text)
    text += f"\nloglocation = '{place}/access.log'\npidfilename = '{place}/pid'\n"
    text += "daemonuser = 'root'\ndaemongroup = 'root'\nhttpworkers = 100\n"
    main.write_text(text)
    for kind in ("weighted", "banned", "exception"):
        (place / "lists" / f"{kind}phraselist").write_text("")
    return Proxy("e2guardian", [[program, "-N", "-c", str(main)]], port, folder)


def _missing(what: str) -> str:
    raise NotMeasured(f"{what} is not installed")


def write_script(path: Path, targets: list[str]) -> Path:
    """For wrk: requests in absolute form, one target after the other."""
    quoted = ",\n".join(json.dumps(target) for target in targets)
    path.write_text(
        f"local targets = {{{quoted}}}\nlocal at = 0\n"
        "function request()\n  at = at % #targets + 1\n"
        '  return wrk.format("GET", targets[at], {Accept = "text/html"})\nend\n'
    )
    return path


_RATE = re.compile(r"Requests/sec:\s+([\d.]+)")
_BAD = re.compile(r"Non-2xx or 3xx responses: (\d+)")
_DONE = re.compile(r"(\d+) requests in")


def load(proxy: Proxy, script: Path, seconds: float, connections: int, *, blocked: bool) -> float:
    """Requests a second by wrk. Raises NotMeasured when answers are not of the kind expected."""
    program = shutil.which("wrk") or _missing("wrk")
    command = [program, "-t", "1", "-c", str(connections), "-d", f"{seconds:g}s", "-s", str(script)]
    command += [f"http://127.0.0.1:{proxy.port}/"]
    told = subprocess.run(
        on_core(CLIENT_CORE, command), capture_output=True, text=True, timeout=seconds + 60
    ).stdout
    rate, done = _RATE.search(told), _DONE.search(told)
    bad = _BAD.search(told)
    refused = int(bad[1]) if bad else 0
    if rate is None or done is None or not int(done[1]):
        raise NotMeasured(f"{proxy.name} answered nothing: {told[-300:]}")
    if not blocked and refused > int(done[1]) / 100:
        raise NotMeasured(f"{proxy.name} refused {refused} of {done[1]} open requests")
    return float(rate[1])
