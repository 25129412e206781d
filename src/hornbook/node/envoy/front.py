"""Run one Envoy: write its files, have it check them, start it, watch it, drain it at the end.

Ends when Envoy ends, so that the supervisor's patience counts for both. SIGTERM first lets
requests under way come home.
"""

from __future__ import annotations

import argparse
import logging
import os
import platform
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from hornbook.instance import Instance, InstanceError, Settings, to_json, write_atomically
from hornbook.node.envoy import certificate
from hornbook.node.envoy.program import ask_admin, find_envoy, refused
from hornbook.node.envoy.shapes import Json, secrets

log = logging.getLogger(__name__)

BEAT_EVERY = 1.0
RENEW_EVERY = 6 * 3600.0  # seconds between looks at the certificate
DRAIN = 3.0  # seconds for requests under way


@dataclass(frozen=True)
class Kind:
    """What makes one Envoy of ours differ from the others. Files are names in ``run/``.

    ``what`` is its service in words, ``mark`` stands in its command line, so that a left-over one
    is known as ours; ``stats`` is a piece of the names under which it counts requests; ``files``
    makes what else the configuration names, octets by name.
    """

    part: str
    what: str
    mark: str
    config_file: str
    secrets_file: str
    admin: str
    stats: str
    bootstrap: Callable[[Settings], Json]
    ports: tuple[str, ...] = field(default=())
    files: Callable[[Instance, Settings], dict[str, bytes]] = field(default=lambda *_: {})


def serve(kind: Kind, doc: str | None) -> int:
    """The whole life of the process; its exit code is 2 when Envoy cannot be started."""
    parser = argparse.ArgumentParser(prog=f"{kind.mark}.front", description=doc)
    parser.add_argument("--data", help="the instance's folder")
    parser.add_argument("--threads", type=int, default=min(4, os.cpu_count() or 1))
    options = parser.parse_args()
    done = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: done.set())
    instance = Instance.at(options.data)
    try:
        return Front(kind, instance, options.threads).run(done)
    except InstanceError as error:
        log.error("hornbook %s: %s", kind.part, error)
        instance.beat(kind.part, ready=False, problem=str(error))
        return 2


class Front:
    """One Envoy and its files. Raises InstanceError when it cannot be started."""

    def __init__(self, kind: Kind, instance: Instance, threads: int) -> None:
        self.kind = kind
        self.instance = instance
        self.settings = instance.settings()
        self._folder = instance.run
        self._threads = threads
        os.chdir(self._folder)  # the admin's path is relative, as it may be long
        self._program = program_or_refuse(kind.what)

    def run(self, done: threading.Event) -> int:
        """Serve until ``done`` or until Envoy ends; its exit code."""
        self.prepare()
        child = self._start()
        looked = time.monotonic()
        while child.poll() is None and not done.wait(BEAT_EVERY):
            self._beat(ready=ask_admin(self.kind.admin, "GET", "/ready") is not None)
            if time.monotonic() - looked > RENEW_EVERY:
                looked = time.monotonic()
                self._renew()
        if child.poll() is None:
            self._end(child)
        self._beat(ready=False)
        return 0 if done.is_set() else child.returncode or 1

    def prepare(self) -> None:
        """Certificate and configuration; Envoy must take them."""
        config = self.kind.config_file
        self._write(self.kind.secrets_file, to_json(secrets(self._certificate())))
        for name, body in self.kind.files(self.instance, self.settings).items():
            self._write(name, body)
        self._write(config, to_json(self.kind.bootstrap(self.settings)))
        problem = refused(self._program, config, self._folder)
        if problem:
            raise InstanceError(
                f"Envoy refuses {self._folder / config}: {problem} "
                "Look at the addresses and ports in instance.json."
            )

    def _certificate(self) -> Path:
        """Several Envoys use one certificate; one of them makes it."""
        with self.instance.lock("tls"):
            return certificate.settle(self.instance, self.settings)

    def _write(self, name: str, body: bytes) -> None:
        """On a disk that takes nothing more, the file of an earlier start serves on."""
        path = self._folder / name
        try:
            write_atomically(path, body, durable=False)
        except OSError as error:
            if not path.exists():
                raise InstanceError(f"Cannot write {path}: {error.strerror}.") from error
            log.error("hornbook %s: %s stays as it was: %s", self.kind.part, path, error)

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [
                *(self._program, "-c", self.kind.config_file, "--concurrency", str(self._threads)),
                *("--use-dynamic-base-id", "--log-level", "warning"),
                *("--service-cluster", self.kind.mark),
                *("--drain-time-s", "1", "--drain-strategy", "immediate"),
            ],
            cwd=self._folder,
            stdin=subprocess.DEVNULL,
        )

    def _renew(self) -> None:
        """Make our own certificate anew in time; Envoy sees the new file by itself."""
        try:
            self._certificate()
        except InstanceError as error:
            log.error("hornbook %s: %s", self.kind.part, error)

    def _end(self, child: subprocess.Popen[bytes]) -> None:
        """Take no new connections, wait for the requests under way, then stop."""
        ask_admin(self.kind.admin, "POST", "/drain_listeners?graceful&skip_exit")
        end = time.monotonic() + DRAIN
        while time.monotonic() < end and self._under_way():
            time.sleep(0.05)
        child.terminate()
        try:
            child.wait(3)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()

    def _under_way(self) -> bool:
        """Whether a request waits for its answer."""
        told = ask_admin(self.kind.admin, "GET", "/stats?filter=downstream_rq_active") or ""
        lines = [line for line in told.splitlines() if self.kind.stats in line]
        return any(not line.endswith(": 0") for line in lines)

    def _beat(self, *, ready: bool) -> None:
        ports = {name: getattr(self.settings.ports, name) for name in self.kind.ports}
        self.instance.beat(self.kind.part, ready=ready, **ports)


def program_or_refuse(what: str) -> Path:
    found = find_envoy()
    if found is None:
        raise InstanceError(
            f"{what} not available on this platform: there is no Envoy for "
            f"{platform.system()} {platform.machine()}. Put an envoy program on the PATH."
        )
    return found
