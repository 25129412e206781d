"""The lake in a store that speaks S3: the same files, the same answers, over the network."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from hornbook.record.changes import Changes
from hornbook.record.compaction import compactor
from hornbook.record.lake import Lake, Where
from hornbook.record.segments import SegmentWriter
from hornbook.record.store import URL, FolderStore, StoreError, open_store
from hornbook.record.verify import verify_record
from tests.record.rows import BLOCKED, NOON, rows

LATER = NOON + timedelta(days=9)
SERVER = Path(sys.prefix) / "s3" / "bin" / "moto_server"
needs_server = pytest.mark.skipif(
    not SERVER.exists(),
    reason="no S3 server: install requirements/s3server.txt into .venv/s3 (see .ci/run)",
)


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    """A real S3 server of its own process, gone afterwards."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with subprocess.Popen(
        [SERVER, "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as server:
        try:
            _wait(port, server)
            yield f"127.0.0.1:{port}"
        finally:
            server.kill()


def _wait(port: int, server: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        assert server.poll() is None, "the S3 server ended"
        with socket.socket() as trial:
            if trial.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError("the S3 server does not listen")


@pytest.fixture
def url(endpoint: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of an empty bucket."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    bucket = f"b{abs(hash(request.node.name)) % 10**9}"
    found = f"s3://{bucket}/lake?scheme=http&endpoint_override={endpoint}"
    from pyarrow.fs import FileSystem

    filesystem, _ = FileSystem.from_uri(f"{found}&allow_bucket_creation=true")
    filesystem.create_dir(bucket)
    return found


def fill(record: Path) -> None:
    writer = SegmentWriter(record, "north")
    for number in range(3):
        writer.append(rows(4, at=NOON + timedelta(minutes=number), node="north"))
        writer.append(rows(2, at=NOON, site="oak", node="north", **BLOCKED))
        writer.seal()
    writer.close()


@needs_server
def test_the_lake_lives_in_an_object_store(tmp_path: Path, url: str) -> None:
    (tmp_path / URL).write_text(url)
    fill(tmp_path)
    with compactor(tmp_path) as lake:
        lake.compact(NOON + timedelta(minutes=1, seconds=30))
        lake.compact(LATER)
        lake.merge(LATER.date())
        assert len(lake.changes.live) == 2
    assert not list(tmp_path.rglob("*.parquet"))
    with Lake(tmp_path).window(NOON, LATER, Where(sites=("oak",))) as window:
        assert window.counts("action", "clause") == [
            {"action": "block", "clause": "PRO-1@2", "n": 6}
        ]
    with Lake(tmp_path).window(NOON, LATER) as window:
        assert sum(row["n"] for row in window.counts("site")) == 18
        assert window.problems == []
    assert verify_record(tmp_path) == []


@needs_server
def test_a_changed_object_is_found_and_left_out(tmp_path: Path, url: str) -> None:
    (tmp_path / URL).write_text(url)
    fill(tmp_path)
    with compactor(tmp_path) as lake:
        lake.compact(LATER)
        (oak,) = [file for file in lake.changes.live if file.site == "oak"]
        body = bytearray(lake.store.get(oak.file))
        body[len(body) // 2] ^= 1
        lake.store.put(oak.file, bytes(body))
    (problem,) = verify_record(tmp_path)
    assert oak.file in problem.file
    assert "was changed" in problem.what


@needs_server
def test_strays_of_a_crash_are_swept(tmp_path: Path, url: str) -> None:
    store = open_store(url)
    store.put("day=2026-10-05/site=oak/00000001-0.parquet", b"stray")
    fill(tmp_path)
    with compactor(tmp_path, store) as lake:
        assert lake.changes.last is None
        assert store.paths() == []
        lake.compact(LATER)
        assert len(store.paths()) == 5  # two files, their sums, and the line


def test_a_url_that_cannot_be_used_is_refused() -> None:
    with pytest.raises(StoreError, match="Name a folder"):
        open_store("gopher://there/lake")


def test_an_empty_folder_has_no_lake(tmp_path: Path) -> None:
    store = FolderStore(tmp_path / "none")
    lake = Changes(store)
    lake.read_on()
    assert (lake.live, lake.problems, store.paths()) == ([], [], [])
    store.delete("nothing")
    assert list(tmp_path.iterdir()) == []
