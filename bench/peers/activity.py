"""Rows of the record as a district makes them, and a lake of them; the same for every run.

20,000 people at six schools, names drawn by Zipf's law from 50,000, one question in fifty
blocked under one of five clauses, twenty school days of ten hours. Everything follows from the
seed and the number of rows.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from hornbook.record.compaction import Compactor
from hornbook.record.manifest import ManifestLine
from hornbook.record.schema import ACTIVITY
from hornbook.record.segments import SegmentWriter

PEOPLE, NAMES, SITES, DAYS = 20_000, 50_000, 6, 20
BEGINS = datetime(2026, 9, 7, 12, tzinfo=UTC)  # a Monday, seven in the morning in Iowa
SCHOOL_DAY = timedelta(hours=10)
ENDS = BEGINS + timedelta(days=DAYS * 7 // 5 + 2)
ROWS_A_SEGMENT, BATCH = 1 << 20, 1 << 16
_CLAUSES = ("FILTER-1@2", "PRO-1@2", "SAFE-1@1", "COPY-1@1", "BYPASS-1@1")


def person(number: int) -> str:
    return f"{number:08x}-0000-4000-8000-000000000000"


def batches(rows: int, size: int = BATCH) -> Iterator[pa.RecordBatch]:
    """Batches as a node makes them: words gathered by index from tables that all share."""
    maker = _Maker(rows)
    for start in range(0, rows, size):
        yield maker.batch(start, min(size, rows - start))


class _Maker:
    def __init__(self, rows: int) -> None:
        self.random = np.random.default_rng(1)
        self.rows = rows
        self.people = pa.array([person(n) for n in range(PEOPLE)])
        self.names = pa.array([f"host{n}.site{n % 977}.example" for n in range(NAMES)])
        self.clients = pa.array([f"10.{n >> 16}.{n >> 8 & 255}.{n & 255}" for n in range(PEOPLE)])
        self.tables = {
            "node": pa.array(["bench"]),
            "site": pa.array([f"school-{n}" for n in range(SITES)]),
            "profile": pa.array([f"profile-{n}" for n in range(8)]),
            "proto": pa.array(["udp"]),
            **{name: pa.array([""]) for name in ("scorer", "path", "note")},
            **{part: pa.array([part[0] * 64]) for part in ("catalogue", "rulebook", "seating")},
        }
        blocks = range(len(_CLAUSES))
        self.verdicts = {
            "action": pa.array(["allow", *("block" for _ in blocks)]),
            "rule": pa.array(["", *(f"rule-{n}" for n in blocks)]),
            "clause": pa.array(["", *_CLAUSES]),
            "basis": pa.array(["", *("cipa-minor" for _ in blocks)]),
            "category": pa.array(["", *(f"topic-{n}" for n in blocks)]),
        }

    def moments(self, start: int, size: int) -> NDArray[np.datetime64]:
        """The rows of all days run through the days' hours, one after the other."""
        length = int(SCHOOL_DAY.total_seconds() * 1e6) * DAYS
        place = start + np.sort(self.random.random(size)) * size
        along = (place * (length / self.rows)).astype(np.int64)
        a_day = length // DAYS
        day = np.minimum(along // a_day, DAYS - 1)
        weekend = day // 5 * 2
        micros = (day + weekend) * 86_400_000_000 + along % a_day
        begins = np.datetime64(BEGINS.replace(tzinfo=None), "us")
        moments: NDArray[np.datetime64] = begins + micros.astype("timedelta64[us]")
        return moments

    def batch(self, start: int, size: int) -> pa.RecordBatch:
        who = self.random.integers(0, PEOPLE, size).astype(np.int32)
        name = np.minimum(self.random.zipf(1.2, size), NAMES) - 1
        # What is blocked depends on name and person's profile, as rules make it.
        blocked = np.where((name * 7 + who % 8) % 50 == 0, 1 + name % 5, 0).astype(np.int32)
        columns: dict[str, pa.Array[Any]] = {
            "at": pa.array(self.moments(start, size), ACTIVITY.field("at").type),
            "person": _words(self.people, who),
            "client": self.clients.take(_places(who)),
            "name": self.names.take(_places(name)),
            "qtype": pa.array(np.full(size, 1, np.uint16)),
            "set_id": pa.array(blocked.astype(np.uint32) * 7),
            "slot": pa.array(np.zeros(size, np.uint8)),
            "unseen": pa.array(np.full(size, -1, np.float32)),
        }
        columns |= {key: _words(table, who % len(table)) for key, table in self.tables.items()}
        columns |= {key: _words(table, blocked) for key, table in self.verdicts.items()}
        return pa.RecordBatch.from_arrays(
            [columns[name] for name in ACTIVITY.names], schema=ACTIVITY
        )


def _words(table: pa.Array[Any], index: NDArray[np.int32]) -> pa.Array[Any]:
    return pa.DictionaryArray.from_arrays(_places(index), table)


def _places(index: NDArray[np.integer]) -> pa.Array[pa.Int32Scalar]:
    return pa.array(index, pa.int32())


@dataclass
class Built:
    """A lake that was filled. Times in seconds of this process's processor, and of the clock."""

    rows: int
    seal_cpu: float
    seal_wall: float
    compact_cpu: float
    compact_wall: float
    sealed_bytes: int
    lake_bytes: int
    sums_bytes: int


class _Clock:
    def __init__(self) -> None:
        self.cpu = self.wall = 0.0

    def __enter__(self) -> None:
        self._began = time.process_time(), time.perf_counter()

    def __exit__(self, *_: object) -> None:
        self.cpu += time.process_time() - self._began[0]
        self.wall += time.perf_counter() - self._began[1]


def build(record: Path, rows: int) -> Built:
    """Seal the rows as a node does and compact them as the console does.

    What was built there before, of as many rows, is taken as it is.
    """
    known = record / f"built-{rows}.json"
    if known.exists():
        return Built(**json.loads(known.read_text()))
    writer = SegmentWriter(record, "bench")
    sealing, compacting = _Clock(), _Clock()
    sealed, pending, done = 0, 0, 0
    for batch in batches(rows):
        with sealing:
            writer.append(batch)
            pending += batch.num_rows
            done += batch.num_rows
            full = pending >= ROWS_A_SEGMENT or done == rows
            if full:
                sealed += _bytes_of(writer.seal())
                pending = 0
        if full and (writer.segments % 4 == 0 or done == rows):
            with compacting:
                _compact(record)
    writer.close()
    with Compactor(record) as lake:
        with compacting:
            lake.merge(ENDS.date())
        size = sum(file.bytes + file.sums_bytes for file in lake.changes.live)
        sums = sum(file.sums_bytes for file in lake.changes.live)
    told = (sealing.cpu, sealing.wall, compacting.cpu, compacting.wall, sealed, size, sums)
    built = Built(rows, *told)
    known.write_text(json.dumps(built.__dict__))
    return built


def _compact(record: Path) -> None:
    with Compactor(record) as lake:
        lake.compact(ENDS)


def _bytes_of(line: ManifestLine | None) -> int:
    return line.bytes if line else 0
