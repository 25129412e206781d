"""``python -m hornbook.node.doh.front --data DIR``: run Envoy in front of DoH and DoT.

Writes its configuration, has Envoy check it, starts Envoy and ends when Envoy ends, so that
the supervisor's patience counts for both. SIGTERM first lets requests under way come home.
"""

from __future__ import annotations

import argparse
import os
import platform
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

from hornbook.instance import Instance, InstanceError, to_json, write_atomically
from hornbook.node.doh import certificate, config
from hornbook.node.doh.envoy import ask_admin, find_envoy, refused

PART = "envoy"
CONFIG_FILE = "envoy-config.json"  # run/envoy.json is the heartbeat
MARK = "hornbook.node.doh"  # in Envoy's command line, so that a left-over one is known as ours
BEAT_EVERY = 1.0
RENEW_EVERY = 6 * 3600.0  # seconds between looks at the certificate
DRAIN = 3.0  # seconds for requests under way


def main() -> int:
    parser = argparse.ArgumentParser(prog="hornbook.node.doh.front", description=__doc__)
    parser.add_argument("--data", help="the instance's folder")
    parser.add_argument("--threads", type=int, default=min(4, os.cpu_count() or 1))
    options = parser.parse_args()
    done = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: done.set())
    instance = Instance.at(options.data)
    try:
        return Front(instance, options.threads).run(done)
    except InstanceError as error:
        print(f"hornbook {PART}: {error}", file=sys.stderr)
        instance.beat(PART, ready=False, problem=str(error))
        return 2


class Front:
    """One Envoy and its files. Raises InstanceError when it cannot be started."""

    def __init__(self, instance: Instance, threads: int) -> None:
        self.instance = instance
        self.settings = instance.settings()
        self._folder = instance.run
        self._threads = threads
        os.chdir(self._folder)  # the admin's path is relative, as it may be long
        self._program = program_or_refuse()

    def run(self, done: threading.Event) -> int:
        """Serve until ``done`` or until Envoy ends; its exit code."""
        self.prepare()
        child = self._start()
        looked = time.monotonic()
        while child.poll() is None and not done.wait(BEAT_EVERY):
            self._beat(ready=ask_admin(config.ADMIN_SOCKET, "GET", "/ready") is not None)
            if time.monotonic() - looked > RENEW_EVERY:
                looked = time.monotonic()
                self._renew()
        if child.poll() is None:
            self._end(child)
        self._beat(ready=False)
        return 0 if done.is_set() else child.returncode or 1

    def prepare(self) -> None:
        """Certificate and configuration; Envoy must take them."""
        folder = certificate.settle(self.instance, self.settings)
        self._write(config.SECRETS_FILE, config.secrets(folder))
        self._write(CONFIG_FILE, config.bootstrap(self.settings))
        problem = refused(self._program, CONFIG_FILE, self._folder)
        if problem:
            raise InstanceError(
                f"Envoy refuses {self._folder / CONFIG_FILE}: {problem} "
                "Look at the addresses and ports in instance.json."
            )

    def _write(self, name: str, value: config.Json) -> None:
        write_atomically(self._folder / name, to_json(value), durable=False)

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [
                *(self._program, "-c", CONFIG_FILE, "--concurrency", str(self._threads)),
                *("--use-dynamic-base-id", "--log-level", "warning", "--service-cluster", MARK),
                *("--drain-time-s", "1", "--drain-strategy", "immediate"),
            ],
            cwd=self._folder,
            stdin=subprocess.DEVNULL,
        )

    def _renew(self) -> None:
        """Make our own certificate anew in time; Envoy sees the new file by itself."""
        try:
            certificate.settle(self.instance, self.settings)
        except InstanceError as error:
            print(f"hornbook {PART}: {error}", file=sys.stderr, flush=True)

    def _end(self, child: subprocess.Popen[bytes]) -> None:
        """Take no new connections, wait for the requests under way, then stop."""
        ask_admin(config.ADMIN_SOCKET, "POST", "/drain_listeners?graceful&skip_exit")
        end = time.monotonic() + DRAIN
        while time.monotonic() < end and _under_way():
            time.sleep(0.05)
        child.terminate()
        try:
            child.wait(3)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()

    def _beat(self, *, ready: bool) -> None:
        ports = self.settings.ports
        try:
            self.instance.beat(PART, ready=ready, doh=ports.doh, dot=ports.dot)
        except OSError as error:
            print(f"hornbook {PART}: no heartbeat: {error}", file=sys.stderr, flush=True)


def _under_way() -> bool:
    """Whether a request waits for its answer."""
    told = ask_admin(config.ADMIN_SOCKET, "GET", "/stats?filter=downstream_rq_active")
    return any(not line.endswith(": 0") for line in (told or "").splitlines() if ".doh." in line)


def program_or_refuse() -> Path:
    found = find_envoy()
    if found is None:
        raise InstanceError(
            "DoH and DoT are not available on this platform: there is no Envoy for "
            f"{platform.system()} {platform.machine()}. Put an envoy program on the PATH."
        )
    return found


if __name__ == "__main__":
    sys.exit(main())
