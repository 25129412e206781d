"""The lake moves whole, or stays."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from hornbook.record.compaction import compactor
from hornbook.record.lake import Lake
from hornbook.record.moving import move
from hornbook.record.segments import RecordError, SegmentWriter
from hornbook.record.verify import verify_record
from tests.record.rows import NOON, rows

DAY = timedelta(days=1)


def count(record: Path) -> int:
    with Lake(record).window(NOON - DAY, NOON + DAY) as window:
        return sum(row["n"] for row in window.counts("action"))


def test_the_record_is_read_and_continued_at_the_new_place(tmp_path: Path) -> None:
    record, place = tmp_path / "record", tmp_path / "elsewhere"
    writer = SegmentWriter(record, "north")
    for number in range(2):
        writer.append(rows(3, at=NOON + timedelta(hours=number)))
        writer.seal()
        with compactor(record) as lake:
            lake.compact(NOON + DAY)
        if number == 0:
            assert move(record, str(place)) == 3  # file, sums, line
    writer.close()
    assert len(list(place.rglob("*.parquet"))) == 2
    assert (count(record), verify_record(record)) == (6, [])
    with pytest.raises(RecordError, match="a lake at"):
        move(record, str(record / "compacted"))
