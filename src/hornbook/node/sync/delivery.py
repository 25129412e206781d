"""Bring sealed segments to the console, in order, until it says that it has them.

Nothing is remembered here about what was sent: the console is asked how far each chain is there,
and the next segments follow. What it has acknowledged may leave this disk after ``KEEP``.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

from hornbook.instance import write_atomically
from hornbook.node.sync.sources import SourceError
from hornbook.record.manifest import ManifestLine, canonical_line, manifests
from hornbook.record.verify import nodes_in, readable_lines

KEEP = timedelta(days=1)  # how long what was delivered stays here too
AT_ONCE = 64  # segments in one go, so that parts and reports have their turn
DELIVERED = "delivered.json"


class Destination(Protocol):
    """Who takes segments in. Methods raise SourceError or OSError."""

    def head(self, node: str) -> tuple[int, str]:
        """How far that chain is there: number and hash of the last line, (0, "0…") for none."""

    def deliver(self, node: str, line: bytes, body: bytes) -> tuple[int, str]:
        """Bring one segment; how far the chain is there now."""


def deliver(record: Path, to: Destination, now: datetime | None = None) -> int:
    """Bring what is due of every chain of this machine; how many segments went."""
    sent = 0
    for node in nodes_in(record):
        sent += _deliver_chain(record / node, to, now or datetime.now(UTC))
    return sent


def _deliver_chain(folder: Path, to: Destination, now: datetime) -> int:
    node = folder.name
    number, known = to.head(node)
    lines = readable_lines(manifests(folder, number - 1))
    _check_same(node, lines, number, known)
    due = [line for line in lines if line.no > number][:AT_ONCE]
    for line in due:
        body = (folder / line.file).read_bytes()
        number, known = to.deliver(node, canonical_line(line), body)
        if (number, known) != (line.no, line.hash):
            raise SourceError(f"the console has segment {number} of {node}, not {line.no}")
    if number:
        _forget(folder, lines, number, now)
    return len(due)


def _check_same(node: str, lines: list[ManifestLine], number: int, known: str) -> None:
    here = {line.no: line.hash for line in lines}
    if number and here.get(number) != known:
        raise SourceError(
            f"the console holds another record under the name {node}: give this node another "
            "name (--name)"
        )


def _forget(folder: Path, lines: list[ManifestLine], number: int, now: datetime) -> None:
    """Note how far the console is, then let go what is older than ``KEEP``."""
    note = folder / DELIVERED
    body = json.dumps({"no": number}).encode()
    if not note.exists() or note.read_bytes() != body:
        write_atomically(note, body)
    for line in lines:
        if line.no <= number and line.span[1] < now - KEEP:
            (folder / line.file).unlink(missing_ok=True)
