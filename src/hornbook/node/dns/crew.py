"""Several processes that answer on one port, each on a core of its own: the one that minds them.

The system gives the packets of one client to one worker (SO_REUSEPORT). Workers share nothing but
the mapped parts; each has its own cache, its own chain of segments and its own heartbeat. This
process answers nothing: it starts a worker again that has ended, and writes the heartbeat of all.
"""

from __future__ import annotations

import ctypes
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from typing import Any

from hornbook.instance import Instance
from hornbook.node.dns.server import PART, refuse_taken_port

LOOK_EVERY = 0.1
BEAT_EVERY = 1.0
FIRST_WAIT, LONGEST_WAIT = 0.2, 10.0
CALM_AFTER = 30.0
GRACE = 8.0
FRESH = 5.0  # seconds: an older heartbeat of a worker counts as none
_PR_SET_PDEATHSIG = 1
_NOT_ADDED = frozenset({"port", "pid", "at", "loaded_at"})


@dataclass
class Worker:
    number: int
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    restarts: int = 0
    wait: float = FIRST_WAIT
    start_at: float = 0.0


class Crew:
    """``count`` workers on the port of the settings. Raises InstanceError when it is taken."""

    def __init__(self, instance: Instance, count: int, *options: str) -> None:
        settings = instance.settings()
        refuse_taken_port(settings.bind, settings.ports.dns)
        self.instance = instance
        self._options = options
        self.workers = [Worker(number) for number in range(1, count + 1)]

    def run(self, done: threading.Event) -> int:
        """Mind the workers until ``done``; the exit code."""
        beaten = 0.0
        while not done.wait(LOOK_EVERY):
            for worker in self.workers:
                self._mind(worker)
            if time.monotonic() - beaten >= BEAT_EVERY:
                beaten = time.monotonic()
                self._beat()
        self._stop()
        self._beat(stopped=True)
        return 0

    def _mind(self, worker: Worker) -> None:
        now = time.monotonic()
        if worker.process is not None and worker.process.poll() is None:
            if now - worker.started > CALM_AFTER:
                worker.wait = FIRST_WAIT
            return
        if worker.process is not None:
            code = worker.process.returncode
            print(f"hornbook dns: worker {worker.number} ended ({code})", file=sys.stderr)
            worker.process, worker.restarts = None, worker.restarts + 1
            worker.start_at, worker.wait = now + worker.wait, min(2 * worker.wait, LONGEST_WAIT)
        if now >= worker.start_at:
            worker.started = now
            worker.process = subprocess.Popen(self._command(worker))

    def _command(self, worker: Worker) -> list[str]:
        command = [sys.executable, "-m", "hornbook.node.dns", "--data", str(self.instance.root)]
        return [*command, "--worker", str(worker.number), *self._options]

    def _beat(self, **more: Any) -> None:
        beats = [self._heard(worker) for worker in self.workers]
        facts = merged([beat for beat in beats if beat])
        facts["ready"] = bool(facts.get("ready")) and all(beats) and not more
        facts["workers"] = [
            {"pid": worker.process.pid if worker.process else None, "restarts": worker.restarts}
            for worker in self.workers
        ]
        self.instance.beat(PART, **facts | more)

    def _heard(self, worker: Worker) -> dict[str, Any] | None:
        """The worker's last heartbeat, if it is of its present process and fresh."""
        beat = self.instance.heartbeat(f"{PART}-{worker.number}")
        if beat is None or worker.process is None or beat["pid"] != worker.process.pid:
            return None
        return beat if time.time() - beat["at"] < FRESH else None

    def _stop(self) -> None:
        running = [worker.process for worker in self.workers if worker.process]
        for process in running:
            process.send_signal(signal.SIGTERM)
        end = time.monotonic() + GRACE
        for process in running:
            try:
                process.wait(max(0.1, end - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def merged(beats: list[dict[str, Any]]) -> dict[str, Any]:
    """One heartbeat of all: counts added up, problems side by side, the oldest parts in force."""
    if not beats:
        return {"ready": False, "problem": "No worker answers yet."}
    oldest = min(beats, key=lambda beat: beat["loaded_at"] or 0.0)
    problems = dict.fromkeys(beat["problem"] for beat in beats if beat["problem"])
    facts = {key: value for key, value in oldest.items() if key not in ("part", "pid", "at")}
    for key, value in facts.items():
        if type(value) is int and key not in _NOT_ADDED:
            facts[key] = sum(beat[key] for beat in beats)
    facts["ready"] = all(beat["ready"] for beat in beats)
    facts["loaded_at"] = max((beat["loaded_at"] or 0.0 for beat in beats), default=None)
    facts["problem"] = " ".join(problems)
    return facts


def end_with_parent() -> None:
    """Have this process asked to end when the one that started it is gone (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
