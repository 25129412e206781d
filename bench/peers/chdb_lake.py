"""chDB (ClickHouse in this process) over the same files and over a table of its own.

Run as a program by an interpreter that has chDB: ``python chdb_lake.py FOLDER REPEATS`` prints
JSON. The table has ClickHouse's own kind of columns for such words and our order of rows.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
from typing import Any

COLUMNS = "at, site, person, profile, client, name, action, clause, category"
WORDS = "LowCardinality(String)"


def main() -> None:
    from chdb.session import Session  # type: ignore[import-not-found]  # a peer, not in the lock

    pattern, repeats = sys.argv[1], int(sys.argv[2])
    files = f"file('{pattern}', Parquet)"
    with tempfile.TemporaryDirectory(dir=sys.argv[3]) as folder:
        session = Session(folder)
        session.query("SET max_threads=2")
        session.query("CREATE DATABASE d ENGINE=Atomic")
        session.query(
            f"CREATE TABLE d.a (at DateTime64(6,'UTC'), site {WORDS}, person {WORDS}, profile "
            f"{WORDS}, client {WORDS}, name String, action {WORDS}, clause {WORDS}, category "
            f"{WORDS}) ENGINE=MergeTree ORDER BY (person, at)"
        )
        began = time.perf_counter()
        session.query(f"INSERT INTO d.a SELECT {COLUMNS} FROM {files}")  # noqa: S608 no input
        told: dict[str, Any] = {"load": time.perf_counter() - began}
        for where, source in (("files", files), ("table", "d.a")):
            told[where] = {
                name: timed(session, words.format(source), repeats)
                for name, words in QUERIES.items()
            }
    print(json.dumps(told))


QUERIES = {
    "top names": "SELECT name, count(*) AS n FROM {} GROUP BY name ORDER BY n DESC, name LIMIT 20",
    "blocks by hour": "SELECT intDiv(toUnixTimestamp(at), 3600) AS h, count(*) FROM {} "
    "WHERE action = 'block' GROUP BY h ORDER BY h",
    "blocks by clause": "SELECT clause, count(*) AS n FROM {} WHERE action = 'block' "
    "GROUP BY clause ORDER BY n DESC, clause",
    "person's day": "SELECT * FROM {} WHERE person = '00000100-0000-4000-8000-000000000000' AND "
    "at >= '2026-09-08 00:00:00' AND at < '2026-09-09 00:00:00' ORDER BY at DESC LIMIT 1000",
}


def timed(session: Any, words: str, repeats: int) -> float:
    """The median of the wall clock, after one run that warms the caches."""
    times = []
    for _ in range(repeats + 1):
        began = time.perf_counter()
        session.query(words)
        times.append(time.perf_counter() - began)
    return statistics.median(times[1:])


if __name__ == "__main__":
    main()
