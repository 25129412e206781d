"""Which files hold the rows of a period: those of the compacted lake, and newer segments.

Only files that a chain lists count. The list stays small for years: a finished day is one file a
site, and manifests of segments that were compacted are not read again.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from hornbook.record.changes import Changes, File
from hornbook.record.manifest import BadLine, ManifestLine, manifests, parse_line, whole_lines
from hornbook.record.store import FolderStore, Store, store_of
from hornbook.record.sums import sums_path
from hornbook.record.verify import nodes_in


@dataclass(frozen=True)
class Held:
    """One file with rows of the period. ``node`` is "" for a file of the lake."""

    store: Store
    line: ManifestLine | File
    node: str = ""

    @property
    def address(self) -> str:
        return self.store.address(self.line.file)

    @property
    def name(self) -> str:
        return f"{self.store.where}/{self.line.file}"

    @property
    def sums(self) -> str:
        """The hash of the sums beside it; "" where there are none."""
        return self.line.sums if isinstance(self.line, File) else ""

    @property
    def sums_address(self) -> str:
        return self.store.address(sums_path(self.line.file))

    def fault(self) -> str | None:
        """What one look at the file's size tells; None when it may be whole."""
        if not isinstance(self.store, FolderStore):
            return None  # a question over the network for each file would cost more than it tells
        try:
            size = self.store.size(self.line.file)
        except OSError as error:
            return f"{self.name}: cannot be read: {error.strerror}"
        if size is None:
            return f"{self.name}: cannot be read: No such file or directory"
        sealed = self.line.bytes
        return None if size == sealed else f"{self.name}: {size} bytes, sealed with {sealed}"

    def is_whole(self) -> bool:
        return self._has(self.line.file, self.line.sha256)

    def sums_are_whole(self) -> bool:
        return self._has(sums_path(self.line.file), self.sums)

    def _has(self, path: str, sha256: str) -> bool:
        try:
            return hashlib.sha256(self.store.get(path)).hexdigest() == sha256
        except OSError:
            return False


@dataclass
class _Manifest:
    """What was read of one manifest so far; only whole lines count, so it only ever grows."""

    inode: int = 0
    offset: int = 0
    count: int = 0
    lines: list[ManifestLine] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def read_on(self, path: Path) -> None:
        """Read what was added since. Raises OSError."""
        with path.open("rb") as file:
            status = path.stat()
            if status.st_ino != self.inode or status.st_size < self.offset:
                self.__init__(status.st_ino)  # type: ignore[misc]  # another: read it anew
            file.seek(self.offset)
            for text in whole_lines(file.read()):
                self.offset += len(text) + 1
                self.count += 1
                try:
                    self.lines.append(parse_line(text))
                except BadLine as error:
                    self.problems.append(f"{path}, line {self.count}: unreadable: {error}")


class Catalogue:
    """All files under one ``record`` folder. Safe to share between threads."""

    def __init__(self, record: Path) -> None:
        self.record = record
        self._changes = Changes(store_of(record))
        self._manifests: dict[Path, _Manifest] = {}
        self._reading = threading.Lock()

    def files(
        self, since: datetime, until: datetime, sites: Collection[str] | None = None
    ) -> tuple[list[Held], list[str]]:
        """The files that may hold rows of the period and of those sites, newest first; problems.

        A compaction that ends meanwhile takes segments away, so then everything is listed again.
        """
        with self._reading:
            while True:
                known = self._read_changes()
                found, problems = self._list(since, until, sites)
                if self._read_changes() == known:
                    break
        found.sort(key=lambda held: held.line.span[1], reverse=True)
        return found, problems

    def _read_changes(self) -> int:
        try:
            self._changes.read_on()
        except OSError as error:
            self._changes.problems.append(f"{self._changes.store.where}: cannot be read: {error}")
        return len(self._changes.lines)

    def _list(
        self, since: datetime, until: datetime, sites: Collection[str] | None
    ) -> tuple[list[Held], list[str]]:
        found = [
            Held(self._changes.store, file)
            for file in self._changes.live
            if file.covers(since, until) and (sites is None or file.site in sites)
        ]
        problems = list(self._changes.problems)
        for node in nodes_in(self.record):
            lines, faults = self._segments(node)
            problems += faults
            store = FolderStore(self.record / node)
            found += [Held(store, line, node) for line in lines if line.covers(since, until)]
        faulty = {held: fault for held in found if (fault := held.fault())}
        return [held for held in found if held not in faulty], problems + list(faulty.values())

    def _segments(self, node: str) -> tuple[list[ManifestLine], list[str]]:
        """The lines of a node that the lake does not cover yet, and what is wrong there."""
        covered = self._changes.covered(node)
        lines: list[ManifestLine] = []
        problems: list[str] = []
        wanted = manifests(self.record / node, covered)
        for path in wanted:
            manifest = self._manifests.setdefault(path, _Manifest())
            try:
                manifest.read_on(path)
            except OSError as error:
                problems.append(f"{path}: cannot be read: {error.strerror}")
                continue
            lines += [line for line in manifest.lines if line.no > covered]
            problems += manifest.problems
        for path in [p for p in self._manifests if p.parent.name == node and p not in wanted]:
            del self._manifests[path]
        return lines, problems
