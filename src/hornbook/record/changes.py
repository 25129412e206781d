"""The chain of the compacted lake: one line for each change of what it consists of.

In the store, beside the files::

    changes/00000001.json               one change, canonical JSON, chained by its hash
    changes/00000001-00000256.jsonl     the first 256 of them once more, to read them at once
    day=2026-10-05/site=maple/00000001-0.parquet
    day=2026-10-05/site=maple/00000001-0.sums         how many rows by quarter hour and by name

A change takes ranges of nodes' segments (``compact``) or earlier files (``merge``, ``retire``)
out of the lake and puts files in. It counts from the moment its own line is there; a file that
no line lists is not part of the record. ``digest`` is the order-free sum of the rows that went
in (``rowsum``): for a compaction or merge, also of those that came out.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import PurePosixPath
from typing import Any

from hornbook.record.manifest import GENESIS, BadLine, Spanned, canonical
from hornbook.record.store import Store
from hornbook.record.sums import sums_path

FOLDER = "changes"
FOLD = 256
KINDS = ("compact", "merge", "retire")


@dataclass(frozen=True)
class Range:
    """Segments ``first`` to ``last`` of a node; ``head`` is the hash of line ``last``."""

    node: str
    first: int
    last: int
    head: str
    rows: int


@dataclass(frozen=True)
class Gone:
    """A file of the lake that a change took out."""

    file: str
    sha256: str
    rows: int


@dataclass(frozen=True)
class File(Spanned):
    """A file of the lake. Rows of one site (key, "" unknown) and one day (UTC), by person and time.

    Times as in ``ManifestLine``. ``sums`` is the SHA-256 of the file of sums beside it and
    ``sums_bytes`` its size; "" and 0 where there is none, and then the line does not name them.
    """

    file: str
    site: str
    day: str
    rows: int
    bytes: int
    first_at: str
    last_at: str
    sha256: str
    schema: int
    sums: str = ""
    sums_bytes: int = 0

    @property
    def paths(self) -> list[str]:
        """The file itself, and its sums."""
        return [self.file, sums_path(self.file)] if self.sums else [self.file]

    @property
    def gone(self) -> Gone:
        return Gone(self.file, self.sha256, self.rows)


@dataclass(frozen=True)
class Change:
    """One line. ``why`` is empty but for a retirement: its reason, citation and certificate."""

    no: int
    kind: str
    made_at: str
    ranges: tuple[Range, ...]
    inputs: tuple[Gone, ...]
    outputs: tuple[File, ...]
    digest: str
    why: Mapping[str, Any]
    prev: str
    hash: str = ""

    def sealed(self) -> Change:
        return replace(self, hash=self.own_hash())

    def own_hash(self) -> str:
        body = self.told()
        del body["hash"]
        return hashlib.sha256(canonical(body)).hexdigest()

    def told(self) -> dict[str, Any]:
        """What the line says. Lines from before there were sums stay what they were."""
        body = asdict(self)
        for one in body["outputs"]:
            if not one["sums"]:
                del one["sums"], one["sums_bytes"]
        return body

    @cached_property
    def rows_in(self) -> int:
        return sum(one.rows for one in self.ranges) + sum(one.rows for one in self.inputs)

    @cached_property
    def rows_out(self) -> int:
        return sum(one.rows for one in self.outputs)


def write_change(change: Change) -> bytes:
    return canonical(change.told()) + b"\n"


def read_change(text: bytes) -> Change:
    """Read one line, without its line break. Raises BadLine."""
    try:
        raw = json.loads(text)
        for name, kind in (("ranges", Range), ("inputs", Gone), ("outputs", File)):
            raw[name] = tuple(kind(**one) for one in raw[name])
        change = Change(**raw)
        if canonical(change.told()) != text:
            raise BadLine("it is not in canonical form")
        if any(moment.tzinfo is None for one in change.outputs for moment in one.span):
            raise BadLine("its times name no time zone")
    except BadLine:
        raise
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise BadLine(f"it is no line of the lake ({error})") from error
    if change.kind not in KINDS or any(_escapes(one.file) for one in change.outputs):
        raise BadLine("it names what cannot be there")
    return change


def _escapes(file: str) -> bool:
    path = PurePosixPath(file)
    return path.is_absolute() or ".." in path.parts


@dataclass
class Changes:
    """What was read of the chain so far; it only grows. ``problems`` name file and fault."""

    store: Store
    lines: list[Change] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    _live: dict[str, File] = field(default_factory=dict)
    _covered: dict[str, int] = field(default_factory=dict)

    @property
    def last(self) -> Change | None:
        return self.lines[-1] if self.lines else None

    @property
    def live(self) -> list[File]:
        """The files that make the lake up now."""
        return list(self._live.values())

    def covered(self, node: str) -> int:
        """The number of the last segment of that node whose rows are in the lake."""
        return self._covered.get(node, 0)

    @property
    def nodes(self) -> dict[str, int]:
        return dict(self._covered)

    def read_on(self) -> None:
        """Read what was added since. A line that cannot be read ends the reading."""
        self.problems = []
        while True:
            no = self.last.no + 1 if self.last else 1
            fold = f"{FOLDER}/{no:08}-{no + FOLD - 1:08}.jsonl"
            if (no - 1) % FOLD == 0 and self.store.size(fold) is not None:
                texts = self.store.get(fold).split(b"\n")[:-1]
                where = [f"{fold}, line {n}" for n in range(1, len(texts) + 1)]
            elif self.store.size(path_of(no)) is not None:
                where, texts = [path_of(no)], [self.store.get(path_of(no)).removesuffix(b"\n")]
            else:
                return
            for place, text in zip(where, texts, strict=True):
                if not self._take(place, text):
                    return

    def _take(self, place: str, text: bytes) -> bool:
        try:
            change = read_change(text)
        except BadLine as error:
            self.problems.append(f"{self.store.where}/{place}: unreadable: {error}")
            return False
        self.problems += [f"{self.store.where}/{place}: {f}" for f in faults(change, self.last)]
        self._apply(change)
        return True

    def _apply(self, change: Change) -> None:
        self.lines.append(change)
        for part in change.ranges:
            self._covered[part.node] = max(self.covered(part.node), part.last)
        for gone in change.inputs:
            self._live.pop(gone.file, None)
        self._live.update({one.file: one for one in change.outputs})

    def append(
        self,
        kind: str,
        *,
        ranges: Iterable[Range] = (),
        inputs: Iterable[Gone] = (),
        outputs: Iterable[File] = (),
        digest: str,
        why: Mapping[str, Any] | None = None,
    ) -> Change:
        """Put one change at the end. The caller holds the lock of the lake."""
        change = Change(
            no=self.last.no + 1 if self.last else 1,
            kind=kind,
            made_at=datetime.now(UTC).isoformat(),
            ranges=tuple(ranges),
            inputs=tuple(inputs),
            outputs=tuple(outputs),
            digest=digest,
            why=dict(why or {}),
            prev=self.last.hash if self.last else GENESIS,
        ).sealed()
        self.store.put(path_of(change.no), write_change(change))
        self._apply(change)
        if change.no % FOLD == 0:
            self._fold(change.no)
        return change

    def _fold(self, last: int) -> None:
        """A copy only, made when it is time; without it reading is slower and nothing else."""
        body = b"".join(write_change(one) for one in self.lines[last - FOLD : last])
        self.store.put(f"{FOLDER}/{last - FOLD + 1:08}-{last:08}.jsonl", body)


def path_of(no: int) -> str:
    return f"{FOLDER}/{no:08}.json"


def faults(change: Change, previous: Change | None) -> list[str]:
    """What is wrong with a line and its place in the chain."""
    found = []
    if change.hash != change.own_hash():
        found.append("its hash does not fit its words: the line was changed")
    if change.prev != (previous.hash if previous else GENESIS):
        found.append("it does not follow the line before it: a line was dropped, added or moved")
    if change.no != (previous.no + 1 if previous else 1):
        found.append(f"its number {change.no} does not follow")
    if change.kind != "retire" and change.rows_in != change.rows_out:
        found.append(f"{change.rows_in} rows went in and {change.rows_out} came out")
    return found
