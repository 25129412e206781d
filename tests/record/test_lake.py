"""The lake answers from whole files that a manifest lists, and names the ones it cannot read."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from hornbook.record import segments
from hornbook.record.lake import Lake, Where, Window
from hornbook.record.manifest import MANIFEST
from hornbook.record.schema import columns_of
from hornbook.record.segments import SegmentWriter
from tests.record.rows import BLOCKED, NOON, rows

HOUR = timedelta(hours=1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two nodes: eight allowed and four blocked questions around noon, one the day before."""
    north = SegmentWriter(tmp_path, "north")
    north.append(rows(1, at=NOON - timedelta(days=1), name="yesterday.example"))
    north.seal()
    north.append(rows(5, name="a.example"))
    north.append(rows(3, at=NOON + timedelta(minutes=2), **BLOCKED))
    north.seal()
    north.close()
    south = SegmentWriter(tmp_path, "south")
    south.append(rows(3, node="south", site="oak", person="p2", at=NOON + timedelta(minutes=1)))
    south.append(rows(1, node="south", site="oak", **(BLOCKED | {"clause": "PRO-1@1"})))
    south.seal()
    south.close()
    return tmp_path


def noon_hour(folder: Path, where: Where | None = None) -> Window:
    return Lake(folder).window(NOON, NOON + HOUR, where)


def test_an_empty_lake_answers_with_nothing(tmp_path: Path) -> None:
    with noon_hour(tmp_path) as window:
        assert window.counts("action") == []
        assert window.latest(5) == []
        assert window.summary(60, "action") == []
        assert window.problems == []


def test_counts_are_largest_first(folder: Path) -> None:
    with noon_hour(folder) as window:
        assert window.counts("action") == [
            {"action": "allow", "n": 8},
            {"action": "block", "n": 4},
        ]


def test_a_summary_has_one_row_for_each_minute_and_action(folder: Path) -> None:
    with noon_hour(folder) as window:
        found = [(row["bucket"], row["action"], row["n"]) for row in window.summary(60, "action")]
    minute = timedelta(minutes=1)
    assert found == [
        (NOON, "allow", 5),
        (NOON, "block", 1),
        (NOON + minute, "allow", 3),
        (NOON + 2 * minute, "block", 3),
    ]


def test_the_latest_rows_come_first_with_only_the_columns_asked_for(folder: Path) -> None:
    with noon_hour(folder) as window:
        found = window.latest(2, ("name", "action"))
        assert found == [{"name": "bad.example", "action": "block"}] * 2
        assert window.latest(1)[0]["at"] == NOON + timedelta(minutes=2, seconds=2)


def test_latest_is_right_across_very_many_files(tmp_path: Path) -> None:
    """One node's newest file was sealed last but holds the oldest rows (its clock was behind)."""
    writer = SegmentWriter(tmp_path, "north")
    for number in range(40):
        writer.append(rows(1, at=NOON + timedelta(seconds=number), name=f"n{number}.example"))
        writer.seal()
    writer.append(rows(1, at=NOON - timedelta(seconds=1), name="late.example"))
    writer.seal()
    writer.close()
    with Lake(tmp_path).window(NOON - HOUR, NOON + HOUR) as window:
        names = [row["name"] for row in window.latest(50)]
        assert names[:2] == ["n39.example", "n38.example"]
        assert names[-1] == "late.example"
        assert len(names) == 41
    with Lake(tmp_path).window(NOON - HOUR, NOON + HOUR, Where(action="block")) as window:
        assert window.latest(50) == []


def test_the_names_blocked_most(folder: Path) -> None:
    with noon_hour(folder) as window:
        top = window.top_blocked(1)
    assert top == [{"name": "bad.example", "clause": "PRO-1@2", "category": "adult", "n": 3}]


@pytest.mark.parametrize(
    ("where", "count"),
    [
        (Where(), 12),
        (Where(action="block"), 4),
        (Where(category="adult"), 4),
        (Where(clause="PRO-1"), 4),
        (Where(clause="PRO-1@1"), 1),
        (Where(clause="PRO"), 0),
        (Where(sites=("oak",)), 4),
        (Where(sites=()), 0),
        (Where(persons=("p2",)), 3),
        (Where(sites=("maple",), action="allow"), 5),
    ],
)
def test_where_restricts(folder: Path, where: Where, count: int) -> None:
    with noon_hour(folder, where) as window:
        assert sum(row["n"] for row in window.counts("action")) == count


def test_values_are_never_read_as_a_query(folder: Path) -> None:
    with noon_hour(folder, Where(action="x' OR '1'='1")) as window:
        assert window.counts("action") == []


def test_the_end_of_a_period_is_not_in_it(folder: Path) -> None:
    with Lake(folder).window(NOON - HOUR, NOON) as window:
        assert window.counts("action") == []


