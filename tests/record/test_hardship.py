"""A disk that is really full, and a clock that moves: no row is lost, doubled or hidden."""

from __future__ import annotations

import errno
import os
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from hornbook.record.compaction import compactor
from hornbook.record.intake import head_of, take_in
from hornbook.record.lake import Lake
from hornbook.record.manifest import MANIFEST, whole_lines
from hornbook.record.segments import SegmentWriter
from hornbook.record.verify import verify_record
from tests.record.rows import NOON, rows

DAY = timedelta(days=1)
MEGABYTE = 1 << 20


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A disk of one megabyte: a file system in memory of its own."""
    place = tmp_path / "small"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(place)]
    try:
        done = subprocess.run(mount, capture_output=True, text=True)
    except FileNotFoundError:
        pytest.skip("there is no “mount” here")
    if done.returncode:
        pytest.skip(f"no small disk can be mounted here: {done.stderr.strip()}")
    try:
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=True)


def fill(place: Path, leave: int = 0) -> Path:
    """Take all that is left of the disk but ``leave`` octets; the file that did it."""
    ballast = place / "ballast"
    free = os.statvfs(place)
    ballast.write_bytes(b"x" * max(0, free.f_bavail * free.f_frsize - leave))
    return ballast


def asked(record: Path) -> int:
    with Lake(record).window(NOON - 9 * DAY, NOON + 9 * DAY) as window:
        found = sum(row["n"] for row in window.counts("person"))
        assert window.problems == []
    return int(found)


def test_a_full_disk_stops_sealing_and_loses_nothing(small: Path) -> None:
    record = small / "record"
    writer = SegmentWriter(record, "north")
    writer.append(rows(5))
    writer.seal()
    for leave in (0, 4096, 8192):
        ballast = fill(small, leave)
        writer.append(rows(400, at=NOON + timedelta(hours=1)))
        with pytest.raises(OSError, match="No space left"):
            writer.seal()
        ballast.unlink()
        assert writer.seal()
    writer.close()
    assert (asked(record), writer.lost, verify_record(record)) == (1205, 0, [])


def test_a_full_disk_stops_compaction_and_loses_nothing(small: Path) -> None:
    record = small / "record"
    writer = SegmentWriter(record, "north")
    for hour in range(3):
        writer.append(rows(200, at=NOON + timedelta(hours=hour), site=f"site-{hour}"))
        writer.seal()
    writer.close()
    refused = []
    for leave in range(0, 40_960, 4096):
        ballast = fill(small, leave)
        try:
            with compactor(record) as lake:
                lake.compact(NOON + DAY)
        except OSError as error:
            refused.append(error.errno)
        ballast.unlink()
        assert asked(record) == 600, f"with {leave} octets left"
    assert set(refused) == {errno.ENOSPC}
    with compactor(record) as lake:
        lake.compact(NOON + DAY)
    assert (asked(record), verify_record(record)) == (600, [])


def test_a_full_console_refuses_a_segment_and_takes_it_later(small: Path, tmp_path: Path) -> None:
    away = tmp_path / "away"
    writer = SegmentWriter(away, "north")
    writer.append(rows(400))
    writer.close()
    (line,) = whole_lines((away / "north" / MANIFEST).read_bytes())
    (file,) = (away / "north").glob("day=*/*.parquet")
    record = small / "record"
    record.mkdir()
    ballast = fill(small)
    with pytest.raises(OSError, match="No space left"):
        take_in(record, "north", line, file.read_bytes())
    ballast.unlink()
    assert head_of(record, "north").no == 0
    assert take_in(record, "north", line, file.read_bytes()).no == 1
    assert (asked(record), verify_record(record)) == (400, [])


@pytest.mark.parametrize("moved", [-400 * DAY, -DAY, -timedelta(minutes=30), DAY, 400 * DAY])
def test_a_clock_that_moves_hides_no_row(tmp_path: Path, moved: timedelta) -> None:
    """Rows bear the time that the clock showed, in whatever order; each is found there, once."""
    writer = SegmentWriter(tmp_path, "north")
    for at in (NOON, NOON + moved, NOON + timedelta(minutes=1)):
        writer.append(rows(3, at=at))
        writer.seal()
    writer.append(rows(2, at=NOON + moved))  # one segment on both sides of the jump
    writer.append(rows(2, at=NOON + timedelta(minutes=2)))
    writer.close()
    with compactor(tmp_path) as lake:
        for _ in range(2):
            check(tmp_path, moved)
            lake.compact(NOON + 800 * DAY)
            lake.merge((NOON + 800 * DAY).date())
    check(tmp_path, moved)


def check(record: Path, moved: timedelta) -> None:
    for since, expected in ((NOON + moved, 5), (NOON, 8)):
        with Lake(record).window(since, since + timedelta(minutes=20)) as window:
            assert window.counts("action") == [{"action": "allow", "n": expected}]
            assert len(window.latest(50)) == expected
    assert verify_record(record) == []
