"""Does the record hold? Processes are killed as they seal, compact and deliver; bits are flipped.

No speed is measured here: every bar is a count that must be right. ``--kills 500 --flips 10000``
is the full run.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import random
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from hornbook.node.sync.delivery import deliver
from hornbook.record.compaction import compactor
from hornbook.record.intake import head_of, take_in
from hornbook.record.lake import Lake
from hornbook.record.schema import ACTIVITY, as_activity
from hornbook.record.segments import SegmentWriter
from hornbook.record.verify import verify_record

NODE, ROWS = "node-1", 7
NOON = datetime(2026, 10, 5, 12, tzinfo=UTC)
AROUND = (NOON - timedelta(days=3), NOON + timedelta(days=3))
LONGEST = 0.08  # seconds until a kill, at most


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--kills", type=int, default=60)
    parser.add_argument("--flips", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)


def run(args: argparse.Namespace) -> dict[str, Any]:
    chance = random.Random(args.seed)
    with tempfile.TemporaryDirectory() as name:
        killed = kills(Path(name), args.kills, chance)
    with tempfile.TemporaryDirectory() as name:
        missed = flips(Path(name), args.flips, chance)
    return {
        "bench": "prove",
        "bars": [
            bar("sealed rows lost by kill -9", killed["lost"]),
            bar("rows doubled by kill -9", killed["doubled"]),
            bar("faults found after all kills", killed["faults"]),
            bar("rows lost or doubled on their way to the console", killed["undelivered"]),
            bar("flipped bits not found, or not located", len(missed)),
        ],
        "peers": {"kills": killed, "missed": missed[:5], "flips": args.flips},
    }


def bar(name: str, value: int) -> dict[str, Any]:
    return {"name": name, "value": value, "bar": 0, "ok": value == 0}


def rows(person: str, number: int, at: datetime) -> pa.RecordBatch:
    """``number`` rows of one made-up person, one a second."""
    moments = pa.array(
        [at + timedelta(seconds=n) for n in range(number)], pa.timestamp("us", "UTC")
    )
    words = {"node": NODE, "site": f"school-{number % 2}", "person": person, "action": "allow"}
    columns: list[Any] = []
    for field in ACTIVITY:
        kind = field.type.value_type if pa.types.is_dictionary(field.type) else field.type
        if field.name == "at":
            columns.append(moments)
        elif pa.types.is_string(kind):
            columns.append(pa.array([words.get(field.name, "")] * number, kind))
        else:
            columns.append(pa.array(np.zeros(number), kind))
    return as_activity(pa.RecordBatch.from_arrays(columns, names=ACTIVITY.names))


# --- kill -9 ------------------------------------------------------------------------------------


def kills(folder: Path, times: int, chance: random.Random) -> dict[str, int]:
    """Kill a process at a random moment of each kind of work in turn, again and again."""
    record, console, acks = folder / "record", folder / "console", folder / "acks"
    record.mkdir()
    acks.touch()
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    work = (_seal, _compact, _deliver)
    for round_ in range(times):
        ready = context.Event()
        arguments = (work[round_ % 3], record, console, acks, round_, ready)
        process = context.Process(target=_forever, args=arguments)
        process.start()
        while not ready.wait(1):  # a machine that is busy with other things takes its time
            assert process.is_alive(), f"the process ended by itself: {process.exitcode}"
        time.sleep(chance.uniform(0, LONGEST))
        process.kill()
        process.join()
    return _settled(record, console, acks)


def _forever(
    act: Callable[[Path, Path, Path, int], None],
    record: Path,
    console: Path,
    acks: Path,
    round_: int,
    ready: Any,
) -> None:
    for number in range(10_000):
        act(record, console, acks, round_ * 10_000 + number)
        ready.set()  # each gets to do its work once, then it is killed in the middle of it


def _seal(record: Path, _: Path, acks: Path, number: int) -> None:
    """Seal one segment; say so only when it is sealed."""
    person = f"p{number}"
    writer = SegmentWriter(record, NODE)
    writer.append(rows(person, ROWS, NOON + timedelta(seconds=number % 90_000)))
    writer.seal()
    descriptor = os.open(acks, os.O_WRONLY | os.O_APPEND)
    os.write(descriptor, f"{person}\n".encode())
    os.close(descriptor)
    writer.close()


def _compact(record: Path, console: Path, _: Path, number: int) -> None:
    """The console's own lake: what was delivered is compacted and merged there."""
    console.mkdir(exist_ok=True)
    with compactor(console) as lake:
        lake.compact(NOON + timedelta(days=9))
        lake.merge((NOON + timedelta(days=9)).date())


class _Console:
    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def head(self, node: str) -> tuple[int, str]:
        found = head_of(self.folder, node)
        return found.no, found.hash

    def deliver(self, node: str, line: bytes, body: bytes) -> tuple[int, str]:
        found = take_in(self.folder, node, line, body)
        return found.no, found.hash


def _deliver(record: Path, console: Path, _: Path, number: int) -> None:
    console.mkdir(exist_ok=True)
    deliver(record, _Console(console), NOON)


def _settled(record: Path, console: Path, acks: Path) -> dict[str, int]:
    """Let every kind of work end once, then count what is there."""
    SegmentWriter(record, NODE).close()
    while deliver(record, _Console(console), NOON):
        pass
    _compact(record, console, acks, 0)
    sealed = acks.read_text().split()
    there, far = _persons(record), _persons(console)
    return {
        "sealed": len(sealed),
        "lost": sum(there[person] < ROWS for person in sealed),
        "doubled": sum(count > ROWS for count in (*there.values(), *far.values())),
        "faults": len(verify_record(record)) + len(verify_record(console)),
        "undelivered": sum((there - far).values()) + sum((far - there).values()),
    }


def _persons(record: Path) -> Counter[str]:
    with Lake(record).window(*AROUND) as window:
        assert not window.problems, window.problems
        return Counter({row["person"]: row["n"] for row in window.counts("person", limit=10**9)})


# --- flipped bits -------------------------------------------------------------------------------


def flips(folder: Path, times: int, chance: random.Random) -> list[str]:
    """Flip one bit at a time anywhere in a record; the flips that were not found and located."""
    record = folder / "record"
    _fill(record)
    files = [path for path in sorted(record.rglob("*")) if path.is_file() and path.stat().st_size]
    files = [path for path in files if path.name not in ("lock", "compacted.lock")]
    assert verify_record(record) == []
    weights = [path.stat().st_size for path in files]
    missed = []
    for _ in range(times):
        (path,) = chance.choices(files, weights)
        body = bytearray(path.read_bytes())
        place, bit = chance.randrange(len(body)), chance.randrange(8)
        body[place] ^= 1 << bit
        path.write_bytes(body)
        found = verify_record(record)
        if not any(path.name in f"{problem.file} {problem.what}" for problem in found):
            missed.append(f"{path.relative_to(record)}, octet {place}, bit {bit}: {found}")
        body[place] ^= 1 << bit
        path.write_bytes(body)
    assert verify_record(record) == []
    return missed


def _fill(record: Path) -> None:
    """Compacted files and their chain, and newer segments."""
    writer = SegmentWriter(record, NODE)
    for number in range(12):
        writer.append(rows(f"p{number % 3}", 5 + number % 2, NOON + timedelta(minutes=number)))
        writer.seal()
    writer.close()
    with compactor(record) as lake:
        lake.compact(NOON + timedelta(minutes=6))
        lake.compact(NOON + timedelta(minutes=9))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    configure(parser)
    print(json.dumps(run(parser.parse_args()), indent=2))
