"""One set of queries, two engines: DuckDB here and a Spark cluster of two workers agree row by row.

The cluster is a real one: Spark starts two worker processes of its own (``local-cluster``),
which read the same files. It takes a quarter of a minute to start, so there is one for all tests.
"""

from __future__ import annotations

import importlib.util
import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from hornbook.record import segments
from hornbook.record.compaction import compactor
from hornbook.record.engines import EngineError, Spark
from hornbook.record.lake import Lake, Where, Window
from hornbook.record.schema import columns_of
from hornbook.record.segments import SegmentWriter
from tests.record.rows import BLOCKED, NOON, rows

DAY = timedelta(days=1)
MISSING = (
    ""
    if importlib.util.find_spec("pyspark") and shutil.which("java")
    else "no Spark: install requirements/spark.txt and Java 17"
)
needs_spark = pytest.mark.skipif(bool(MISSING), reason=MISSING or "there")
# One process, so that one cluster does for all.
pytestmark = [pytest.mark.xdist_group("spark"), pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two days, three schools, compacted files, newer segments and one of the first version."""
    folder = tmp_path_factory.mktemp("record")
    with pytest.MonkeyPatch.context() as patch:
        real = segments._parquet
        patch.setattr(
            segments, "_parquet", lambda table, chain: real(table.select(columns_of(1)), chain)
        )
        patch.setattr(segments, "_version", lambda table: 1)
        write(folder, "old", 6)
    write(folder, "north", 12)
    with compactor(folder) as lake:
        lake.compact(NOON + timedelta(hours=5))
    return folder


def write(folder: Path, node: str, count: int) -> None:
    writer = SegmentWriter(folder, node)
    for number in range(count):
        at = NOON + timedelta(hours=number)
        site, person = ("maple", "oak", "")[number % 3], f"p{number % 4}"
        told = BLOCKED | {"name": f"bad{number % 2}.example"} if number % 3 == 0 else {}
        name = {"name": f"www{number % 5}.example"} if not told else {}
        writer.append(rows(7 + number, at=at, node=node, site=site, person=person, **name, **told))
        writer.seal()
    writer.close()


@pytest.fixture(scope="module")
def spark() -> Iterator[Spark]:
    engine = Spark(
        "local-cluster[2,1,512]",
        **{"spark.driver.memory": "512m", "spark.executor.memory": "512m"},
    )
    yield engine
    engine.stop()


QUERIES: dict[str, Callable[[Window], Any]] = {
    "counts by action and clause": lambda window: window.counts("action", "clause"),
    "counts by site": lambda window: window.counts("site", limit=2),
    "hours": lambda window: window.summary(3600, "action", "category", "clause"),
    "latest": lambda window: window.latest(25),
    "names blocked most": lambda window: window.top_blocked(5),
    "pairs": lambda window: window.pairs(),
    "persons": lambda window: window.persons("site", "action"),
    "every row": lambda window: window.latest(10_000),
}
WHERES = {
    "all": Where(),
    "one school": Where(sites=("oak",)),
    "one person": Where(persons=("p1",)),
    "one clause": Where(clause="PRO-1"),
}


@needs_spark
def test_both_engines_answer_alike(record: Path, spark: Spark) -> None:
    on_spark, here = Lake(record, spark), Lake(record)
    compared = 0
    for words, where in WHERES.items():
        bounds = (NOON + timedelta(minutes=30), NOON + DAY, where)
        with on_spark.window(*bounds) as far, here.window(*bounds) as near:
            for name, query in QUERIES.items():
                if words != "all" and name not in ("hours", "latest"):
                    continue  # a query of Spark takes a second or two
                there, expected = query(far), query(near)
                assert there == expected, f"{name}, {words}"
                compared += len(expected)
            assert far.problems == near.problems == []
    assert compared > 300


@needs_spark
def test_two_workers_do_the_work(record: Path, spark: Spark) -> None:
    with Lake(record, spark).window(NOON, NOON + DAY) as window:
        window.counts("action")
    context = spark.running().sparkContext
    executors = context._jsc.sc().getExecutorMemoryStatus().size()
    assert executors - 1 == 2  # the driver is counted too


@needs_spark
def test_a_corrupt_file_is_left_out_there_too(record: Path, spark: Spark, tmp_path: Path) -> None:
    shutil.copytree(record, tmp_path / "copy")
    lake = Lake(tmp_path / "copy", spark)
    bad = tmp_path / "copy" / "north" / "day=2026-10-05" / "00000008.parquet"
    bad.write_bytes(b"x" * bad.stat().st_size)
    with lake.window(NOON, NOON + DAY) as window:
        assert sum(row["n"] for row in window.counts("action")) == 57 + 150 - 14
        assert window.problems == [f"{bad}: corrupt: left out"]


def test_without_spark_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "pyspark.sql", None)
    with pytest.raises(EngineError, match=r"requirements/spark\.txt"):
        Spark("local[1]").running()
