"""``hornbook up``: start everything, say where it is, keep it running until told to stop."""

from __future__ import annotations

import argparse
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import fields, replace
from types import FrameType

from hornbook.instance import Instance, InstanceError, Ports, Settings
from hornbook.node.envoy.program import find_envoy
from hornbook.run import family
from hornbook.run.parts import Part, district_parts, doh_parts, node_parts, proxy_parts
from hornbook.run.postgres import URL_VARIABLE, Postgres, answers, given_url
from hornbook.run.supervisor import Supervisor
from hornbook.run.table import started_table

HELP = "start everything and keep it running"
READY_WITHIN = 60.0
DATABASE_LOOK_EVERY = 2.0
FIRST_WAIT, LONGEST_WAIT = 5.0, 60.0  # seconds until the district is woken again


def configure(parser: argparse.ArgumentParser) -> None:
    for port in fields(Ports):
        parser.add_argument(
            f"--{port.name}", type=port_number, metavar="PORT", help=f"(default {port.default})"
        )
    parser.add_argument("--bind", metavar="ADDRESS", help="listen here (default 127.0.0.1)")
    parser.add_argument("--empty", action="store_true", help="start bare, without the sample")


def port_number(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"{text} is not a port (1 to 65535)")
    return int(text)


def run(args: argparse.Namespace, instance: Instance) -> int:
    before = instance.settings()
    settings = chosen_settings(args, before)
    with only_one(instance):
        stop_leftovers(instance)
        refuse_taken_ports(settings)
        if settings != before:
            instance.save(settings)
        return _Up(instance, settings, empty=args.empty).run()


def chosen_settings(args: argparse.Namespace, before: Settings) -> Settings:
    """What the flags say, else what the instance remembers."""
    given = {
        port.name: getattr(args, port.name)
        for port in fields(Ports)
        if getattr(args, port.name) is not None
    }
    return replace(before, ports=replace(before.ports, **given), bind=args.bind or before.bind)


@contextmanager
def only_one(instance: Instance) -> Iterator[None]:
    """Hold the instance's lock: two process trees on one folder would write over each other."""
    with ExitStack() as held:
        try:
            held.enter_context(instance.lock("up", wait=False))
        except BlockingIOError as error:
            raise InstanceError(
                f"Hornbook already runs on {instance.root}. See it with “hornbook status”, "
                "or run a second one with its own --data DIR and ports."
            ) from error
        yield


def stop_leftovers(instance: Instance) -> None:
    """End parts that outlived a killed ``up``: they would still hold the ports."""
    beat = instance.heartbeat("up") or {}
    known = {name: facts.get("pid") for name, facts in beat.get("children", {}).items()}
    left = {
        name: leader
        for name, leader in known.items()
        if leader and family.is_ours(family.family(leader))
    }
    if left:
        say(f"stopping what an earlier run left behind: {', '.join(left)}")
        family.end(*left.values(), grace=5)


def refuse_taken_ports(
    settings: Settings, parts: Collection[str] = ("console", "dns", "notice")
) -> None:
    wanted = [
        ("console", settings.ports.console, socket.SOCK_STREAM),
        ("dns", settings.ports.dns, socket.SOCK_DGRAM),
        ("dns", settings.ports.dns, socket.SOCK_STREAM),
        ("notice", settings.ports.notice, socket.SOCK_STREAM),
    ]
    for name, port, kind in wanted:
        problem = name in parts and cannot_listen(settings.bind, port, kind)
        if problem:
            raise InstanceError(
                f"Cannot listen on {settings.bind} port {port} for {name}: {problem}. "
                f"Choose another with --{name} PORT, or stop what uses it."
            )


def envoy_parts(instance: Instance, settings: Settings) -> list[Part]:
    """What needs Envoy, where it can be had; the rest of the tree does not wait for it."""
    if find_envoy() is None:
        say("DoH, DoT and the proxy are not available on this platform: there is no Envoy for it")
        return []
    found = []
    if can_have("DoH and DoT are", settings, "doh", "dot"):
        found += doh_parts(instance)
    if can_have("The proxy is", settings, "proxy"):
        found += proxy_parts(instance)
    return found


def can_have(what: str, settings: Settings, *names: str) -> bool:
    """Whether the ports of these names are free; else it is said which one is not."""
    for name in names:
        port = getattr(settings.ports, name)
        problem = cannot_listen(settings.bind, port, socket.SOCK_STREAM)
        if problem:
            say(
                f"{what} left out: cannot listen on {settings.bind} port {port}: "
                f"{problem}. Choose another with --{name} PORT."
            )
            return False
    return True


