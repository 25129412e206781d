"""The manifest of one node: one line a sealed segment, each chained to the line before it.

``manifest.jsonl`` is the only list of what belongs to the record. A line is canonical JSON;
its ``hash`` is the SHA-256 of the line without ``hash``, and contains ``prev``, so that no
line can be changed, dropped or moved without breaking every later one.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

GENESIS = "0" * 64
MANIFEST = "manifest.jsonl"


class BadLine(ValueError):
    """A manifest line cannot be read; the message says why."""


@dataclass(frozen=True)
class ManifestLine:
    """One sealed segment. ``file`` is relative to the node's folder; times are ISO 8601, UTC.

    ``first_at`` and ``last_at`` are the smallest and largest ``at`` of the rows; ``bytes`` is
    the size of the file; ``schema`` the version of the columns.
    """

    no: int
    file: str
    rows: int
    bytes: int
    first_at: str
    last_at: str
    sha256: str
    schema: int
    prev: str
    hash: str = ""

    def sealed(self) -> ManifestLine:
        """The same line with its hash."""
        return replace(self, hash=self.own_hash())

    def own_hash(self) -> str:
        body = {key: value for key, value in asdict(self).items() if key != "hash"}
        return hashlib.sha256(canonical(body)).hexdigest()

    @cached_property
    def span(self) -> tuple[datetime, datetime]:
        """``first_at`` and ``last_at``. Raises ValueError where they are no times."""
        return datetime.fromisoformat(self.first_at), datetime.fromisoformat(self.last_at)

    def covers(self, since: datetime, until: datetime) -> bool:
        """Whether a row of this segment may lie in ``since`` ≤ at < ``until``."""
        first, last = self.span
        return last >= since and first < until


_TYPES = {field.name: {"int": int, "str": str}[str(field.type)] for field in fields(ManifestLine)}


def canonical(value: dict[str, Any]) -> bytes:
    """JSON with sorted keys, no spaces, UTF-8 (RFC 8785 for the values used here)."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def parse_line(text: bytes) -> ManifestLine:
    """Read one line. Raises BadLine when it is no whole manifest line."""
    try:
        raw = json.loads(text)
        if not isinstance(raw, dict) or set(raw) != set(_TYPES):
            raise BadLine("it does not have the fields of a manifest line")
        if any(type(raw[key]) is not kind for key, kind in _TYPES.items()):
            raise BadLine("a field has the wrong type")
        line = ManifestLine(**raw)
        if any(moment.tzinfo is None for moment in line.span):
            raise BadLine("its times name no time zone")
    except BadLine:
        raise
    except ValueError as error:
        raise BadLine(str(error)) from error
    if ".." in Path(line.file).parts or Path(line.file).is_absolute():
        raise BadLine(f"{line.file} lies outside the folder of the node")
    return line


def whole_lines(body: bytes) -> Iterator[bytes]:
    """The lines that end with a line break; what follows the last one is still being written."""
    yield from body.split(b"\n")[:-1]


def append_line(folder: Path, line: ManifestLine) -> None:
    """Append one line and make it durable."""
    with (folder / MANIFEST).open("ab") as file:
        file.write(canonical(asdict(line)) + b"\n")
        file.flush()
        os.fsync(file.fileno())
