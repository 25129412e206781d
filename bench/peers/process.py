"""A server under measurement: its start, its memory, its processor time, its end."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path


class NotMeasured(Exception):
    """A peer that cannot be measured here; the message says why."""


def free_port() -> int:
    """A port that is free for UDP and TCP on loopback right now."""
    while True:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp, socket.socket() as tcp:
            udp.bind(("127.0.0.1", 0))
            try:
                tcp.bind(("127.0.0.1", udp.getsockname()[1]))
            except OSError:
                continue
            return int(udp.getsockname()[1])


@dataclass
class Server:
    """One running server. ``load_seconds`` is the time from its start to its first answer."""

    name: str
    command: list[str]
    port: int
    log: Path
    load_seconds: float = 0.0
    _process: subprocess.Popen[bytes] | None = None
    _began: float = 0.0

    def start(self, question: bytes, patience: float) -> None:
        """Start it and wait until it answers ``question`` without SERVFAIL or REFUSED."""
        self.begin()
        self.await_answer(question, patience)

    def begin(self) -> None:
        """Start it; it may need long until it answers."""
        self._began = time.monotonic()
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(self.command, stdout=log, stderr=log)

    def await_answer(self, question: bytes, patience: float) -> None:
        """Wait until it answers ``question``. Raises NotMeasured when it does not."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.settimeout(0.1)
            while not _answers(sock, question, self.port):
                over = time.monotonic() - self._began > patience
                if self._process is None or self._process.poll() is not None or over:
                    tail = self.log.read_text(errors="replace")[-300:]
                    self.stop()
                    raise NotMeasured(f"{self.name} did not start: {tail.strip()}")
        self.load_seconds = time.monotonic() - self._began

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def processor_seconds(self) -> float:
        """User and system time so far (proc(5), fields 14 and 15)."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory(self) -> dict[str, float]:
        """Resident and proportional set size in MB (10^6 octets)."""
        lines = Path(f"/proc/{self.pid}/smaps_rollup").read_text().splitlines()
        sizes = {line.split(":")[0]: line.split()[1] for line in lines if line.endswith("kB")}
        return {key: int(sizes[key]) * 1024 / 1e6 for key in ("Rss", "Pss")}

    def stop(self) -> None:
        if self._process is None or self._process.poll() is not None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _answers(sock: socket.socket, question: bytes, port: int) -> bool:
    try:
        sock.sendto(question, ("127.0.0.1", port))
        reply = sock.recv(4096)
    except OSError:
        time.sleep(0.02)
        return False
    return reply[:2] == question[:2] and reply[3] & 15 in (0, 3)