def cannot_listen(address: str, port: int, kind: socket.SocketKind) -> str | None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, kind) as probe:
        if kind == socket.SOCK_STREAM:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            return error.strerror or str(error)
    return None


def say(line: str) -> None:
    print(f"hornbook: {line}", flush=True)


class _Up:
    """One run of the whole tree, from first start to last stop."""

    def __init__(self, instance: Instance, settings: Settings, *, empty: bool) -> None:
        self.instance, self.settings, self.empty = instance, settings, empty
        self.supervisor = Supervisor(instance, say)
        self.postgres = None if given_url() else Postgres(instance)
        self.asked_to_stop = False
        self.database_ready = False
        self.database_looked = 0.0

    def run(self) -> int:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._ask_to_stop)
        try:
            # The node needs no database: it answers from the last good parts while the rest wakes.
            self.supervisor.add(node_parts(self.instance))
            self.supervisor.add(envoy_parts(self.instance, self.settings))
            if not self._wake_the_district():
                return 0 if self.asked_to_stop else 1
            return self._watch()
        finally:
            self._stop()

    def _ask_to_stop(self, number: int, frame: FrameType | None) -> None:
        self.asked_to_stop = True

    def _wake_the_district(self) -> bool:
        """Where the node has parts to serve by, a database that does not start ends nothing."""
        wait = FIRST_WAIT
        while not self._wake_once():
            if self.asked_to_stop or not (self.instance.parts / "current.json").exists():
                return False
            say(f"DNS, notices and the proxy go on; the console is tried again in {wait:g} s")
            self._go_on(wait)
            wait = min(2 * wait, LONGEST_WAIT)
        if not self.asked_to_stop:
            self.supervisor.add(district_parts(self.instance, self.settings))
        return not self.asked_to_stop

    def _wake_once(self) -> bool:
        try:
            url = self.postgres.start() if self.postgres else os.environ[URL_VARIABLE]
            self.supervisor.environment[URL_VARIABLE] = os.environ[URL_VARIABLE] = url
            return self._first_start()
        except (InstanceError, OSError) as error:
            say(str(error))
            return False

    def _go_on(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end and not self.asked_to_stop:
            self.supervisor.tick()
            self._beat(ready=False)
            time.sleep(0.25)

    def _first_start(self) -> bool:
        """Migrate, collect static files, make the sample; in a child, to keep this one small."""
        argv = [sys.executable, "-m", "hornbook.run.first_start"]
        child = subprocess.Popen(argv + ["--empty"] * self.empty, start_new_session=True)
        while child.poll() is None:
            if self.asked_to_stop:
                child.terminate()
            self.supervisor.tick()
            time.sleep(0.2)
        if child.returncode and not self.asked_to_stop:
            say("the first start failed; what it said stands above. Nothing was half done.")
        return child.returncode == 0 and not self.asked_to_stop

    def _watch(self) -> int:
        began, told = time.monotonic(), False
        while not self.asked_to_stop:
            self._look_at_database()
            self.supervisor.tick()
            ready = self.database_ready and self.supervisor.all_ready()
            self._beat(ready=ready)
            if ready and not told:
                print(started_table(self.instance, self.settings), flush=True)
                told = True
            elif not told and time.monotonic() - began > READY_WITHIN:
                say(f"not ready after {READY_WITHIN:g} s: {self._laggards()}; still trying")
                told = True
            time.sleep(0.25)
        return 0

    def _look_at_database(self) -> None:
        if time.monotonic() - self.database_looked < DATABASE_LOOK_EVERY:
            return
        self.database_ready = answers(os.environ[URL_VARIABLE])
        if not self.database_ready and self.postgres is not None:
            say("PostgreSQL does not answer; starting it again (DNS and notices go on)")
            try:
                self.postgres.revive()
            except Exception as error:  # noqa: BLE001  told, and tried again at the next look
                say(f"PostgreSQL did not start: {error}")
        self.database_looked = time.monotonic()

    def _beat(self, *, ready: bool) -> None:
        self.instance.beat(
            "up",
            ready=ready,
            children=self.supervisor.facts(),
            database={"ready": self.database_ready, "own": self.postgres is not None},
        )

    def _laggards(self) -> str:
        slow = [name for name, facts in self.supervisor.facts().items() if not facts["ready"]]
        return ", ".join(slow if self.database_ready else [*slow, "postgres"])

    def _stop(self) -> None:
        say("stopping …")
        self.supervisor.stop()
        if self.postgres is not None:
            self.postgres.stop()
        self._forget()
        say("stopped.")

    def _forget(self) -> None:
        (self.instance.run / "up.json").unlink(missing_ok=True)
