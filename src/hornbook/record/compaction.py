"""From many small segments to few sorted files, losing and doubling nothing.

``compact`` takes each node's next segments into files of one day (UTC) and site, sorted by
person and time, with statistics, page indexes and Bloom filters for person and name, and with
their sums beside them. ``merge``
makes one file of a finished day and site. ``rewrite`` takes rows out lawfully and leaves the
reason in the chain.

Order of steps: the new files are written and read back (their row sum must be that of what went
in), then the line of the change makes them count, then what they replace is deleted. A crash
before the line leaves strays, one after it leaves leftovers; ``sweep`` removes both.
"""

from __future__ import annotations

import fcntl
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pyarrow as pa

from hornbook.record.changes import Change, Changes, File, Range
from hornbook.record.manifest import ManifestLine, manifests
from hornbook.record.pages import arranged, decode, described, encode, verified
from hornbook.record.rowsum import RowSum, added, as_hex
from hornbook.record.segments import RecordError
from hornbook.record.store import Store, store_of
from hornbook.record.sums import decode_sums, encode_sums, same, sums_of, sums_path
from hornbook.record.verify import nodes_in, readable_lines

MAX_ROWS = 4_000_000  # rows in memory at once: about 1.5 GB
_LOCK = "compacted.lock"


class Compactor:
    """The one that changes the lake of a record folder. Use it in a ``with`` statement.

    ``problems`` names segments that could not be read: their node waits there, the others go on.
    Raises RecordError when another process holds the lake or when its chain is broken.
    """

    def __init__(self, record: Path, store: Store | None = None) -> None:
        self.record = record
        self.changes = Changes(store or store_of(record))
        self.problems: list[str] = []
        self._lock = _locked(record / _LOCK)

    def __enter__(self) -> Compactor:
        try:
            self._read()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._lock.close()

    def _read(self) -> None:
        self.changes.read_on()
        if self.changes.problems:
            raise RecordError(
                f"The lake cannot be changed: {self.changes.problems[0]}. Put that file back "
                "from a copy; “hornbook record verify” tells all that is wrong."
            )

    @property
    def store(self) -> Store:
        return self.changes.store

    # --- segments into the lake ----------------------------------------------------------

    def compact(self, until: datetime) -> list[Change]:
        """Take in all segments whose last row is older than ``until``."""
        made = []
        while batch := self._next_lines(until):
            tables, ranges = self._taken(batch)
            if not ranges:
                break
            made.append(self._commit("compact", pa.concat_tables(tables), ranges=ranges))
            self._delete_segments(batch)
        return made

    def _next_lines(self, until: datetime) -> dict[str, list[ManifestLine]]:
        """The next segments of each node, up to ``MAX_ROWS`` rows together."""
        found: dict[str, list[ManifestLine]] = {}
        rows = 0
        for node in nodes_in(self.record):
            done = self.changes.covered(node)
            for line in readable_lines(manifests(self.record / node, done)):
                if line.no <= done:
                    continue
                follows = line.no == done + 1
                if not follows or line.span[1] >= until or (rows and rows + line.rows > MAX_ROWS):
                    break
                found.setdefault(node, []).append(line)
                done, rows = line.no, rows + line.rows
        return found

    def _taken(
        self, batch: Mapping[str, Sequence[ManifestLine]]
    ) -> tuple[list[pa.Table], list[Range]]:
        tables, ranges = [], []
        for node, lines in batch.items():
            good = []
            for line in lines:
                try:
                    good.append(self._segment(node, line))
                except (OSError, ValueError) as error:
                    self.problems.append(f"{self.record / node / line.file}: {error}")
                    break
            if good:
                taken = lines[: len(good)]
                rows = sum(line.rows for line in taken)
                last = taken[-1]
                ranges.append(Range(node, taken[0].no, last.no, last.hash, rows))
                tables += good
        return tables, ranges

    def _segment(self, node: str, line: ManifestLine) -> pa.Table:
        body = (self.record / node / line.file).read_bytes()
        return verified(body, line.sha256, line.rows)

    def _delete_segments(self, batch: Mapping[str, Sequence[ManifestLine]]) -> None:
        for node, lines in batch.items():
            for line in lines:
                if line.no <= self.changes.covered(node):
                    (self.record / node / line.file).unlink(missing_ok=True)

    # --- files of the lake into others ---------------------------------------------------

    def merge(self, before: date) -> list[Change]:
        """One file for each site and day (UTC) before ``before`` that has more than one.

        A file from before there were sums gets its own.
        """
        groups: dict[tuple[str, str], list[File]] = defaultdict(list)
        for file in self.changes.live:
            if file.day < before.isoformat():
                groups[file.day, file.site].append(file)
        return [
            self._replace("merge", part)
            for _, files in sorted(groups.items())
            for part in _portions(files)
            if len(part) > 1 or not part[0].sums
        ]

    def rewrite(
        self,
        files: Sequence[File],
        keep: Callable[[pa.Table], pa.Table],
        why: Mapping[str, Any],
    ) -> Change:
        """Put what ``keep`` leaves of these files in their place; ``why`` stays in the chain.

        ``keep`` is given all their rows as one table and gives fewer, or none. For lawful
        destruction: the line names the files, their hashes and row counts, and no row.
        """
        return self._replace("retire", files, keep=keep, why=why)

    def _replace(
        self,
        kind: str,
        files: Sequence[File],
        keep: Callable[[pa.Table], pa.Table] | None = None,
        why: Mapping[str, Any] | None = None,
    ) -> Change:
        tables = [verified(self.store.get(file.file), file.sha256, file.rows) for file in files]
        table = pa.concat_tables(tables)
        kept = keep(table) if keep else table
        change = self._commit(kind, kept, inputs=[file.gone for file in files], why=why)
        for path in (path for file in files for path in file.paths):
            self.store.delete(path)
        return change

    # --- both ----------------------------------------------------------------------------

    def _commit(self, kind: str, table: pa.Table, **line: Any) -> Change:
        """Write the files, read them back, then the line."""
        no = self.changes.last.no + 1 if self.changes.last else 1
        table = table.unify_dictionaries().combine_chunks()
        summing = RowSum()
        digest = summing.of(table)
        outputs, digests = [], []
        for place, (day, site, part) in enumerate(arranged(table)):
            body = encode(part)
            path = f"day={day}/site={quote(site, safe='') or '_'}/{no:08}-{place}.parquet"
            self.store.put(path, body)
            back = self.store.get(path)
            rows = decode(back)
            digests.append(summing.of(rows))
            counted = self._write_sums(sums_path(path), rows)
            outputs.append(described(path, site, day, part, back, counted))
        if added(*digests) != digest:
            raise self._not_as_written()
        return self.changes.append(kind, outputs=outputs, digest=as_hex(digest), **line)

    def _write_sums(self, path: str, rows: pa.Table) -> bytes:
        """Count the rows as they were read back; what lies in the store must say the same."""
        sums = sums_of(rows)
        self.store.put(path, encode_sums(sums))
        back = self.store.get(path)
        if not same(decode_sums(back), sums):
            raise self._not_as_written()
        return back

    def _not_as_written(self) -> RecordError:
        return RecordError(
            f"What was written to {self.store.where} is not what was to be written; nothing "
            "was changed. Check the disk or the store."
        )

    def sweep(self) -> list[str]:
        """Delete what no line lists any more (strays and leftovers of a crash); their paths."""
        listed = {path for file in self.changes.live for path in file.paths}
        gone = [
            path for path in self.store.paths() if path.startswith("day=") and path not in listed
        ]
        for path in gone:
            self.store.delete(path)
        for node in nodes_in(self.record):
            covered = self.changes.covered(node)
            for segment in (self.record / node).glob("day=*/*.parquet"):
                if segment.stem.isdecimal() and int(segment.stem) <= covered:
                    segment.unlink()
                    gone.append(str(segment))
        return gone


@contextmanager
def compactor(record: Path, store: Store | None = None) -> Iterator[Compactor]:
    """A compactor that has removed what an earlier crash left."""
    with Compactor(record, store) as found:
        found.sweep()
        yield found


def tidy(record: Path, now: datetime, store: Store | None = None) -> list[str]:
    """What is due: segments of the hours that have passed, then days that have. Problems."""
    hour = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    with compactor(record, store) as found:
        found.compact(hour)
        found.merge((hour - timedelta(hours=1)).date())
        return found.problems


def _portions(files: Sequence[File]) -> Iterator[list[File]]:
    """Together at most ``MAX_ROWS`` rows; what is full already stays as it is."""
    part: list[File] = []
    for file in sorted(files, key=lambda file: (file.rows, file.file)):
        if part and sum(one.rows for one in part) + file.rows > MAX_ROWS:
            yield part
            part = []
        part.append(file)
    yield part


def _locked(path: Path) -> Any:
    path.parent.mkdir(parents=True, exist_ok=True)
    file = path.open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        file.close()
        raise RecordError(f"The lake is being changed by another process ({path}).") from error
    return file
