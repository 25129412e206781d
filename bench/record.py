"""How fast verdicts are sealed, and how small they are, beside SQLite and gzipped JSON lines.

The rows look like an hour of a district: 20,000 people, names drawn by Zipf's law from 50,000,
one question in fifty blocked. The peers get the first rows of the same as ready Python tuples,
which are not timed, and every writer makes its rows durable.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import sqlite3
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from hornbook.record.lake import Lake
from hornbook.record.manifest import ManifestLine
from hornbook.record.schema import ACTIVITY
from hornbook.record.segments import SegmentWriter, verify_chain

PEOPLE, NAMES = 20_000, 50_000
ROWS_A_SEGMENT, PEER_ROWS = 65_536, 200_000
ROWS_PER_SECOND_BAR = 250_000  # several times what one node answers
BYTES_A_ROW_BAR = 24
TIMES_SQLITE_BAR = 3


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--batch", type=int, default=256, help="rows a batch, as a socket gives")


def run(args: argparse.Namespace) -> dict[str, Any]:
    batches = make_batches(args.rows, args.batch)
    rows = as_tuples(batches[: PEER_ROWS // args.batch + 1])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ours = measure(lambda: seal(folder, batches), args.rows)
        sqlite = measure(lambda: write_sqlite(folder / "peer.sqlite", rows), len(rows))
        lines = measure(lambda: write_json_lines(folder / "peer.jsonl.gz", rows), len(rows))
        asked = seconds(lambda: ask(folder, args.rows))
        verified = seconds(lambda: verify_chain(folder, "bench"))
    times = ours["rows_per_second"] / sqlite["rows_per_second"]
    return {
        "bench": "record",
        "bars": [
            bar("rows sealed a second", ours["rows_per_second"], ROWS_PER_SECOND_BAR),
            bar("bytes a row", ours["bytes_a_row"], BYTES_A_ROW_BAR, smaller=True),
            bar("times SQLite's insertmany", times, TIMES_SQLITE_BAR),
        ],
        "peers": {
            "sqlite executemany, one transaction, fsync": sqlite,
            "JSON lines, gzip level 6, fsync": lines,
            "query: counts by action and clause, engine's import included, seconds": round(
                asked, 3
            ),
            "verify the chain, seconds": round(verified, 3),
        },
        "machine": {"rows": args.rows, "batch": args.batch},
    }


def bar(name: str, value: float, limit: float, *, smaller: bool = False) -> dict[str, Any]:
    ok = value <= limit if smaller else value >= limit
    return {"name": name, "value": round(value, 1), "bar": limit, "ok": ok}


def seconds(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def measure(write: Callable[[], int], rows: int) -> dict[str, float]:
    """``write`` returns the octets on disk."""
    began = time.perf_counter()
    size = write()
    took = time.perf_counter() - began
    return {"rows_per_second": round(rows / took), "bytes_a_row": round(size / rows, 1)}


def seal(folder: Path, batches: list[pa.RecordBatch]) -> int:
    """Append batch by batch; seal as often as a busy node does."""
    writer = SegmentWriter(folder, "bench")
    size, pending = 0, 0
    for batch in batches:
        writer.append(batch)
        pending += batch.num_rows
        if pending >= ROWS_A_SEGMENT:
            size += _bytes_of(writer.seal())
            pending = 0
    size += _bytes_of(writer.seal())
    writer.close()
    return size


def _bytes_of(line: ManifestLine | None) -> int:
    return line.bytes if line else 0


def write_sqlite(path: Path, rows: list[tuple[Any, ...]]) -> int:
    marks = ", ".join("?" * len(ACTIVITY.names))
    with sqlite3.connect(path) as database:
        database.execute(f"CREATE TABLE activity ({', '.join(ACTIVITY.names)})")
        database.executemany(f"INSERT INTO activity VALUES ({marks})", rows)  # noqa: S608  no input
    database.close()
    return path.stat().st_size


def write_json_lines(path: Path, rows: list[tuple[Any, ...]]) -> int:
    with path.open("wb") as raw:
        with gzip.open(raw, "wt", compresslevel=6) as file:
            for row in rows:
                file.write(json.dumps(dict(zip(ACTIVITY.names, row, strict=True))) + "\n")
        os.fsync(raw.fileno())
    return path.stat().st_size


def ask(folder: Path, rows: int) -> None:
    lake = Lake(folder)
    until = datetime.now(UTC) + timedelta(days=1)
    with lake.window(until - timedelta(days=2), until) as window:
        found = window.counts("action", "clause")
    assert sum(row["n"] for row in found) == rows


def as_tuples(batches: list[pa.RecordBatch]) -> list[tuple[Any, ...]]:
    """The same rows as plain Python values, times in microseconds since 1970."""
    table = pa.Table.from_batches(batches).combine_chunks()
    columns = [table.column("at").cast(pa.int64()).to_pylist()]
    columns += [table.column(name).to_pylist() for name in ACTIVITY.names[1:]]
    return list(zip(*columns, strict=True))


# --- rows ------------------------------------------------------------------------------------


def make_batches(rows: int, size: int) -> list[pa.RecordBatch]:
    """Batches as a node makes them: words gathered by index from tables that all share."""
    maker = _Maker(np.random.default_rng(1))
    return [maker.batch(min(size, rows - start)) for start in range(0, rows, size)]


class _Maker:
    def __init__(self, random: np.random.Generator) -> None:
        self.random = random
        self.people = pa.array([f"{n:08x}-0000-4000-8000-000000000000" for n in range(PEOPLE)])
        self.names = pa.array([f"host{n}.site{n % 977}.example" for n in range(NAMES)])
        self.clients = pa.array([f"10.{n >> 16}.{n >> 8 & 255}.{n & 255}" for n in range(PEOPLE)])
        self.tables = {
            "node": pa.array(["bench"]),
            "site": pa.array([f"school-{n}" for n in range(6)]),
            "profile": pa.array([f"profile-{n}" for n in range(8)]),
            "proto": pa.array(["udp"]),
            **{part: pa.array([part[0] * 64]) for part in ("catalogue", "rulebook", "seating")},
            "scorer": pa.array([""]),
        }
        self.verdicts = {
            "action": pa.array(["allow", "block"]),
            "rule": pa.array(["", "adult-minors"]),
            "clause": pa.array(["", "FILTER-1@2"]),
            "basis": pa.array(["", "cipa-minor"]),
            "category": pa.array(["", "adult"]),
        }
        self.at = np.datetime64(time.time_ns() // 1000, "us")

    def batch(self, size: int) -> pa.RecordBatch:
        person = self.random.integers(0, PEOPLE, size).astype(np.int32)
        name = np.minimum(self.random.zipf(1.2, size), NAMES) - 1
        blocked = (self.random.random(size) < 0.02).astype(np.int32)
        at = self.at + np.sort(self.random.integers(0, 250 * size, size)).astype("timedelta64[us]")
        self.at += np.timedelta64(250 * size, "us")
        columns: dict[str, pa.Array[Any]] = {
            "at": pa.array(at, ACTIVITY.field("at").type),
            "person": _words(self.people, person),
            "client": self.clients.take(_places(person)),
            "name": self.names.take(_places(name)),
            "qtype": pa.array(np.full(size, 1, np.uint16)),
            "set_id": pa.array(blocked.astype(np.uint32) * 7),
            "slot": pa.array(np.zeros(size, np.uint8)),
            "unseen": pa.array(np.full(size, -1, np.float32)),
        }
        columns |= {key: _words(table, person % len(table)) for key, table in self.tables.items()}
        columns |= {key: _words(table, blocked) for key, table in self.verdicts.items()}
        return pa.RecordBatch.from_arrays(
            [columns[name] for name in ACTIVITY.names], schema=ACTIVITY
        )


def _words(table: pa.Array[Any], index: NDArray[np.int32]) -> pa.Array[Any]:
    return pa.DictionaryArray.from_arrays(_places(index), table)


def _places(index: NDArray[np.integer]) -> pa.Array[pa.Int32Scalar]:
    return pa.array(index, pa.int32())
