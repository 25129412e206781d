"""How long answers take at a steady rate that no server finds hard."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from bench.peers.ours import ROOT, question
from bench.peers.process import NotMeasured, Server

EDNS = bytes.fromhex("00 0029 1000 00000000 0000")


def measure_waits(
    servers: Sequence[Server],
    names: Sequence[str],
    rate: float,
    seconds: float,
    rounds: int,
    folder: Path,
    samples: dict[str, dict[str, list[float]]],
    missing: dict[str, str],
) -> None:
    """Add p50 and p99 of each round, in milliseconds, to the samples of each server.

    Why one could not be measured goes to ``missing``.
    """
    questions = folder / "waits.txt"
    questions.write_text("".join(f"{_hex(name)}\n" for name in names))
    for turn in range(rounds):
        for server in servers[:: -1 if turn % 2 else 1]:
            try:
                waits = ask_steadily(server, questions, rate, seconds, folder)
            except NotMeasured as reason:
                missing[f"{server.name}, waits"] = f"not measured in every round: {reason}"
                continue
            for name, place in (("p50_ms", 50), ("p99_ms", 99)):
                value = float(np.percentile(waits, place)) / 1e6
                samples[server.name].setdefault(name, []).append(value)


def ask_steadily(
    server: Server, questions: Path, rate: float, seconds: float, folder: Path
) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Nanoseconds to the answer of each question. Raises NotMeasured when some got none."""
    out = folder / "waits.npz"
    command = [sys.executable, "-m", "bench.peers.stream", "--port", str(server.port)]
    command += ["--rate", f"{rate:g}", "--questions", str(questions)]
    command += ["--seconds", f"{seconds:g}", "--out", str(out), "--patience", "0.3"]
    if subprocess.run(command, cwd=ROOT, timeout=seconds + 60).returncode:
        raise NotMeasured("the stream of questions broke off")
    waits: np.ndarray[tuple[int], np.dtype[np.int64]] = np.load(out)["waits"]
    lost = int(np.count_nonzero(waits < 0))
    if lost > len(waits) / 100 or not len(waits):
        raise NotMeasured(f"{server.name} lost {lost} of {len(waits)} questions")
    return waits[waits >= 0]


def _hex(name: str) -> str:
    """A question with EDNS, without its first two octets (the id)."""
    plain = bytearray(question(name))
    plain[11] = 1  # ARCOUNT
    return (bytes(plain[2:]) + EDNS).hex()
