"""The parts of an instance on disk, and which three of them are in force.

``parts/`` holds ``<hash>.part`` files, ``current.json`` (the publication in force) and
``history.json`` (the newest publications, the current one first). Everything is written by
fsync and rename. A publication whose parts are damaged is never served: the last good one
stays.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar

from hornbook.instance import to_json, write_atomically
from hornbook.kernel import catalogue, rulebook, seating
from hornbook.kernel.catalogue import Catalogue
from hornbook.kernel.judge import Kernel, Mismatch
from hornbook.kernel.parts import BadPart, Part, open_part, part_hash
from hornbook.kernel.rulebook import Rulebook
from hornbook.kernel.seating import Seating

HISTORY = 20
_HASH = re.compile(r"[0-9a-f]{64}")
_Loaded = TypeVar("_Loaded")


@dataclass(frozen=True)
class Current:
    """One publication: three part hashes, its number (from 1) and when it was made (Unix s)."""

    catalogue: str
    rulebook: str
    seating: str
    number: int
    at: float

    @property
    def hashes(self) -> tuple[str, str, str]:
        return self.catalogue, self.rulebook, self.seating


class PartStore:
    """The folder ``parts/`` of one instance. One writer at a time, any number of readers."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, part: str) -> Path:
        """Where the part with that hash lives."""
        return self.folder / f"{part}.part"

    def put(self, body: bytes) -> str:
        """Store a part and return its hash. A sound file of that hash is left alone."""
        found = part_hash(body)
        path = self.path(found)
        if not (path.exists() and part_hash(path.read_bytes()) == found):
            write_atomically(path, body)
        return found

    def publish(self, *, catalogue: str, rulebook: str, seating: str) -> Current:
        """Put three stored parts in force. Raises BadPart or Mismatch, and then changes nothing."""
        before = self.history()
        number = max((entry.number for entry in before), default=0) + 1
        chosen = Current(catalogue, rulebook, seating, number, time.time())
        self.load(chosen)
        self._write_history([chosen, *before][:HISTORY])
        write_atomically(self.folder / "current.json", to_json(asdict(chosen)))
        return chosen

    def current(self) -> Current | None:
        """The publication in force, or None where there is none or its file is torn."""
        return _publication(_read(self.folder / "current.json"))

    def history(self) -> list[Current]:
        """The newest publications that are known, the one in force first."""
        raw = _read(self.folder / "history.json")
        current = self.current()
        told = [_publication(entry) for entry in raw] if isinstance(raw, list) else []
        earlier = [entry for entry in told if entry and entry != current]
        return [current, *earlier] if current else earlier

    def load(self, current: Current, reuse: Kernel | None = None) -> Kernel:
        """The kernel of a publication; a catalogue that ``reuse`` holds already is not read again.

        Raises :class:`BadPart` for a part that is absent or damaged, and
        :class:`~hornbook.kernel.judge.Mismatch` for parts that do not fit together.
        """
        if reuse and reuse.catalogue.hash == current.catalogue:
            found = reuse.catalogue
        else:
            found = self._open(current.catalogue, catalogue.KIND, Catalogue)
        return Kernel(
            found,
            self._open(current.rulebook, rulebook.KIND, Rulebook),
            self._open(current.seating, seating.KIND, Seating),
        )

    def prune(self, keep: int, *, grace: float = 3600.0) -> list[str]:
        """Forget all but the ``keep`` newest publications; returns the hashes of removed parts.

        A part that a kept publication refers to stays, and so does one younger than ``grace``
        seconds, which may be about to be published.
        """
        kept = self.history()[: max(keep, 1)]
        self._write_history(kept)
        needed = {part for entry in kept for part in entry.hashes}
        old = [
            path
            for path in sorted(self.folder.glob("*.part"))
            if path.stem not in needed and path.stat().st_mtime < time.time() - grace
        ]
        for path in old:
            path.unlink()
        return [path.stem for path in old]

    def _write_history(self, entries: list[Current]) -> None:
        body = to_json([asdict(entry) for entry in entries])
        write_atomically(self.folder / "history.json", body)

    def _open(self, part: str, kind: str, make: Callable[[Part], _Loaded]) -> _Loaded:
        path = self.path(part)
        try:
            return make(open_part(path, kind, part))
        except (KeyError, TypeError, ValueError) as error:
            raise BadPart(path, f"contradicts itself ({error})") from error


class Watcher:
    """Follows the publication in force for one process.

    ``kernel`` is the newest good one, ``current`` the publication that it came from, and
    ``problem`` says in words why it is not the publication in force ("" while it is).
    """

    def __init__(self, store: PartStore) -> None:
        self.store = store
        self.kernel: Kernel | None = None
        self.current: Current | None = None
        self.problem = ""
        self._seen: object = None

    def poll(self) -> Kernel | None:
        """A new kernel if another publication came into force and is sound, else None.

        While there is none yet, the newest sound publication of the history will do. Costs a
        few stat calls when nothing has changed.
        """
        current = self.store.current()
        seen = self._signature(current)
        if seen == self._seen:
            return None
        self._seen = seen
        self.problem = "" if current else self._no_current()
        if self.kernel:
            return self._try(current) if current else None
        return self._first_sound(self.store.history())

    def _first_sound(self, candidates: list[Current]) -> Kernel | None:
        return next((kernel for entry in candidates if (kernel := self._try(entry))), None)

    def _try(self, entry: Current) -> Kernel | None:
        if self.current and entry.hashes == self.current.hashes:
            self.current = entry
            return None
        try:
            self.kernel = self.store.load(entry, self.kernel)
        except (BadPart, Mismatch) as error:
            self.problem = self.problem or f"Publication {entry.number} is not in service: {error}"
            return None
        self.current = entry
        return self.kernel

    def _signature(self, current: Current | None) -> object:
        paths = [self.store.folder / "current.json"]
        paths += [self.store.path(part) for part in current.hashes] if current else []
        return [_stamp(path) for path in paths]

    def _no_current(self) -> str:
        path = self.store.folder / "current.json"
        if not path.exists():
            return f"Nothing is published in {self.store.folder}. Run “hornbook publish”."
        return f"{path} is torn. Run “hornbook publish” to write it anew."


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None


def _publication(raw: Any) -> Current | None:
    try:
        found = Current(**raw)
        sound = all(_HASH.fullmatch(part) for part in found.hashes)
    except TypeError:
        return None
    return found if sound else None
