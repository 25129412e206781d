"""Compaction makes few files of many and changes no row; every crash on the way is mended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from hornbook.record import manifest, segments
from hornbook.record.changes import Changes
from hornbook.record.compaction import Compactor, compactor, tidy
from hornbook.record.lake import Lake, Where
from hornbook.record.manifest import COMPACTED, MANIFEST
from hornbook.record.segments import RecordError, SegmentWriter
from hornbook.record.store import FolderStore
from hornbook.record.verify import verify_record
from tests.record.rows import BLOCKED, NOON, rows

LATER = NOON + timedelta(days=9)
EARLIER = NOON - timedelta(days=9)


@pytest.fixture
def record(tmp_path: Path) -> Path:
    """Two nodes, two sites, two days (one segment runs over midnight): 34 rows, 7 segments."""
    north = SegmentWriter(tmp_path, "north")
    for number in range(4):
        at = NOON + timedelta(minutes=number)
        north.append(rows(3, at=at, person=f"p{number % 2}", node="north"))
        north.append(rows(2, at=at, site="oak", person="p9", node="north", **BLOCKED))
        north.seal()
    north.close()
    south = SegmentWriter(tmp_path, "south")
    midnight = NOON.replace(hour=23, minute=59, second=58)
    south.append(rows(4, at=midnight, site="", person="", node="south"))
    south.seal()
    for number in range(2):
        south.append(rows(5, at=NOON + timedelta(hours=number), person="p0", node="south"))
        south.seal()
    south.close()
    return tmp_path


def everything(record: Path) -> Counter[tuple[Any, ...]]:
    """Every row with its values, however the files lie."""
    with Lake(record).window(EARLIER, LATER) as window:
        found = window.run(lambda table: table)
        assert window.problems == []
    return Counter(tuple(row.values()) for row in found)


def compact(record: Path) -> list[Any]:
    with compactor(record) as lake:
        return lake.compact(LATER)


def test_no_row_is_lost_doubled_or_changed(record: Path) -> None:
    before = everything(record)
    (change,) = compact(record)
    assert (change.rows_in, change.rows_out) == (34, 34)
    assert everything(record) == before
    assert verify_record(record) == []
    assert not list(record.glob("*th/day=*/*.parquet"))


def test_files_are_of_one_day_and_site_and_sorted(record: Path) -> None:
    compact(record)
    lake = Changes(FolderStore(record / COMPACTED))
    lake.read_on()
    places = {(file.day, file.site): file for file in lake.live}
    assert sorted(places) == [
        ("2026-10-05", ""),
        ("2026-10-05", "maple"),
        ("2026-10-05", "oak"),
        ("2026-10-06", ""),
    ]
    path = record / COMPACTED / places["2026-10-05", "maple"].file
    table = pq.read_table(path, partitioning=None)
    order = list(zip(table["person"].to_pylist(), table["at"].to_pylist(), strict=True))
    assert order == sorted(order)
    group = pq.ParquetFile(path).metadata.row_group(0)
    person: Any = next(
        group.column(n)
        for n in range(group.num_columns)
        if group.column(n).path_in_schema == "person"
    )
    assert (person.statistics.min, person.statistics.max) == ("p0", "p1")
    assert person.bloom_filter_offset


def test_what_is_newer_waits(record: Path) -> None:
    with compactor(record) as lake:
        lake.compact(NOON + timedelta(minutes=2))
        assert lake.changes.nodes == {"north": 2}
    assert sum(everything(record).values()) == 34


def test_a_finished_day_becomes_one_file_a_site(record: Path) -> None:
    with compactor(record) as lake:
        for minute in range(1, 200, 30):
            lake.compact(NOON + timedelta(minutes=minute))
        lake.compact(LATER)
        before = everything(record)
        lake.merge(date(2026, 10, 7))
        files = [(file.day, file.site) for file in lake.changes.live]
        assert lake.merge(date(2026, 10, 7)) == []
    assert len(files) == len(set(files)) == 4
    assert everything(record) == before
    assert verify_record(record) == []


def test_lawful_destruction_leaves_its_reason_and_no_row(record: Path) -> None:
    compact(record)
    why = {"schedule": "2026-1", "citation": "709.1", "certificate": "abc"}
    with compactor(record) as lake:
        files = [file for file in lake.changes.live if file.site == "maple"]
        change = lake.rewrite(files, without("p0"), why)
    assert change.rows_in - change.rows_out == 6 + 10
    assert not any(row[3] == "p0" for row in everything(record))
    assert verify_record(record) == []
    body = b"".join(path.read_bytes() for path in (record / COMPACTED).rglob("*.parquet"))
    assert b"p0" not in body


def test_a_whole_file_can_go(record: Path) -> None:
    compact(record)
    with compactor(record) as lake:
        oak = [file for file in lake.changes.live if file.site == "oak"]
        lake.rewrite(oak, lambda table: table.slice(0, 0), {"citation": "709.1"})
    with Lake(record).window(EARLIER, LATER, Where(sites=("oak",))) as window:
        assert window.counts("site") == []
    assert verify_record(record) == []


def test_a_principals_question_opens_only_the_own_schools_files(record: Path) -> None:
    compact(record)
    files, _ = Lake(record).catalogue.files(EARLIER, LATER, ("oak",))
    assert [file.line.file.split("/")[:2] for file in files] == [["day=2026-10-05", "site=oak"]]


def test_a_corrupt_segment_waits_and_the_others_go_on(record: Path) -> None:
    bad = record / "north" / "day=2026-10-05" / "00000002.parquet"
    bad.write_bytes(bad.read_bytes()[:-1] + b"x")
    with compactor(record) as lake:
        lake.compact(LATER)
        assert lake.changes.nodes == {"north": 1, "south": 3}
        assert any(str(bad) in problem for problem in lake.problems)
    assert any("was changed" in problem.what for problem in verify_record(record))
    assert bad.exists()


def without(person: str) -> Callable[[pa.Table], pa.Table]:
    def keep(table: pa.Table) -> pa.Table:
        return table.filter(pc.field("person") != person)

    return keep


class Killed(BaseException):
    pass


@pytest.mark.parametrize("step", ["put", "line", "delete"])
def test_a_crash_at_any_step_loses_and_doubles_nothing(
    record: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    before = everything(record)
    with monkeypatch.context() as patch:
        crash_at(patch, step)
        with pytest.raises(Killed):
            compact(record)
    assert everything(record) == before
    with compactor(record) as lake:
        lake.compact(LATER)
        listed = {file.file for file in lake.changes.live}
    on_disk = {p.relative_to(record / COMPACTED).as_posix() for p in record.rglob("0*-*.parquet")}
    assert on_disk == listed
    assert everything(record) == before
    assert verify_record(record) == []


def crash_at(patch: pytest.MonkeyPatch, step: str) -> None:
    def die(*_: object, **__: object) -> None:
        raise Killed

    if step == "put":
        real, seen = FolderStore.put, []

        def third(self: FolderStore, path: str, body: bytes) -> None:
            seen.append(path)
            if len(seen) == 3:
                raise Killed
            real(self, path, body)

        patch.setattr(FolderStore, "put", third)
    elif step == "line":
        patch.setattr(Changes, "append", die)
    else:
        patch.setattr(Compactor, "_delete_segments", die)


def test_what_was_written_wrongly_is_not_taken(
    record: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = FolderStore.put

    def lose_rows(self: FolderStore, path: str, body: bytes) -> None:
        if path.endswith("-1.parquet"):
            out = pa.BufferOutputStream()
            table = pq.read_table(pa.BufferReader(body))
            pq.write_table(table.slice(1), out)
            body = out.getvalue().to_pybytes()
        real(self, path, body)

    with monkeypatch.context() as patch:
        patch.setattr(FolderStore, "put", lose_rows)
        with pytest.raises(RecordError, match="nothing was changed"):
            compact(record)
    assert sum(everything(record).values()) == 34


def test_a_reader_that_listed_the_segments_reads_what_took_their_place(record: Path) -> None:
    with Lake(record).window(EARLIER, LATER) as window:
        compact(record)
        assert sum(row["n"] for row in window.counts("action")) == 34
        assert window.problems == []


def test_two_may_not_change_the_lake_at_once(record: Path) -> None:
    with compactor(record), pytest.raises(RecordError, match="another process"):
        Compactor(record)


def test_a_broken_chain_is_not_continued(record: Path) -> None:
    compact(record)
    line = record / COMPACTED / "changes" / "00000001.json"
    line.write_bytes(line.read_bytes().replace(b'"rows":', b'"rows":1', 1))
    with pytest.raises(RecordError, match="cannot be changed"), compactor(record):
        pass
    assert any("00000001.json" in problem.file for problem in verify_record(record))


def test_a_changed_range_of_segments_is_found(record: Path) -> None:
    compact(record)
    path = record / "south" / MANIFEST
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))
    assert any("are not those in the lake" in problem.what for problem in verify_record(record))


def test_manifests_are_put_aside_and_the_chain_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(segments, "ROLL", 3)
    for number in range(8):
        writer = SegmentWriter(tmp_path, "north")
        writer.append(rows(1, at=NOON + timedelta(minutes=number), person=str(number)))
        writer.close()
    names = [path.name for path in manifest.manifests(tmp_path / "north")]
    assert names == [
        "manifest-00000001-00000003.jsonl",
        "manifest-00000004-00000006.jsonl",
        "manifest.jsonl",
    ]
    assert verify_record(tmp_path) == []
    assert len(everything(tmp_path)) == 8
    compact(tmp_path)
    assert [p.name for p in manifest.manifests(tmp_path / "north", 8)] == ["manifest.jsonl"]
    assert len(everything(tmp_path)) == 8
    assert verify_record(tmp_path) == []


def test_many_changes_are_read_from_folded_copies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hornbook.record import changes

    monkeypatch.setattr(changes, "FOLD", 2)
    writer = SegmentWriter(tmp_path, "north")
    with compactor(tmp_path) as lake:
        for number in range(5):
            writer.append(rows(1, at=NOON + timedelta(minutes=number)))
            writer.seal()
            lake.compact(LATER)
    writer.close()
    folds = sorted(path.name for path in (tmp_path / COMPACTED / "changes").glob("*.jsonl"))
    assert folds == ["00000001-00000002.jsonl", "00000003-00000004.jsonl"]
    assert verify_record(tmp_path) == []
    assert sum(everything(tmp_path).values()) == 5
    (tmp_path / COMPACTED / "changes" / "00000001.json").unlink()
    assert "not the line that was read" in str(verify_record(tmp_path)[0])


def test_what_is_due_is_done_by_the_hour(record: Path) -> None:
    assert tidy(record, NOON + timedelta(minutes=59)) == []
    assert sum(everything(record).values()) == 34
    assert list(record.glob("north/day=*/*.parquet"))
    tidy(record, NOON + timedelta(hours=1, minutes=1))
    assert not list(record.glob("north/day=*/*.parquet"))
    tidy(record, NOON + timedelta(days=2))
    assert sum(everything(record).values()) == 34
