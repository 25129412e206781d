"""How fast verdicts become a lake, how small they are, and how fast it answers.

chDB (in this environment, or in ``.venv/chdb``) and SQLite answer the same questions in the
same run: chDB over the same files and over a table of its own, whichever is faster counts;
SQLite over the first rows only, and says how many.
"""

from __future__ import annotations

import argparse
import json
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa

from bench.peers.activity import BEGINS, ENDS, Built, batches, build, person
from hornbook.record.lake import Lake, Where
from hornbook.record.manifest import COMPACTED

ROWS_PER_SECOND_BAR, BYTES_BAR, LOOK_BAR, TIMES_CHDB_BAR = 1_000_000, 11, 0.050, 1.0
SQLITE_ROWS, REPEATS = 1_000_000, 3
QUERIES = ("top names", "blocks by hour", "blocks by clause")
_DAY = datetime(2026, 9, 8, tzinfo=UTC)
_COLUMNS = ("at", "site", "person", "profile", "client", "name", "action", "clause", "category")
CHDB = Path(__file__).parent / "peers" / "chdb_lake.py"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--rows", type=int, default=4_000_000, help="100000000 is the full run")
    parser.add_argument(
        "--keep", type=Path, metavar="DIR", help="build the lake here, or use the one that is"
    )


def run(args: argparse.Namespace) -> dict[str, Any]:
    temporary = tempfile.TemporaryDirectory() if args.keep is None else nullcontext(args.keep)
    with temporary as name:
        record = Path(name)
        built = build(record, args.rows)
        ours = ask(Lake(record), args.rows)
        from_rows = ask(Lake(record, sums=False), args.rows)
        chdb = ask_chdb(record)
        sqlite = ask_sqlite(min(args.rows, SQLITE_ROWS), record)
    return {
        "bench": "record",
        "bars": [*building(built), *answering(ours, chdb)],
        "peers": {
            "ours, seconds": ours,
            "ours without sums, seconds": from_rows,
            "chDB, seconds": chdb or "not measured",
            **sqlite,
        },
        "machine": {"rows": args.rows},
    }


def building(built: Built) -> list[dict[str, Any]]:
    a_core = built.rows / built.seal_cpu
    return [
        bar("rows sealed a second and core", a_core, ROWS_PER_SECOND_BAR, smaller=False),
        bar("bytes a row, sealed", built.sealed_bytes / built.rows, BYTES_BAR),
        bar("bytes a row, compacted", built.lake_bytes / built.rows, BYTES_BAR),
        bar("bytes a row, of these sums", built.sums_bytes / built.rows, None),
        bar("rows compacted and merged a second and core", built.rows / built.compact_cpu, None),
    ]


def answering(ours: dict[str, float], chdb: dict[str, Any] | None) -> list[dict[str, Any]]:
    found = [bar("person's day, seconds", ours["person's day"], LOOK_BAR)]
    for name in QUERIES:
        times = None
        if chdb:
            times = ours[name] / min(chdb["files"][name], chdb["table"][name])
        found.append(bar(f"{name}, times chDB", times, TIMES_CHDB_BAR))
    return found


def bar(
    name: str, value: float | None, limit: float | None, *, smaller: bool = True
) -> dict[str, Any]:
    """``ok`` is None where there is no bar, or no peer to measure by."""
    if value is None:
        return {"name": name, "value": "not measured", "bar": limit, "ok": None}
    ok = None if limit is None else (value <= limit if smaller else value >= limit)
    return {"name": name, "value": round(value, 3), "bar": limit, "ok": ok}


def timed(act: Callable[[], object], repeats: int = REPEATS) -> float:
    """The median of the wall clock, after one run that warms the caches."""
    times = []
    for _ in range(repeats + 1):
        began = time.perf_counter()
        act()
        times.append(time.perf_counter() - began)
    return statistics.median(times[1:])


# --- ours ---------------------------------------------------------------------------------------


def ask(lake: Lake, rows: int) -> dict[str, float]:
    """The named queries of the lake, as pages ask them: listing and opening files is counted."""
    blocks = Where(action="block")

    def top() -> None:
        with lake.window(BEGINS, ENDS) as window:
            found = window.counts("name", limit=20)
            assert len(found) == 20
            assert not window.problems

    def hours() -> None:
        with lake.window(BEGINS, ENDS, blocks) as window:
            assert window.summary(3600)

    def clauses() -> None:
        with lake.window(BEGINS, ENDS, blocks) as window:
            assert len(window.counts("clause")) == 5

    def look() -> None:
        with lake.window(_DAY, _DAY + timedelta(days=1), Where(persons=(person(256),))) as window:
            window.latest(1000)

    with lake.window(BEGINS, ENDS) as window:
        assert sum(row["n"] for row in window.counts("action")) == rows
    acts = dict(zip((*QUERIES, "person's day"), (top, hours, clauses, look), strict=True))
    return {name: round(timed(act), 4) for name, act in acts.items()}


# --- peers --------------------------------------------------------------------------------------


def ask_chdb(record: Path) -> dict[str, Any] | None:
    """What chDB takes; None where it is not installed."""
    python = next((p for p in _pythons() if _has_chdb(p)), None)
    if python is None:
        return None
    pattern = f"{record.resolve() / COMPACTED}/day=*/site=*/*.parquet"
    done = subprocess.run(
        [python, str(CHDB), pattern, str(REPEATS), str(record)],
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def _pythons() -> list[str]:
    return [sys.executable, str(Path(sys.prefix) / "chdb" / "bin" / "python")]


def _has_chdb(python: str) -> bool:
    try:
        done = subprocess.run(
            [python, "-c", "import importlib.util as u; exit(u.find_spec('chdb') is None)"],
            check=False,
        )
    except OSError:
        return False
    return done.returncode == 0


def ask_sqlite(rows: int, folder: Path) -> dict[str, Any]:
    path = folder / "peer.sqlite"
    path.unlink(missing_ok=True)
    told: dict[str, Any] = {}
    with sqlite3.connect(path) as database:
        began = time.perf_counter()
        database.execute(f"CREATE TABLE a ({', '.join(_COLUMNS)})")
        marks = ", ".join("?" * len(_COLUMNS))
        for batch in batches(rows):
            columns = [batch.column(name).to_pylist() for name in _COLUMNS[1:]]
            at = batch.column("at").cast(pa.int64()).to_pylist()
            told_rows = zip(at, *columns, strict=True)
            database.executemany(f"INSERT INTO a VALUES ({marks})", told_rows)  # noqa: S608 no input
        database.execute("CREATE INDEX i ON a (person, at)")
        database.commit()
        told["load"] = round(time.perf_counter() - began, 1)
        for name, words in _SQLITE.items():
            told[name] = round(timed(_fetching(database, words)), 4)
    database.close()
    told["bytes a row"] = round(path.stat().st_size / rows, 1)
    path.unlink()
    return {f"SQLite over {rows:,} rows, seconds": told}


def _fetching(database: sqlite3.Connection, words: str) -> Callable[[], object]:
    return lambda: database.execute(words).fetchall()


_SQLITE = {
    "top names": "SELECT name, count(*) n FROM a GROUP BY name ORDER BY n DESC, name LIMIT 20",
    "blocks by hour": "SELECT at / 3600000000 h, count(*) FROM a WHERE action = 'block' GROUP BY h",
    "blocks by clause": "SELECT clause, count(*) FROM a WHERE action = 'block' GROUP BY clause",
    "person's day": f"SELECT * FROM a WHERE person = '{person(256)}' ORDER BY at DESC LIMIT 1000",  # noqa: S608 no input
}
