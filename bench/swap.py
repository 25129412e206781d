"""New rules under load: does a swap of a whole catalogue lose a question, or hold one up?

A real node answers a steady stream while two publications with different catalogues come in
force in turn, as when lists are renewed. The wait of a question is measured from the moment it
is sent to the kernel's time stamp on its answer. Where a machine holds answers up that long
without any swap, a long wait during one proves nothing, and the bar counts as not measured.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.peers import ours
from bench.peers.process import NotMeasured, Server
from hornbook.instance import Instance
from hornbook.kernel.names import to_wire
from hornbook.node.partstore import PartStore

ASKED = 20_000  # different names in the stream
QUIET = 3.0  # seconds before the first swap and after the last
BETWEEN = 1.5  # seconds from one swap's end to the next
IN_FORCE_WITHIN = 30.0
LONGEST_WAIT = 50.0  # milliseconds
SETTLE = 0.5  # seconds after a swap that still count as its own
EDNS = bytes.fromhex("00 0029 1000 00000000 0000")

Times = NDArray[np.int64]


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--names", type=int, default=3_600_000, help="how many names are listed")
    parser.add_argument("--rate", type=float, default=20_000.0, help="questions a second")
    parser.add_argument("--swaps", type=int, default=10, help="how often new parts come in force")
    data = Path(os.environ.get("HORNBOOK_TEST_DATA", ours.ROOT.parent / "shared" / "data"))
    lists = data / "domains"
    parser.add_argument("--lists", type=Path, default=lists, help="folder with *.domains.gz")


@dataclass(frozen=True)
class Asked:
    """The stream's own account: Unix ns of sending, ns of waiting (-1 for ever), failures."""

    sent: Times
    waits: Times
    failed: int

    @property
    def lost(self) -> int:
        return int(np.count_nonzero(self.waits < 0))

    def rate(self) -> float:
        return float(len(self.sent) / (self.sent[-1] - self.sent[0]) * 1e9)

    def within(self, spans: list[tuple[float, float]]) -> NDArray[np.bool_]:
        """Which questions were sent during one of the spans (Unix seconds)."""
        found = np.zeros(len(self.sent), np.bool_)
        for start, end in spans:
            found |= (self.sent >= start * 1e9) & (self.sent <= end * 1e9)
        return found


def run(args: argparse.Namespace) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="hornbook-bench-") as made:
        folder = Path(made)
        names = ours.read_names(args.lists, args.names)
        asked = random.Random(5).sample(names, min(ASKED, len(names)))
        server = ours.our_server(names, folder)
        instance = Instance(folder / "ours")
        others = two_publications(instance, names)
        del names
        try:
            server.start(b"\0\1" + _question(asked[0]), patience=120)
            with asking(server, asked, args.rate, folder) as told:
                spans = swap(instance, others, args.swaps)
            return result(told[0], spans, args)
        except NotMeasured as reason:
            return {"bench": "swap", "bars": [], "peers": {"hornbook": f"not measured: {reason}"}}
        finally:
            server.stop()


def two_publications(instance: Instance, names: list[str]) -> list[tuple[str, str, str]]:
    """Part hashes of the publication in force and of a second, with another catalogue."""
    store = PartStore(instance.parts)
    first = store.current()
    ours.publish(store, [*names, "one-more.example"])
    second = store.current()
    assert first
    assert second
    return [first.hashes, second.hashes]


@contextmanager
def asking(server: Server, names: list[str], rate: float, folder: Path) -> Iterator[list[Asked]]:
    """A steady stream while the block runs; its account is in the list afterwards."""
    questions, stop, out = folder / "asked.txt", folder / "stop", folder / "asked.npz"
    questions.write_text("".join(f"{_question(name).hex()}\n" for name in names))
    command = [sys.executable, "-m", "bench.peers.stream", "--port", str(server.port)]
    command += ["--rate", f"{rate:g}", "--questions", str(questions)]
    command += ["--until", str(stop), "--out", str(out)]
    stream = subprocess.Popen(command, cwd=ours.ROOT)
    told: list[Asked] = []
    try:
        time.sleep(QUIET)
        yield told
        time.sleep(QUIET)
        stop.touch()
        if stream.wait(60):
            raise NotMeasured("the stream of questions broke off")
    finally:
        stream.kill()
        stream.wait()
    found = np.load(out)
    told.append(Asked(found["sent"], found["waits"], int(found["failed"])))


def _question(name: str) -> bytes:
    """A question for A with EDNS, without its first two octets (the id)."""
    head = bytes.fromhex("0100 0001 0000 0000 0001")
    return head + to_wire(name) + bytes.fromhex("0001 0001") + EDNS


def swap(
    instance: Instance, others: list[tuple[str, str, str]], count: int
) -> list[tuple[float, float]]:
    """Put both publications in force in turn; when each swap began and was over (Unix s)."""
    store, spans = PartStore(instance.parts), []
    for number in range(count):
        catalogue, rulebook, seating = others[number % 2]
        began = time.time()
        store.publish(catalogue=catalogue, rulebook=rulebook, seating=seating)
        spans.append((began, _in_force_at(instance, catalogue) + SETTLE))
        time.sleep(SETTLE + BETWEEN)
    return spans


def _in_force_at(instance: Instance, catalogue: str) -> float:
    """Wait until the node's heartbeat tells that catalogue; since when it judges by it (Unix s)."""
    end = time.monotonic() + IN_FORCE_WITHIN
    while time.monotonic() < end:
        beat = instance.heartbeat("dns") or {}
        if beat.get("parts", {}).get("catalogue") == catalogue:
            return float(beat["loaded_at"])
        time.sleep(0.05)
    raise NotMeasured("the node did not take the new parts")


def result(
    asked: Asked, spans: list[tuple[float, float]], args: argparse.Namespace
) -> dict[str, Any]:
    during = asked.within(spans)
    longest, without = (_milliseconds(asked.waits[rows], 100) for rows in (during, ~during))
    steady = asked.rate() >= 0.99 * args.rate and without <= LONGEST_WAIT
    return {
        "bench": "swap",
        "bars": [
            {"name": "questions lost", "value": asked.lost, "bar": "0", "ok": asked.lost == 0},
            {"name": "questions failed", "value": asked.failed, "bar": "0", "ok": not asked.failed},
            {
                "name": "longest wait during swaps, ms",
                "value": longest,
                "bar": f"<= {LONGEST_WAIT:g}",
                "ok": longest <= LONGEST_WAIT or (False if steady else None),
            },
        ],
        "peers": {
            "names": args.names,
            "swaps": len(spans),
            "seconds a swap": [round(end - start - SETTLE, 2) for start, end in spans],
            "questions": len(asked.sent),
            "questions a second": round(asked.rate()),
            "waits during swaps": _waits(asked.waits[during]),
            "waits between swaps": _waits(asked.waits[~during]),
            "longest wait of each swap, ms": [
                _milliseconds(asked.waits[asked.within([span])], 100) for span in spans
            ],
        },
        "machine": {},
    }


def _waits(waits: Times) -> dict[str, float]:
    """Milliseconds."""
    places = {"p50": 50.0, "p99": 99.0, "p99.9": 99.9, "longest": 100.0}
    return {name: _milliseconds(waits, place) for name, place in places.items()}


def _milliseconds(waits: Times, percentile: float) -> float:
    answered = waits[waits >= 0]
    if not len(answered):
        return float("inf")
    return round(float(np.percentile(answered, percentile)) / 1e6, 2)
