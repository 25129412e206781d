"""Keep the parts running: start, watch, restart with back-off, stop in order."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from hornbook.instance import Instance
from hornbook.run import family
from hornbook.run.parts import Part

FIRST_WAIT = 0.5
LONGEST_WAIT = 30.0
CALM_AFTER = 60.0
GRACE = 8.0


@dataclass
class Child:
    """One part and its process. ``wait`` is the pause before the next restart, in seconds."""

    part: Part
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    restarts: int = 0
    wait: float = FIRST_WAIT
    start_at: float = 0.0
    last_exit: str = ""
    healthy: bool = False

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def facts(self) -> dict[str, Any]:
        return {
            "pid": self.process.pid if self.running and self.process else None,
            "running": self.running,
            "ready": self.running and self.healthy,
            "since": self.started,
            "restarts": self.restarts,
            "last_exit": self.last_exit,
        }


@dataclass
class Supervisor:
    """The process tree of one instance. ``tell`` prints one line for people."""

    instance: Instance
    tell: Callable[[str], None]
    environment: dict[str, str] = field(default_factory=lambda: dict(os.environ))
    children: list[Child] = field(default_factory=list)
    stopping: bool = False

    def add(self, parts: list[Part]) -> None:
        for part in parts:
            child = Child(part)
            self.children.append(child)
            self._start(child)

    def tick(self) -> None:
        """Restart what died, look at the health of what runs, write the heartbeat."""
        for child in self.children:
            if child.running:
                child.healthy = child.part.healthy()
                self._calm_down(child)
            elif child.process is not None:
                self._mourn(child, child.process.returncode)
            elif time.monotonic() >= child.start_at:
                self._start(child)

    def facts(self) -> dict[str, Any]:
        return {child.part.name: child.facts() for child in self.children}

    def all_ready(self) -> bool:
        return all(child.running and child.healthy for child in self.children)

    def stop(self) -> None:
        """Ask every part to end, last started first; after the grace, insist."""
        self.stopping = True
        for child in reversed(self.children):
            if child.running and child.process:
                child.process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + GRACE
        for child in self.children:
            self._await_end(child, deadline)

    def _start(self, child: Child) -> None:
        log = (self.instance.logs / f"{child.part.name}.log").open("ab")
        with log:
            child.process = subprocess.Popen(
                child.part.argv,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self.environment,
                # Ctrl-C reaches only us; we then stop the parts in order.
                start_new_session=True,
            )
        child.started = time.time()
        child.healthy = False

    def _mourn(self, child: Child, code: int) -> None:
        self._end_family(child)
        child.last_exit = describe_exit(code)
        child.process, child.healthy = None, False
        child.restarts += 1
        child.start_at = time.monotonic() + child.wait
        log = self.instance.logs / f"{child.part.name}.log"
        self.tell(
            f"{child.part.name} {child.last_exit}; starting it again in {child.wait:g} s "
            f"(its last words: {log})"
        )
        child.wait = min(child.wait * 2, LONGEST_WAIT)

    def _calm_down(self, child: Child) -> None:
        if child.healthy and time.time() - child.started > CALM_AFTER:
            child.wait = FIRST_WAIT

    def _await_end(self, child: Child, deadline: float) -> None:
        if child.process is None:
            return
        try:
            child.process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            self.tell(f"{child.part.name} did not stop in {GRACE:g} s and was killed")
            child.process.kill()
            child.process.wait()
        self._end_family(child)

    def _end_family(self, child: Child) -> None:
        """What the part started must not go on without it."""
        if child.process is not None:
            family.end(child.process.pid)


def describe_exit(code: int) -> str:
    """``exited with code 1`` or ``was killed by SIGKILL``."""
    if code >= 0:
        return f"exited with code {code}"
    return f"was killed by {signal.Signals(-code).name}"
