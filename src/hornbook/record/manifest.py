"""The manifest of one node: one line a sealed segment, each chained to the line before it.

``manifest.jsonl`` is the only list of what belongs to the record. A line is canonical JSON;
its ``hash`` is the SHA-256 of the line without ``hash``, and contains ``prev``, so that no
line can be changed, dropped or moved without breaking every later one.

After ``ROLL`` lines the file is renamed to ``manifest-<first>-<last>.jsonl`` and a new one goes
on with the same chain, so that readers need not read what they know to be compacted.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from hornbook.instance import sync_folder

GENESIS = "0" * 64
MANIFEST = "manifest.jsonl"
COMPACTED = "compacted"  # the folder beside those of the nodes; see changes.py
ROLL = 20_000  # lines; half a day of a node that seals every two seconds
_ROLLED = re.compile(r"manifest-([0-9]{8,})-([0-9]{8,})\.jsonl")


class BadLine(ValueError):
    """A manifest line cannot be read; the message says why."""


class Spanned:
    """A file of rows with the smallest and the largest time in it, ISO 8601, UTC."""

    first_at: str
    last_at: str

    @cached_property
    def span(self) -> tuple[datetime, datetime]:
        """``first_at`` and ``last_at``. Raises ValueError where they are no times."""
        return datetime.fromisoformat(self.first_at), datetime.fromisoformat(self.last_at)

    def covers(self, since: datetime, until: datetime) -> bool:
        """Whether a row of this file may lie in ``since`` ≤ at < ``until``."""
        first, last = self.span
        return last >= since and first < until


@dataclass(frozen=True)
class ManifestLine(Spanned):
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
        if canonical(raw) != text:
            raise BadLine("it is not in canonical form")
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


def canonical_line(line: ManifestLine) -> bytes:
    """A line as it stands in a manifest, without its line break."""
    return canonical(asdict(line))


def append_line(folder: Path, line: ManifestLine) -> None:
    """Append one line and make it durable."""
    with (folder / MANIFEST).open("ab") as file:
        file.write(canonical_line(line) + b"\n")
        file.flush()
        os.fsync(file.fileno())


def roll(folder: Path, first: int, last: int) -> None:
    """Put the manifest, which holds lines ``first`` to ``last``, aside as read-only history."""
    (folder / MANIFEST).rename(folder / f"manifest-{first:08}-{last:08}.jsonl")
    (folder / MANIFEST).touch()
    sync_folder(folder)


def manifests(folder: Path, after: int = 0) -> list[Path]:
    """The manifests of a node, oldest first, that may hold lines beyond number ``after``."""
    found = [(int(m[1]), int(m[2]), path) for path, m in rolled(folder)]
    return [path for _, last, path in sorted(found) if last > after] + [folder / MANIFEST]


def rolled(folder: Path) -> Iterator[tuple[Path, re.Match[str]]]:
    for path in folder.glob("manifest-*.jsonl"):
        match = _ROLLED.fullmatch(path.name)
        if match:
            yield path, match
