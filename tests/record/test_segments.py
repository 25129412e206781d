"""Sealed segments survive every crash, and every later change to them is found."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hornbook.record import segments
from hornbook.record.manifest import GENESIS, MANIFEST, ManifestLine, canonical
from hornbook.record.segments import RecordError, SegmentWriter, verify_chain
from tests.record.rows import NOON, rows

NODE = "node-1"


def sealed(folder: Path, count: int) -> list[ManifestLine]:
    """Seal ``count`` segments of three rows each, and let the folder go."""
    writer = SegmentWriter(folder, NODE)
    lines = []
    for number in range(count):
        writer.append(rows(3, at=NOON + timedelta(minutes=number)))
        line = writer.seal()
        assert line
        lines.append(line)
    writer.close()
    return lines


def what_is_wrong(folder: Path) -> str:
    return "\n".join(map(str, verify_chain(folder, NODE)))


def test_rows_come_back_as_they_were_appended(tmp_path: Path) -> None:
    writer = SegmentWriter(tmp_path, NODE)
    writer.append(rows(2, person="p1", site="maple"))
    writer.append(rows(1, person="p2", site="oak", at=NOON + timedelta(hours=1)))
    line = writer.seal()
    assert line
    assert (line.rows, line.file) == (3, "day=2026-10-05/00000001.parquet")
    assert (line.first_at, line.last_at) == (
        "2026-10-05T12:00:00+00:00",
        "2026-10-05T13:00:00+00:00",
    )
    found = pq.read_table(tmp_path / NODE / line.file, partitioning=None)
    assert found.column("person").to_pylist() == ["p1", "p1", "p2"]
    writer.close()


def test_nothing_appended_seals_nothing(tmp_path: Path) -> None:
    writer = SegmentWriter(tmp_path, NODE)
    assert writer.seal() is None
    writer.close()
    assert verify_chain(tmp_path, NODE) == []


def test_the_next_start_continues_the_chain(tmp_path: Path) -> None:
    first, second = sealed(tmp_path, 2)
    (third,) = sealed(tmp_path, 1)
    assert [first.prev, second.prev, third.prev] == [GENESIS, first.hash, second.hash]
    assert third.no == 3
    assert verify_chain(tmp_path, NODE) == []


def test_a_second_writer_is_told_who_holds_the_folder(tmp_path: Path) -> None:
    writer = SegmentWriter(tmp_path, NODE)
    with pytest.raises(RecordError, match=f"pid {os.getpid()}"):
        SegmentWriter(tmp_path, NODE)
    SegmentWriter(tmp_path, "node-2").close()
    writer.close()
    SegmentWriter(tmp_path, NODE).close()


@pytest.mark.parametrize("name", ["", "..", "a/b", "/etc", "Node 1"])
def test_a_node_name_that_could_leave_the_folder_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(RecordError, match="cannot name a node"):
        SegmentWriter(tmp_path, name)
    assert list(tmp_path.iterdir()) == []


def test_kill_9_loses_no_sealed_segment(tmp_path: Path) -> None:
    """A child seals as fast as it can and says each number; it is killed in the middle."""
    program = (
        "import sys; from pathlib import Path; from tests.record.rows import rows\n"
        "from hornbook.record.segments import SegmentWriter\n"
        f"writer = SegmentWriter(Path(sys.argv[1]), '{NODE}')\n"
        "while True:\n"
        "    writer.append(rows(50)); print(writer.seal().no, flush=True)\n"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)],
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert child.stdout
    said = [int(child.stdout.readline()) for _ in range(20)]
    child.send_signal(signal.SIGKILL)
    said += [int(word) for word in child.stdout.read().split()]
    child.wait()
    child.stdout.close()
    (after,) = sealed(tmp_path, 1)
    assert after.no > said[-1]
    assert verify_chain(tmp_path, NODE) == []


def test_a_half_written_last_line_is_set_aside_and_its_file_adopted(tmp_path: Path) -> None:
    sealed(tmp_path, 2)
    manifest = tmp_path / NODE / MANIFEST
    whole = manifest.read_bytes()
    os.truncate(manifest, len(whole) - 40)
    assert "line 2: the last line is half-written" in what_is_wrong(tmp_path)

    writer = SegmentWriter(tmp_path, NODE)
    assert "half-written" in writer.notes[0]
    assert "adopted" in writer.notes[1]
    writer.close()
    assert manifest.read_bytes() == whole
    (torn,) = (tmp_path / NODE / "aside").iterdir()
    assert whole.splitlines()[1].startswith(torn.read_bytes())
    assert verify_chain(tmp_path, NODE) == []


def test_a_file_that_does_not_continue_the_chain_is_set_aside(tmp_path: Path) -> None:
    (line,) = sealed(tmp_path, 1)
    file = tmp_path / NODE / line.file
    copy = file.with_name("00000002.parquet")
    copy.write_bytes(file.read_bytes())
    file.with_name(".00000003.parquet.99.abcd").write_bytes(b"half")

    writer = SegmentWriter(tmp_path, NODE)
    assert "set aside" in writer.notes[0]
    writer.close()
    assert sorted(path.name for path in file.parent.iterdir()) == ["00000001.parquet"]
    assert (tmp_path / NODE / "aside" / "00000002.parquet").exists()
    assert verify_chain(tmp_path, NODE) == []


def test_rows_wait_while_the_disk_refuses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, body: bytes) -> None:
        raise OSError(28, "No space left on device")

    writer = SegmentWriter(tmp_path, NODE)
    writer.append(rows(3))
    with monkeypatch.context() as patch:
        patch.setattr(segments, "write_atomically", full)
        with pytest.raises(OSError, match="No space"):
            writer.seal()
    line = writer.seal()
    assert line
    assert (line.no, line.rows) == (1, 3)
    writer.close()


def test_rows_that_no_longer_fit_in_memory_are_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(segments, "MAX_PENDING_ROWS", 5)
    writer = SegmentWriter(tmp_path, NODE)
    writer.append(rows(4))
    writer.append(rows(2))
    assert writer.lost == 2
    writer.close()


def rewrite(folder: Path, number: int, **changes: object) -> None:
    manifest = folder / NODE / MANIFEST
    lines = manifest.read_bytes().splitlines()
    lines[number - 1] = canonical(json.loads(lines[number - 1]) | changes)
    manifest.write_bytes(b"\n".join(lines) + b"\n")


def test_a_changed_line_is_found(tmp_path: Path) -> None:
    sealed(tmp_path, 3)
    rewrite(tmp_path, 2, rows=1)
    (problem,) = verify_chain(tmp_path, NODE)
    assert problem.line == 2
    assert "hash does not fit" in problem.what


def test_a_changed_line_with_a_mended_hash_breaks_the_next(tmp_path: Path) -> None:
    _, second, _ = sealed(tmp_path, 3)
    forged = ManifestLine(**(asdict(second) | {"rows": 1})).sealed()
    rewrite(tmp_path, 2, rows=1, hash=forged.hash)
    (problem,) = verify_chain(tmp_path, NODE)
    assert problem.line == 3
    assert "does not follow" in problem.what


def test_a_dropped_line_is_found(tmp_path: Path) -> None:
    sealed(tmp_path, 3)
    manifest = tmp_path / NODE / MANIFEST
    lines = manifest.read_bytes().splitlines(keepends=True)
    manifest.write_bytes(lines[0] + lines[2])
    assert "line 2: it does not follow the line before it" in what_is_wrong(tmp_path)


def test_changed_and_missing_files_are_named(tmp_path: Path) -> None:
    first, second = sealed(tmp_path, 2)
    file = tmp_path / NODE / first.file
    body = bytearray(file.read_bytes())
    body[100] ^= 1
    file.write_bytes(body)
    (tmp_path / NODE / second.file).unlink()
    found = what_is_wrong(tmp_path)
    assert f"line 1: {first.file} was changed" in found
    assert f"line 2: {second.file} cannot be read" in found


def test_a_manifest_that_cannot_be_read_is_not_continued(tmp_path: Path) -> None:
    sealed(tmp_path, 2)
    manifest = tmp_path / NODE / MANIFEST
    before = b"what is this\n" + manifest.read_bytes()
    manifest.write_bytes(before)
    with pytest.raises(RecordError, match="cannot be continued"):
        SegmentWriter(tmp_path, NODE)
    assert manifest.read_bytes() == before


def test_a_line_cannot_point_outside_its_folder(tmp_path: Path) -> None:
    sealed(tmp_path, 1)
    rewrite(tmp_path, 1, file="../../etc/passwd")
    assert "outside the folder" in what_is_wrong(tmp_path)


def test_a_node_without_a_record_is_a_problem(tmp_path: Path) -> None:
    assert "there is no manifest" in what_is_wrong(tmp_path)


def test_the_file_carries_its_schema_and_place_in_the_chain(tmp_path: Path) -> None:
    (line,) = sealed(tmp_path, 1)
    marks = pq.read_schema(tmp_path / NODE / line.file).metadata or {}
    assert marks[b"hornbook.activity"] == b"3"
    assert marks[b"hornbook.prev"] == GENESIS.encode()


def test_batches_with_different_dictionaries_are_sealed_together(tmp_path: Path) -> None:
    writer = SegmentWriter(tmp_path, NODE)
    for name in ("north", "south", "north"):
        writer.append(rows(1, site=name))
    line = writer.seal()
    assert line
    found: pa.Table = pq.read_table(tmp_path / NODE / line.file, partitioning=None)
    assert found.column("site").to_pylist() == ["north", "south", "north"]
    writer.close()
