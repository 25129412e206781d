"""The DoH servers under measurement. All stand on one core and block the same names."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from bench.peers.dns import NOTICE, find_program, wire_name, write_cdb
from bench.peers.process import NotMeasured, Server, free_port
from hornbook.instance import Instance
from hornbook.node.doh.config import SECRETS_FILE, bootstrap
from hornbook.node.envoy.program import find_envoy

SERVER_CORE, CLIENT_CORE = "0", "1"


@dataclass
class DohServer(Server):
    """Like any server, but one may be of two processes, and it is ready when TCP answers."""

    others: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self, question: bytes, patience: float) -> None:
        self._process = subprocess.Popen(
            on_core(SERVER_CORE, self.command), stdout=self.log.open("ab"), stderr=subprocess.STDOUT
        )
        end = time.monotonic() + patience
        while not self._accepts():
            if self._process.poll() is not None or time.monotonic() > end:
                tail = self.log.read_text(errors="replace")[-300:]
                self.stop()
                raise NotMeasured(f"{self.name} did not start: {tail.strip()}")
            time.sleep(0.05)

    def _accepts(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def processor_seconds(self) -> float:
        """Of all its processes and of those that they started."""
        pids = [self.pid, *(process.pid for process in self.others)]
        return sum(_seconds(pid) for leader in pids for pid in (leader, *_children(leader)))

    def stop(self) -> None:
        super().stop()
        for process in self.others:
            process.terminate()
            process.wait(10)
        self.others = []


def on_core(core: str, command: list[str]) -> list[str]:
    """Bound to one core, where there are two and a program that can do it."""
    able = shutil.which("taskset") and (os.cpu_count() or 1) > 1
    return ["taskset", "-c", core, *command] if able else command


def _children(pid: int) -> list[int]:
    path = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(word) for word in path.read_text().split()] if path.exists() else []


def _seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def ours(instance: Instance, folder: Path) -> DohServer:
    """Envoy with one thread and the process behind it, as ``hornbook up`` runs them."""
    data = ["--data", str(instance.root)]
    with (folder / "backend.log").open("ab") as log:
        command = on_core(SERVER_CORE, [sys.executable, "-m", "hornbook.node.doh", *data])
        backend = subprocess.Popen(command, stdout=log, stderr=log)
    front = [sys.executable, "-m", "hornbook.node.doh.front", *data, "--threads", "1"]
    port = instance.settings().ports.doh
    return DohServer("hornbook", front, port, folder / "front.log", others=[backend])


def envoy_alone(instance: Instance, folder: Path) -> DohServer:
    """The limit: our Envoy with the same front, which answers all by itself, without a thought.

    Ours must have been started: it makes the certificate.
    """
    program = find_envoy()
    if program is None:
        raise NotMeasured("there is no Envoy for this machine")
    settings = instance.settings()
    ports = replace(settings.ports, doh=free_port(), dot=free_port())
    place = folder / "alone"
    place.mkdir()
    told = bootstrap(replace(settings, ports=ports), http3=False)
    _answer_directly(told)
    (place / "config.json").write_text(json.dumps(told))
    shutil.copy(instance.run / SECRETS_FILE, place / SECRETS_FILE)
    command = [str(program), "-c", "config.json", "--concurrency", "1", "--use-dynamic-base-id"]
    command = ["env", "-C", str(place), *command, "--log-level", "warning"]
    return DohServer("envoy alone", command, ports.doh, folder / "alone.log")


def _answer_directly(value: Any) -> None:
    """Every route into a fixed answer of an answer's usual length."""
    for part in value.values() if isinstance(value, dict) else value:
        if isinstance(part, dict) and "match" in part:
            del part["route"]
            part["direct_response"] = {"status": 200, "body": {"inline_string": "x" * 110}}
        elif isinstance(part, dict | list):
            _answer_directly(part)


def plain(protocol: str, tls: Path, names: list[str], folder: Path) -> DohServer:
    """The asyncio server for ``h1`` or ``h2``."""
    if protocol == "h2" and importlib.util.find_spec("h2") is None:
        raise NotMeasured("the package h2 is not installed")
    listed = folder / "names.txt"
    listed.write_text("\n".join(names))
    port = free_port()
    pair = [str(tls / "server.pem"), str(tls / "server.key")]
    program = str(Path(__file__).with_name("doh_asyncio.py"))
    command = [sys.executable, program, protocol, str(port), *pair, str(listed)]
    return DohServer(f"asyncio {protocol}", command, port, folder / f"asyncio-{protocol}.log")


def dnsdist(tls: Path, names: list[str], folder: Path) -> DohServer:
    """dnsdist with a CDB store; it speaks HTTP/2 by the library h2o."""
    program = find_program("dnsdist")
    told = subprocess.run([program, "--version"], capture_output=True, text=True).stdout
    if "dns-over-https" not in told or "cdb" not in told:
        raise NotMeasured("this dnsdist has no DoH or no CDB store")
    store = folder / "doh.cdb"
    write_cdb(store, (wire_name(name) for name in names))
    port = free_port()
    config = folder / "dnsdist-doh.lua"
    pair = f'"{tls / "server.pem"}", "{tls / "server.key"}"'
    config.write_text(
        f"""setLocal("127.0.0.1:{free_port()}")
addDOHLocal("127.0.0.1:{port}", {pair}, "/dns-query")
newServer({{address="127.0.0.1:9", healthCheckMode="up"}})
store = newCDBKVStore("{store}", 3600)
addAction(KeyValueStoreLookupRule(store, KeyValueLookupKeySuffix()), SpoofAction("{NOTICE}"))
"""
    )
    command = [program, "--supervised", "--disable-syslog", "-C", str(config)]
    return DohServer("dnsdist", command, port, folder / "dnsdist-doh.log")
