"""Take in segments that another machine sealed: delivered at least once, kept exactly once.

A segment's place in its node's chain says whether it is here already, is the next, or cannot be.
The file becomes durable before its line, as with ``SegmentWriter``; only then is it acknowledged.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from hornbook.instance import sync_folder, write_atomically
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
from hornbook.record.segments import NODE_NAME, RecordError, hold
from hornbook.record.verify import readable_lines


class Refused(RecordError):
    """A segment that cannot be taken in; the message says why and what to do."""


@dataclass(frozen=True)
class Head:
    """The last segment that is here: its number and the hash of its line. 0: none yet."""

    no: int
    hash: str


def head_of(record: Path, node: str) -> Head:
    """How far that node's chain is here. Raises Refused for what cannot name a node."""
    _check(node)
    last = _last_line(record / node)
    return Head(last.no, last.hash) if last else Head(0, GENESIS)


def take_in(record: Path, node: str, text: bytes, body: bytes) -> Head:
    """Keep one segment with its manifest line; nothing happens when it is here already.

    Raises Refused for a segment that is not what its line says or does not follow, and
    RecordError when a writer of this machine holds the chain.
    """
    _check(node)
    line = _read(text, body)
    folder = record / node
    folder.mkdir(parents=True, exist_ok=True)
    lock = hold(folder / "lock")
    try:
        head = head_of(record, node)
        if line.no <= head.no:
            _must_be_known(folder, line)
            return head
        if (line.no, line.prev) != (head.no + 1, head.hash):
            raise Refused(
                f"segment {line.no} of {node} does not follow {head.no}, the last that is here. "
                "If the node was set up anew, give it another name."
            )
        _keep(folder, line, body)
        return Head(line.no, line.hash)
    finally:
        os.close(lock)


def _check(node: str) -> None:
    if not NODE_NAME.fullmatch(node) or node == COMPACTED:
        raise Refused(f"“{node}” cannot name a node.")


def _read(text: bytes, body: bytes) -> ManifestLine:
    try:
        line = parse_line(text)
    except BadLine as error:
        raise Refused(f"the line of the segment cannot be read: {error}") from error
    if line.hash != line.own_hash():
        raise Refused(f"the line of segment {line.no} was changed on the way")
    if len(body) != line.bytes or hashlib.sha256(body).hexdigest() != line.sha256:
        raise Refused(f"segment {line.no} is not what its line says; send it again")
    parts = Path(line.file).parts
    if len(parts) != 2 or not parts[0].startswith("day=") or parts[1] != f"{line.no:08}.parquet":
        raise Refused(f"segment {line.no} has a name that no node gives: {line.file}")
    return line


def _last_line(folder: Path) -> ManifestLine | None:
    for path in reversed(manifests(folder)):
        lines = list(whole_lines(_tail(path)))
        if lines:
            return _parsed(path, lines[-1])
    return None


def _tail(path: Path) -> bytes:
    """The end of a manifest, a few whole lines at least."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - 16_384))
            return file.read()
    except FileNotFoundError:
        return b""


def _parsed(path: Path, text: bytes) -> ManifestLine:
    try:
        return parse_line(text)
    except BadLine as error:
        raise RecordError(f"{path} cannot be continued: its last line: {error}.") from error


def _must_be_known(folder: Path, line: ManifestLine) -> None:
    for known in readable_lines(manifests(folder, line.no - 1)):
        if known.no == line.no:
            if known.hash == line.hash:
                return
            break
    raise Refused(
        f"segment {line.no} is here already with another content: two machines use one name, or "
        "the node was set up anew. Give it another name."
    )


def _keep(folder: Path, line: ManifestLine, body: bytes) -> None:
    path = folder / line.file
    if not path.parent.is_dir():
        path.parent.mkdir()
        sync_folder(folder)
    _mend(folder / MANIFEST)
    write_atomically(path, body)
    append_line(folder, line)
    if line.no % ROLL == 0:
        first = next(whole_lines((folder / MANIFEST).read_bytes()))
        roll(folder, parse_line(first).no, line.no)


def _mend(path: Path) -> None:
    """A crash can leave half a line; the segment that it was for comes again."""
    body = _tail(path)
    torn = len(body) - (body.rfind(b"\n") + 1)
    if torn:
        os.truncate(path, path.stat().st_size - torn)