def test_only_files_of_the_period_are_opened(folder: Path) -> None:
    files, _ = Lake(folder).catalogue.files(NOON, NOON + HOUR)
    assert sorted(f"{held.node}/{held.line.file}" for held in files) == [
        "north/day=2026-10-05/00000002.parquet",
        "south/day=2026-10-05/00000001.parquet",
    ]


def test_a_file_that_no_manifest_lists_is_not_read(folder: Path) -> None:
    day = folder / "north" / "day=2026-10-05"
    (day / "00000009.parquet").write_bytes((day / "00000002.parquet").read_bytes())
    with noon_hour(folder) as window:
        assert sum(row["n"] for row in window.counts("action")) == 12


def test_a_shared_lake_sees_what_was_sealed_since(folder: Path) -> None:
    lake = Lake(folder)
    assert len(lake.catalogue.files(NOON, NOON + HOUR)[0]) == 2
    writer = SegmentWriter(folder, "north")
    writer.append(rows(1))
    writer.seal()
    writer.close()
    assert len(lake.catalogue.files(NOON, NOON + HOUR)[0]) == 3


def test_a_line_that_is_being_written_does_not_count_yet(folder: Path) -> None:
    lake = Lake(folder)
    manifest = folder / "north" / MANIFEST
    body = manifest.read_bytes()
    manifest.write_bytes(body[:-30])
    assert len(lake.catalogue.files(NOON, NOON + HOUR)[0]) == 1
    manifest.write_bytes(body)
    files, problems = lake.catalogue.files(NOON, NOON + HOUR)
    assert (len(files), problems) == (2, [])


def test_a_file_cut_short_is_named_and_the_others_answer(folder: Path) -> None:
    file = folder / "north" / "day=2026-10-05" / "00000002.parquet"
    os.truncate(file, 500)
    with noon_hour(folder) as window:
        assert sum(row["n"] for row in window.counts("action")) == 4
        (problem,) = window.problems
    assert str(file) in problem


def test_a_corrupt_file_of_the_right_size_is_named_and_the_others_answer(folder: Path) -> None:
    file = folder / "north" / "day=2026-10-05" / "00000002.parquet"
    file.write_bytes(b"x" * file.stat().st_size)
    with noon_hour(folder) as window:
        assert sum(row["n"] for row in window.counts("action")) == 4
        assert window.problems == [f"{file}: corrupt: left out"]
        assert len(window.latest(50)) == 4


def test_an_unreadable_line_is_named_and_the_others_answer(folder: Path) -> None:
    manifest = folder / "north" / MANIFEST
    manifest.write_bytes(b"{}\n" + manifest.read_bytes())
    with noon_hour(folder) as window:
        assert sum(row["n"] for row in window.counts("action")) == 12
        assert f"{manifest}, line 1" in window.problems[0]


def test_a_manifest_that_cannot_be_opened_is_named(folder: Path) -> None:
    manifest = folder / "north" / MANIFEST
    manifest.unlink()
    manifest.mkdir()
    with noon_hour(folder) as window:
        assert sum(row["n"] for row in window.counts("action")) == 4
        assert f"{manifest}: cannot be read" in window.problems[0]


def test_a_manifest_that_was_replaced_is_read_anew(folder: Path) -> None:
    lake = Lake(folder)
    assert len(lake.catalogue.files(NOON, NOON + HOUR)[0]) == 2
    manifest = folder / "north" / MANIFEST
    manifest.write_bytes(manifest.read_bytes().splitlines(keepends=True)[0])
    assert len(lake.catalogue.files(NOON, NOON + HOUR)[0]) == 1


def test_activity_is_an_expression_to_build_on(folder: Path) -> None:
    table = Lake(folder).activity(NOON, NOON + HOUR)
    assert len(table.to_pyarrow()) == 12


def test_files_of_an_older_version_are_read_beside_the_new(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = segments._parquet
    monkeypatch.setattr(
        segments, "_parquet", lambda table, chain: real(table.select(columns_of(1)), chain)
    )
    monkeypatch.setattr(segments, "_version", lambda table: 1)
    old = SegmentWriter(folder, "old")
    old.append(rows(4, node="old", name="old.example"))
    old.close()
    with noon_hour(folder) as window:
        found = window.counts("unseen", "name")
    assert found[0] == {"unseen": -1.0, "name": "a.example", "n": 5}
    assert {"unseen": -1.0, "name": "old.example", "n": 4} in found


def test_the_record_can_be_written_without_loading_the_query_engine() -> None:
    program = (
        "import sys, hornbook.record.segments, hornbook.record.lake\n"
        "sys.exit(bool({'duckdb', 'ibis'} & set(sys.modules)))"
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    assert subprocess.run([sys.executable, "-c", program], env=environment).returncode == 0
