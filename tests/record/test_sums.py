"""Sums of compacted files: exactly what their rows say, in every window, and gone with them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hornbook.record.changes import read_change, write_change
from hornbook.record.compaction import compactor
from hornbook.record.lake import Lake, Where, Window
from hornbook.record.pages import LAKE, described
from hornbook.record.segments import SegmentWriter
from hornbook.record.sums import decode_sums, part_for, sums_of, sums_path
from hornbook.record.verify import verify_record
from tests.record.rows import BLOCKED, NOON, rows

DAY, QUARTER = timedelta(days=1), timedelta(minutes=15)
QUERIES: dict[str, Callable[[Window], Any]] = {
    "actions": lambda window: window.counts("action"),
    "names": lambda window: window.counts("name", limit=7),
    "names and clauses": lambda window: window.counts("name", "clause", "site"),
    "profiles": lambda window: window.counts("profile", "category"),
    "hours": lambda window: window.summary(3600, "action", "site"),
    "minutes": lambda window: window.summary(60, "action"),
    "blocked": lambda window: window.top_blocked(5),
    "rows": lambda window: window.counts("person", "name"),
}
WHERES = (
    Where(),
    Where(action="block"),
    Where(sites=("oak",)),
    Where(clause="PRO-1"),
    Where(persons=("p1",)),
)


def filled(record: Path, moments: list[int]) -> None:
    """Rows at these seconds behind noon, in two compacted files a site and a newer segment."""
    writer = SegmentWriter(record, "north")
    for number, seconds in enumerate(moments):
        told = {**BLOCKED} if number % 3 == 0 else {"name": f"www{number % 4}.example"}
        told |= {"site": ("oak", "maple")[number % 2], "person": f"p{number % 3}"}
        writer.append(rows(1 + number % 3, at=NOON + timedelta(seconds=seconds), **told))
        if number in (len(moments) // 3, 2 * len(moments) // 3):
            writer.seal()
            with compactor(record) as lake:
                lake.compact(NOON + 9 * DAY)
    writer.close()


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    moments=st.lists(st.integers(0, 3 * 86_400), min_size=3, max_size=40),
    bounds=st.tuples(st.integers(-900, 3 * 86_400), st.integers(-900, 3 * 86_400)),
    whole=st.booleans(),
    where=st.sampled_from(WHERES),
)
def test_sums_and_rows_give_the_same(
    tmp_path_factory: pytest.TempPathFactory,
    moments: list[int],
    bounds: tuple[int, int],
    whole: bool,
    where: Where,
) -> None:
    record = tmp_path_factory.mktemp("record")
    filled(record, moments)
    step = 900 if whole else 1
    since, until = (NOON + timedelta(seconds=one // step * step) for one in sorted(bounds))
    by_sums, by_rows = Lake(record), Lake(record, sums=False)
    with by_sums.window(since, until, where) as fast, by_rows.window(since, until, where) as slow:
        for name, query in QUERIES.items():
            assert query(fast) == query(slow), name
        assert fast.problems == slow.problems == []


def test_totals_come_from_the_sums_and_not_from_the_rows(tmp_path: Path) -> None:
    """The rows' files are broken, and nobody notices as long as only totals are asked for."""
    filled(tmp_path, [0, 60, 120, 7000])
    for path in tmp_path.glob("compacted/day=*/site=*/*.parquet"):
        path.write_bytes(b"x" * path.stat().st_size)
    with Lake(tmp_path).window(NOON, NOON + DAY) as window:
        assert sum(row["n"] for row in window.counts("action")) == 7
        assert window.problems == []
        assert sum(row["n"] for row in window.counts("person")) < 7
        assert window.problems


@pytest.mark.parametrize("harm", ["missing", "changed"])
def test_corrupt_sums_are_found_and_the_rows_counted(tmp_path: Path, harm: str) -> None:
    filled(tmp_path, [0, 60, 120, 7000])
    for path in tmp_path.glob("compacted/day=*/site=*/*.sums"):
        path.unlink() if harm == "missing" else path.write_bytes(b"x" * path.stat().st_size)
    with Lake(tmp_path).window(NOON, NOON + DAY) as window:
        assert sum(row["n"] for row in window.counts("action")) == 7
        assert window.problems == []  # no row is left out
    assert any(".sums" in problem.file for problem in verify_record(tmp_path))


def test_sums_that_tell_something_else_are_found_though_their_hash_fits(tmp_path: Path) -> None:
    """Whoever writes false sums into the chain is caught by counting the rows anew."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("hornbook.record.compaction.sums_of", lambda table: _one_more(sums_of(table)))
        filled(tmp_path, [0, 60, 120, 7000])
    assert any("does not count the rows" in problem.what for problem in verify_record(tmp_path))


def _one_more(sums: pa.Table) -> pa.Table:
    more = pc.add(sums.column("n"), pa.scalar(1))
    return sums.set_column(sums.schema.get_field_index("n"), sums.schema.field("n"), more)


def test_sums_hold_no_person_and_go_with_their_rows(tmp_path: Path) -> None:
    writer = SegmentWriter(tmp_path, "north")
    for person in ("p1", "p2"):
        writer.append(rows(3, person=person, name=f"{person}-asked.example"))
    writer.close()
    with compactor(tmp_path) as lake:
        lake.compact(NOON + DAY)
        (file,) = lake.changes.live
        sums = decode_sums(lake.store.get(sums_path(file.file)))
        assert "person" not in sums.column_names
        lake.rewrite([file], _of_p2, {"reason": "test"})
        left = b"".join(lake.store.get(path) for path in lake.store.paths("day="))
    assert b"p1-asked" not in left
    with Lake(tmp_path).window(NOON, NOON + DAY) as window:
        assert window.counts("name") == [{"name": "p2-asked.example", "n": 3}]
    assert verify_record(tmp_path) == []


def _of_p2(table: pa.Table) -> pa.Table:
    return table.filter(pc.equal(table.column("person"), pa.scalar("p2")))


def test_a_lake_from_before_there_were_sums_is_read_and_gets_them(tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "hornbook.record.compaction.described", lambda *told: _without_sums(described(*told))
        )
        filled(tmp_path, [0, 60, 120, 7000])
    for path in tmp_path.glob("compacted/day=*/site=*/*.sums"):
        path.unlink()
    line = (tmp_path / "compacted" / "changes" / "00000001.json").read_bytes()
    assert b"sums" not in line
    assert write_change(read_change(line.rstrip(b"\n"))) == line
    assert verify_record(tmp_path) == []
    with compactor(tmp_path) as lake:
        lake.merge((NOON + 9 * DAY).date())
        assert all(file.sums for file in lake.changes.live)
        assert lake.merge((NOON + 9 * DAY).date()) == []
    with Lake(tmp_path).window(NOON, NOON + DAY) as window:
        assert sum(row["n"] for row in window.counts("action")) == 7
    assert verify_record(tmp_path) == []


def _without_sums(file: Any) -> Any:
    return replace(file, sums="", sums_bytes=0)


def test_which_part_answers_what() -> None:
    assert part_for(["action", "site"], 3600) == "quarter"
    assert part_for(["action", "profile"], None) == "quarter"
    assert part_for(["action"], 60) is None
    assert part_for(["name", "clause"], None) == "name"
    assert part_for(["name", "profile"], None) is None
    assert part_for(["name"], 3600) is None
    assert part_for(["action", "person"], None) is None


def test_no_rows_have_no_sums() -> None:
    assert sums_of(LAKE.empty_table()).num_rows == 0
