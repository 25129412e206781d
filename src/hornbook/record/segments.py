"""Seal rows into Parquet files that are complete or absent, each with a chained manifest line.

On disk, under ``<folder>/<node>/``::

    manifest.jsonl                  the chain: what belongs to the record
    day=2026-10-05/00000042.parquet segment 42; the day (UTC) of its first row
    aside/                          what a crash left half-written, kept for people to look at
    lock                            held by the one writer

A segment is sealed in two steps: the file appears by fsync and rename, then its line is
appended. A crash between the two leaves one whole file without a line. The file names its
node, its number and the hash of the line before it; when these continue the chain, the next
start **adopts** it (its rows are evidence), otherwise it is set aside. Rows that were not
sealed yet are lost with the process: seal every few seconds.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
from contextlib import suppress
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from hornbook.instance import InstanceError, sync_folder, write_atomically
from hornbook.record.manifest import (
    COMPACTED,
    GENESIS,
    MANIFEST,
    ROLL,
    BadLine,
    ManifestLine,
    append_line,
    manifests,
    parse_line,
    roll,
    whole_lines,
)
from hornbook.record.schema import ACTIVITY, VERSION, as_activity, columns_of
from hornbook.record.verify import Problem, verify_chain

__all__ = ["NODE_NAME", "Problem", "RecordError", "SegmentWriter", "hold", "verify_chain"]

MAX_PENDING_ROWS = 4_000_000  # about 1 GB: what a node may hold while its disk refuses writes
_FEW_VALUES: Any = [name for name in ACTIVITY.names if name != "at"]
NODE_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")


class RecordError(InstanceError):
    """The record cannot be written; the message says where and what to do."""


class SegmentWriter:
    """The one writer of a node's segments. Continues the chain that it finds.

    ``notes`` says in plain words what the start found and mended. ``lost`` counts rows that
    were refused because sealing failed for so long that memory would run out; a node shows
    it in its heartbeat. Raises RecordError when another writer holds the folder or when the
    chain that is there cannot be continued.
    """

    def __init__(self, folder: Path, node: str) -> None:
        if not NODE_NAME.fullmatch(node):
            raise RecordError(f"“{node}” cannot name a node: use a-z, 0-9, dot, dash, underscore.")
        if node == COMPACTED:
            raise RecordError(f"“{node}” is the folder of what was compacted: name the node else.")
        self.node = node
        self.folder = folder / node
        self.notes: list[str] = []
        self.lost = 0
        self._pending: list[pa.RecordBatch] = []
        self._pending_rows = 0
        self.folder.mkdir(parents=True, exist_ok=True)
        self._lock = hold(self.folder / "lock")
        self._rolled_to = 0  # the last number that is in a manifest put aside
        self._last = self._recover()

    @property
    def segments(self) -> int:
        """How many were sealed in this chain so far."""
        return self._last.no if self._last else 0

    def append(self, batch: pa.RecordBatch) -> None:
        """Keep rows for the next seal. Raises BadRows when they do not fit ``ACTIVITY``.

        Batches that share their dictionaries (the same objects) cost least to seal.
        """
        if self._pending_rows + batch.num_rows > MAX_PENDING_ROWS:
            self.lost += batch.num_rows
            return
        if batch.num_rows:
            self._pending.append(as_activity(batch))
            self._pending_rows += batch.num_rows

    def seal(self) -> ManifestLine | None:
        """Write what was appended as one segment; None when there was nothing.

        When this raises (OSError: disk full, say), the rows stay and the next seal tries again.
        """
        if not self._pending:
            return None
        table = pa.Table.from_batches(self._pending).combine_chunks()  # one dictionary each
        line = self._write(table)
        self._pending, self._pending_rows = [], 0
        return line

    def close(self) -> None:
        """Seal what is left and let the folder go."""
        try:
            self.seal()
        finally:
            os.close(self._lock)

    def _write(self, table: pa.Table) -> ManifestLine:
        no, prev = self._next()
        body = _parquet(table, {"node": self.node, "no": str(no), "prev": prev})
        first_at, _ = _span(table)
        path = self.folder / f"day={first_at:%Y-%m-%d}" / f"{no:08}.parquet"
        if not path.parent.is_dir():
            path.parent.mkdir()
            sync_folder(self.folder)
        write_atomically(path, body)
        return self._enlist(path, body, table)

    def _next(self) -> tuple[int, str]:
        return (self._last.no + 1, self._last.hash) if self._last else (1, GENESIS)

    def _enlist(self, path: Path, body: bytes, table: pa.Table) -> ManifestLine:
        no, prev = self._next()
        span = _span(table)
        line = ManifestLine(
            no=no,
            file=path.relative_to(self.folder).as_posix(),
            rows=table.num_rows,
            bytes=len(body),
            first_at=span[0].isoformat(),
            last_at=span[1].isoformat(),
            sha256=hashlib.sha256(body).hexdigest(),
            schema=_version(table),
            prev=prev,
        ).sealed()
        append_line(self.folder, line)
        self._last = line
        if no - self._rolled_to >= ROLL:
            roll(self.folder, self._rolled_to + 1, no)
            self._rolled_to = no
        return line

    # --- what the start does -------------------------------------------------------------

    def _recover(self) -> ManifestLine | None:
        """Find the end of the chain; mend a torn last line and files without a line."""
        lines = self._read_manifest()
        self._last = lines[-1] if lines else self._last_of_history()
        self._rolled_to = lines[0].no - 1 if lines else self._next()[0] - 1
        listed = {self.folder / line.file for line in lines}
        for stray in sorted(self.folder.glob("day=*/.*")):
            stray.unlink()  # never renamed, so never part of anything
        for path in sorted(self.folder.glob("day=*/*.parquet")):
            if path not in listed and not self._in_history(path):
                self._adopt_or_set_aside(path)
        return self._last

    def _last_of_history(self) -> ManifestLine | None:
        history = manifests(self.folder)[:-1]
        if not history:
            return None
        return _parsed(history[-1], history[-1].read_bytes())[-1]

    def _in_history(self, path: Path) -> bool:
        return path.stem.isdecimal() and int(path.stem) <= self._rolled_to

    def _read_manifest(self) -> list[ManifestLine]:
        path = self.folder / MANIFEST
        if not path.exists():
            path.touch()
            sync_folder(self.folder)
        body = path.read_bytes()
        torn = body[body.rfind(b"\n") + 1 :]
        if torn:
            self._set_aside(f"manifest-torn-{datetime.now(UTC):%Y%m%dT%H%M%S%f}", torn)
            os.truncate(path, len(body) - len(torn))
            self.notes.append(f"{path}: the last line was half-written; kept in aside/")
        return _parsed(path, body)

    def _adopt_or_set_aside(self, path: Path) -> None:
        body = path.read_bytes()
        table = _continues(body, self.node, *self._next())
        if table is None:
            self._set_aside(path.name, body)
            path.unlink()
            self.notes.append(f"{path}: not in the manifest and no continuation; set aside")
            return
        self._enlist(path, body, table)
        self.notes.append(f"{path}: sealed but not in the manifest; adopted")

    def _set_aside(self, name: str, body: bytes) -> None:
        aside = self.folder / "aside"
        aside.mkdir(exist_ok=True)
        if (aside / name).exists():
            name = f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}-{name}"
        write_atomically(aside / name, body)


def _parsed(path: Path, body: bytes) -> list[ManifestLine]:
    try:
        return [parse_line(text) for text in whole_lines(body)]
    except BadLine as error:
        raise RecordError(
            f"{path} cannot be continued: {error}. Keep the folder as evidence "
            "(rename it); a new chain then starts."
        ) from error


def hold(path: Path) -> int:
    """Hold ``path`` until this process ends, however it ends (flock(2))."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        owner = os.pread(descriptor, 32, 0).decode(errors="replace").strip() or "unknown"
        os.close(descriptor)
        raise RecordError(
            f"{path.parent} is being written by another process ({owner}). "
            "Stop it, or give this node another name in instance.json."
        ) from error
    with suppress(OSError):  # who holds it is told for people only; a full disk must not matter
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"pid {os.getpid()}\n".encode(), 0)
    return descriptor


