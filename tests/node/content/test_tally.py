"""Counts of a quarter hour: written once when it is over, kept while the disk is full, bounded."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from hornbook.node.content import tally
from hornbook.node.content.tally import CLEAR, NOT_CHECKED, QUARTER, Tally

NOON = 1_784_289_600.0  # starts a quarter hour


def written(spool: Path) -> list[dict[str, Any]]:
    return [json.loads(path.read_text()) for path in sorted((spool / "looks").glob("*.json"))]


def test_a_quarter_hour_is_written_when_it_is_over(tmp_path: Path) -> None:
    counts = Tally(tmp_path, "node-1")
    for second in (0, 5, QUARTER - 1):
        counts.add(NOON + second, "maple", "looked.test", CLEAR)
    counts.add(NOON, "maple", "looked.test", NOT_CHECKED, "a part of a file")
    counts.flush(NOON + QUARTER - 1)
    assert written(tmp_path) == []
    counts.add(NOON + QUARTER, "oak", "looked.test", CLEAR)
    counts.flush(NOON + QUARTER)
    (told,) = written(tmp_path)
    assert told["at"] == "2026-07-17T12:00:00+00:00"
    assert told["counts"] == [
        ["maple", "looked.test", NOT_CHECKED, "a part of a file", 1],
        ["maple", "looked.test", CLEAR, "", 3],
    ]
    counts.flush(NOON + QUARTER, all_of_it=True)
    assert len(written(tmp_path)) == 2
    counts.flush(NOON + 9 * QUARTER, all_of_it=True)
    assert len(written(tmp_path)) == 2


def test_what_a_full_disk_refuses_waits(tmp_path: Path) -> None:
    counts = Tally(tmp_path, "node-1")
    counts.add(NOON, "maple", "looked.test", CLEAR)
    (tmp_path / "looks").write_text("no folder")
    counts.flush(NOON + QUARTER)
    (tmp_path / "looks").unlink()
    counts.flush(NOON + QUARTER)
    assert written(tmp_path)[0]["counts"] == [["maple", "looked.test", CLEAR, "", 1]]


def test_very_many_sites_are_counted_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tally, "MOST", 3)
    counts = Tally(tmp_path, "node-1")
    for number in range(10):
        counts.add(NOON, "maple", f"n{number}.test", CLEAR)
    counts.flush(NOON + QUARTER)
    told = {one[1]: one[4] for one in written(tmp_path)[0]["counts"]}
    assert told == {"n0.test": 1, "n1.test": 1, "n2.test": 1, "": 7}
