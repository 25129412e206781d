"""Is the record what it says? Every line, every file, every chain; each fault with its place."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from hornbook.record.changes import Changes, File
from hornbook.record.manifest import (
    COMPACTED,
    GENESIS,
    MANIFEST,
    BadLine,
    ManifestLine,
    manifests,
    parse_line,
    whole_lines,
)
from hornbook.record.pages import decode
from hornbook.record.store import FolderStore, Store, store_of
from hornbook.record.sums import decode_sums, same, sums_of, sums_path


@dataclass(frozen=True)
class Problem:
    """One place where the record is not what it says. ``line`` counts from 1; 0 is no line."""

    file: str
    line: int
    what: str

    def __str__(self) -> str:
        place = f"{self.file}, line {self.line}" if self.line else self.file
        return f"{place}: {self.what}"


def nodes_in(record: Path) -> list[str]:
    """The nodes that have a chain under that record folder."""
    found = {path.parent.name for path in record.glob(f"*/{MANIFEST}")}
    return sorted(found - {COMPACTED})


def verify_record(record: Path, store: Store | None = None) -> list[Problem]:
    """Everything under a record folder: each node's chain, the compacted lake, and their seams.

    Reads and hashes every file. Segments that were compacted are gone; their lines still stand,
    and the lake's line must name the hash of the last of them.
    """
    lake = Changes(store or store_of(record))
    lake.read_on()
    problems = [Problem(*_placed(text)) for text in lake.problems]
    for file in lake.live:
        problems += _lake_faults(lake.store, file)
    problems += _fold_faults(lake)
    for node in nodes_in(record):
        problems += verify_chain(record, node, covered=lake.covered(node))
    return problems + _seam_faults(record, lake)


def _lake_faults(store: Store, file: File) -> list[Problem]:
    """What is wrong with a file of the lake or with its sums, which are counted anew."""
    what = _file_fault(store, file.file, file.sha256)
    found = [Problem(f"{store.where}/{file.file}", 0, what)] if what else []
    if not file.sums:
        return found
    place = sums_path(file.file)
    wrong = _file_fault(store, place, file.sums)
    if not (what or wrong or _counts_hold(store, file)):
        wrong = f"does not count the rows of {file.file}"
    return found + ([Problem(f"{store.where}/{place}", 0, wrong)] if wrong else [])


def _counts_hold(store: Store, file: File) -> bool:
    told = decode_sums(store.get(sums_path(file.file)))
    return same(told, sums_of(decode(store.get(file.file))))


def _placed(text: str) -> tuple[str, int, str]:
    place, _, what = text.partition(": ")
    return place, 0, what


def _fold_faults(lake: Changes) -> list[Problem]:
    """Folded copies were read in place of the lines; the lines must say the same."""
    from hornbook.record.changes import path_of, write_change

    return [
        Problem(f"{lake.store.where}/{path_of(one.no)}", 0, "it is not the line that was read")
        for one in lake.lines
        if _bytes(lake.store, path_of(one.no)) != write_change(one)
    ]


def _bytes(store: Store, path: str) -> bytes | None:
    try:
        return store.get(path)
    except OSError:
        return None


def _seam_faults(record: Path, lake: Changes) -> list[Problem]:
    """Each range of segments in the lake must be what the node's own chain says."""
    found = []
    for node in lake.nodes:
        if not (record / node / MANIFEST).exists():
            continue  # its chain is elsewhere
        known = {line.no: line for line in readable_lines(manifests(record / node))}
        for change in lake.lines:
            for part in (one for one in change.ranges if one.node == node):
                lines = [known[no] for no in range(part.first, part.last + 1) if no in known]
                whole = len(lines) == part.last - part.first + 1
                if whole and lines[-1].hash == part.head and _rows(lines) == part.rows:
                    continue
                what = f"its segments {part.first} to {part.last} are not those in the lake"
                found.append(Problem(f"{record / node / MANIFEST}", 0, what))
    return found


def _rows(lines: Iterable[ManifestLine]) -> int:
    return sum(line.rows for line in lines)


def readable_lines(paths: Iterable[Path]) -> list[ManifestLine]:
    """The lines of these manifests; those that cannot be read are left out."""
    found = []
    for path in paths:
        for text in whole_lines(path.read_bytes()):
            try:
                found.append(parse_line(text))
            except BadLine:
                continue
    return found


def verify_chain(folder: Path, node: str, covered: int = 0) -> list[Problem]:
    """Check every line and every file of a node's record; an empty list means all is well.

    Reads and hashes every segment after number ``covered``: those before are in the compacted
    lake. Safe beside a running writer, whose half-written last line is reported (check again a
    moment later).
    """
    if not (folder / node / MANIFEST).exists():
        return [Problem(str(folder / node / MANIFEST), 0, "there is no manifest")]
    problems: list[Problem] = []
    previous: ManifestLine | None = None
    delivered = _delivered(folder / node)
    for path in manifests(folder / node):
        body = path.read_bytes()
        number = 0
        for number, text in enumerate(whole_lines(body), 1):
            try:
                line = parse_line(text)
            except BadLine as error:
                problems.append(Problem(str(path), number, f"unreadable: {error}"))
                continue
            faults = _chain_faults(line, previous)
            gone = line.no <= delivered and not (folder / node / line.file).exists()
            if line.no > covered and not gone:
                faults += _segment_faults(folder / node, line)
            problems += [Problem(str(path), number, what) for what in faults]
            previous = line
        if not body.endswith(b"\n") and body:
            problems.append(Problem(str(path), number + 1, "the last line is half-written"))
    return problems


def _delivered(folder: Path) -> int:
    """The last segment that a console acknowledged; those up to it may have left this disk."""
    try:
        return int(json.loads((folder / "delivered.json").read_bytes())["no"])
    except (OSError, ValueError, KeyError, TypeError):
        return 0


def _chain_faults(line: ManifestLine, previous: ManifestLine | None) -> list[str]:
    faults = []
    if line.hash != line.own_hash():
        faults.append("its hash does not fit its words: the line was changed")
    if line.prev != (previous.hash if previous else GENESIS):
        faults.append("it does not follow the line before it: a line was dropped, added or moved")
    if line.no != (previous.no + 1 if previous else 1):
        faults.append(f"its number {line.no} does not follow")
    return faults


def _segment_faults(folder: Path, line: ManifestLine) -> list[str]:
    fault = _file_fault(FolderStore(folder), line.file, line.sha256)
    return [f"{line.file} {fault}"] if fault else []


def _file_fault(store: Store, path: str, sha256: str) -> str:
    """What is wrong with the file of that hash, "" for nothing."""
    try:
        found = hashlib.sha256(store.get(path)).hexdigest()
    except OSError as error:
        return f"cannot be read: {error.strerror or error}"
    return "" if found == sha256 else "was changed after it was sealed"