def _parquet(table: pa.Table, chain: dict[str, str]) -> bytes:
    """The bytes of one segment file. ``chain`` is what makes it adoptable after a crash."""
    marks = dict(ACTIVITY.metadata or {})
    marks.update({f"hornbook.{key}".encode(): value.encode() for key, value in chain.items()})
    table = table.replace_schema_metadata(marks)
    out = BytesIO()
    pq.write_table(
        table,
        out,
        compression="zstd",
        compression_level=1,
        write_page_checksum=True,
        use_dictionary=_FEW_VALUES,
        column_encoding={"at": "DELTA_BINARY_PACKED"},
        dictionary_pagesize_limit=4 << 20,
        write_statistics=["at"],  # what readers cut by; of words they cost more than the rest
    )
    return out.getvalue()


def _span(table: pa.Table) -> tuple[datetime, datetime]:
    moments = table.column("at")
    return _utc(pc.min(moments)), _utc(pc.max(moments))


def _version(table: pa.Table) -> int:
    """What its columns say: a file of an older writer is adopted as what it is."""
    return next(n for n in range(VERSION, 0, -1) if columns_of(n) == table.column_names)


def _utc(moment: pa.Scalar[Any]) -> datetime:
    found: datetime = moment.as_py()
    return found.astimezone(UTC)


def _continues(body: bytes, node: str, no: int, prev: str) -> pa.Table | None:
    """The rows of a whole segment file that is the next of this chain, else None."""
    try:
        table = pq.read_table(BytesIO(body), page_checksum_verification=True)
    except (pa.ArrowException, OSError):
        return None
    marks = table.schema.metadata or {}
    found = [marks.get(f"hornbook.{key}".encode(), b"").decode() for key in ("node", "no", "prev")]
    return table if found == [node, str(no), prev] and table.num_rows else None
