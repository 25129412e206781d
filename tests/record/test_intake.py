"""Segments of other machines: delivered at least once, here exactly once, refused when wrong."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from hornbook.node.sync.delivery import deliver
from hornbook.node.sync.sources import SourceError
from hornbook.record import intake
from hornbook.record.compaction import compactor
from hornbook.record.intake import Refused, head_of, take_in
from hornbook.record.lake import Lake
from hornbook.record.manifest import MANIFEST, canonical_line, parse_line, whole_lines
from hornbook.record.segments import RecordError, SegmentWriter
from hornbook.record.verify import verify_record
from tests.record.rows import NOON, rows

NODE = "far-1"
DAY = timedelta(days=1)


class Console:
    """The console's side without HTTP; loses its first answers when told to."""

    def __init__(self, folder: Path, deaf: int = 0) -> None:
        self.folder, self.deaf = folder, deaf

    def head(self, node: str) -> tuple[int, str]:
        found = head_of(self.folder, node)
        return found.no, found.hash

    def deliver(self, node: str, line: bytes, body: bytes) -> tuple[int, str]:
        found = take_in(self.folder, node, line, body)
        if self.deaf:
            self.deaf -= 1
            raise SourceError("the answer was lost")
        return found.no, found.hash


@pytest.fixture
def far(tmp_path: Path) -> Path:
    folder = tmp_path / "far"
    writer = SegmentWriter(folder, NODE)
    for number in range(5):
        writer.append(rows(2, at=NOON + timedelta(minutes=number), node=NODE, person=f"p{number}"))
        writer.seal()
    writer.close()
    return folder


@pytest.fixture
def console(tmp_path: Path) -> Path:
    folder = tmp_path / "console"
    folder.mkdir()
    return folder


def lines(folder: Path) -> list[bytes]:
    return list(whole_lines((folder / NODE / MANIFEST).read_bytes()))


def segment(folder: Path, number: int) -> tuple[bytes, bytes]:
    text = lines(folder)[number - 1]
    return text, (folder / NODE / parse_line(text).file).read_bytes()


def count(record: Path) -> int:
    with Lake(record).window(NOON - DAY, NOON + DAY) as window:
        return sum(row["n"] for row in window.counts("person"))


def test_everything_arrives_in_order(far: Path, console: Path) -> None:
    assert deliver(far, Console(console), NOON) == 5
    assert deliver(far, Console(console), NOON) == 0
    assert lines(console) == lines(far)
    assert (verify_record(console), count(console)) == ([], 10)


def test_a_lost_answer_doubles_nothing(far: Path, console: Path) -> None:
    losing = Console(console, deaf=2)
    for _ in range(2):
        with pytest.raises(SourceError):
            deliver(far, losing, NOON)
    deliver(far, losing, NOON)
    assert count(console) == 10
    assert take_in(console, NODE, *segment(far, 3)).no == 5  # once more, long after


def test_what_was_compacted_meanwhile_is_not_taken_twice(far: Path, console: Path) -> None:
    deliver(far, Console(console), NOON)
    with compactor(console) as lake:
        lake.compact(NOON + DAY)
    take_in(console, NODE, *segment(far, 5))
    assert (count(console), verify_record(console)) == (10, [])


def test_what_does_not_follow_is_refused(far: Path, console: Path) -> None:
    with pytest.raises(Refused, match="does not follow 0"):
        take_in(console, NODE, *segment(far, 2))
    line, body = segment(far, 1)
    with pytest.raises(Refused, match="not what its line says"):
        take_in(console, NODE, line, body[:-1] + b"x")
    with pytest.raises(Refused, match="was changed on the way"):
        take_in(console, NODE, line.replace(b'"rows":2', b'"rows":3'), body)
    with pytest.raises(Refused, match="cannot name a node"):
        take_in(console, "../up", line, body)
    assert not list(console.rglob("*.parquet"))


def test_a_node_that_was_set_up_anew_is_told_to_take_another_name(
    far: Path, console: Path, tmp_path: Path
) -> None:
    deliver(far, Console(console), NOON)
    again = tmp_path / "again"
    writer = SegmentWriter(again, NODE)
    writer.append(rows(1, node=NODE, person="other"))
    writer.close()
    with pytest.raises(Refused, match="another name"):
        take_in(console, NODE, *segment(again, 1))
    with pytest.raises(SourceError, match="another name"):
        deliver(again, Console(console), NOON)


def test_a_local_writer_keeps_its_chain(far: Path, console: Path) -> None:
    writer = SegmentWriter(console, NODE)
    with pytest.raises(RecordError, match="another process"):
        take_in(console, NODE, *segment(far, 1))
    writer.close()


def test_a_crash_between_file_and_line_is_mended_by_the_next_delivery(
    far: Path, console: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(intake, "append_line", die)
        with pytest.raises(OSError, match="No space"):
            take_in(console, NODE, *segment(far, 1))
    take_in(console, NODE, *segment(far, 1))
    manifest = console / NODE / MANIFEST
    manifest.write_bytes(manifest.read_bytes() + b'{"half')
    deliver(far, Console(console), NOON)
    assert (verify_record(console), count(console)) == ([], 10)


def test_delivered_segments_leave_the_node_after_a_day(far: Path, console: Path) -> None:
    deliver(far, Console(console), NOON)
    assert len(list(far.rglob("*.parquet"))) == 5
    deliver(far, Console(console), NOON + 2 * DAY)
    assert not list(far.rglob("*.parquet"))
    assert verify_record(far) == []
    writer = SegmentWriter(far, NODE)  # the chain goes on
    writer.append(rows(2, node=NODE))
    writer.close()
    assert deliver(far, Console(console), NOON) == 1
    assert count(console) == 12


def test_a_long_chain_is_put_aside_there_too(
    far: Path, console: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "ROLL", 2)
    deliver(far, Console(console), NOON)
    names = sorted(path.name for path in (console / NODE).glob("manifest*"))
    assert names[0] == "manifest-00000001-00000002.jsonl"
    assert len(names) == 3
    assert (verify_record(console), count(console)) == ([], 10)
    assert canonical_line(parse_line(lines(console)[0])) == lines(far)[4]
