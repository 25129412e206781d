"""The parts of an instance on disk, and which three of them are in force.

``parts/`` holds ``<hash>.part`` files, ``current.json`` (the publication in force) and
``history.json`` (the newest publications, the current one first). Everything is written by
fsync and rename. A publication whose parts are damaged is never served: the last good one
stays.
"""

from __future__ import annotations

import hashlib
import json
import mmap
import os
import re
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar

from hornbook.instance import sync_folder, to_json, write_atomically
from hornbook.kernel import catalogue, rulebook
from hornbook.kernel import seating as seating_part
from hornbook.kernel.catalogue import Catalogue
from hornbook.kernel.judge import Kernel, Mismatch, check_seats
from hornbook.kernel.parts import BadPart, Part, open_part, part_hash, read_header
from hornbook.kernel.rulebook import Rulebook
from hornbook.kernel.seating import Seating

HISTORY = 20
MAX_PART = 2**30  # octets; twenty times a catalogue of 3.6 M names
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


class NotThatPart(ValueError):
    """What arrived under a part's name is not that part; nothing was stored."""


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

    def sound(self, part: str) -> bool:
        """Whether the part is here and whole; reads all of it."""
        try:
            with (
                self.path(part).open("rb") as file,
                mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as body,
            ):
                return part_hash(body) == part
        except (OSError, ValueError):  # ValueError: an empty file cannot be mapped
            return False

    def stamp(self, part: str) -> tuple[int, int, int] | None:
        """Changes when the part's file does; costs one stat call."""
        return _stamp(self.path(part))

    def adopt(self, part: str, pieces: Iterable[bytes]) -> int:
        """Store a part that arrives in pieces; returns its size in octets.

        Raises :class:`NotThatPart` when the pieces are not what their name says or are more
        than ``MAX_PART``, and whatever ``pieces`` raises; then nothing is stored.
        """
        arriving = self.folder / f".{part}.arriving"
        try:
            size = _write_pieces(arriving, part, pieces)
            arriving.replace(self.path(part))
        finally:
            arriving.unlink(missing_ok=True)
        sync_folder(self.folder)
        return size

    def publish(self, *, catalogue: str, rulebook: str, seating: str) -> Current:
        """Put three stored parts in force. Raises BadPart or Mismatch, and then changes nothing."""
        return self.follow(self._next(catalogue, rulebook, seating))

    def follow(self, chosen: Current) -> Current:
        """Put a publication in force under its own number and time, wherever it was made.

        Raises BadPart or Mismatch, and then changes nothing.
        """
        self.load(chosen)
        return self._put_in_force(chosen)

    def reseat(self, seating: str) -> Current:
        """Put another stored seating in force beside the catalogue and rulebook that are.

        Only seating and rulebook are read again. Raises BadPart or Mismatch, and LookupError
        where nothing is in force; then nothing is changed.
        """
        current = self.current()
        if current is None:
            raise LookupError(f"nothing is published in {self.folder}")
        check_seats(
            self._open(current.rulebook, rulebook.KIND, Rulebook),
            self._open(seating, seating_part.KIND, Seating),
        )
        return self._put_in_force(self._next(current.catalogue, current.rulebook, seating))

    def _next(self, catalogue: str, rulebook: str, seating: str) -> Current:
        number = max((entry.number for entry in self.history()), default=0) + 1
        return Current(catalogue, rulebook, seating, number, time.time())

    def _put_in_force(self, chosen: Current) -> Current:
        earlier = [entry for entry in self.history() if entry != chosen]
        self._write_history([chosen, *earlier][:HISTORY])
        write_atomically(self.folder / "current.json", to_json(asdict(chosen)))
        return chosen

    def current(self) -> Current | None:
        """The publication in force, or None where there is none or its file is torn."""
        return publication_of(_read(self.folder / "current.json"))

    def history(self) -> list[Current]:
        """The newest publications that are known, the one in force first."""
        raw = _read(self.folder / "history.json")
        current = self.current()
        told = [publication_of(entry) for entry in raw] if isinstance(raw, list) else []
        earlier = [entry for entry in told if entry and entry != current]
        return [current, *earlier] if current else earlier

    def load(self, current: Current, reuse: Kernel | None = None) -> Kernel:
        """The kernel of a publication; a catalogue that ``reuse`` holds already is not read again.

        Raises :class:`BadPart` for a part that is absent or damaged, and
        :class:`~hornbook.kernel.judge.Mismatch` for parts that do not fit together.
        """
        return Kernel(
            self.catalogue(current.catalogue, reuse.catalogue if reuse else None),
            self._open(current.rulebook, rulebook.KIND, Rulebook),
            self._open(current.seating, seating_part.KIND, Seating),
        )

    def catalogue(self, part: str, reuse: Catalogue | None = None) -> Catalogue:
        """A catalogue, with its base where it is a change. What ``reuse`` holds is not read again.

        Raises BadPart.
        """
        held = [] if reuse is None else [reuse] if reuse.base is None else [reuse, reuse.base]
        known = {one.hash: one for one in held}
        if part in known:
            return known[part]

        def made(opened: Part) -> Catalogue:
            base = opened.meta.get("base")
            return Catalogue(opened, None if base is None else self.catalogue(str(base), reuse))

        return self._open(part, catalogue.KIND, made)

    def base_of(self, part: str) -> str | None:
        """The catalogue to which this stored part is a change; None for every other part."""
        try:
            base = read_header(self.path(part))["meta"].get("base")
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None
        return base if isinstance(base, str) and _HASH.fullmatch(base) else None

    def with_bases(self, parts: Iterable[str]) -> list[str]:
        """These parts, and the bases of those that are here and are changes."""
        found = dict.fromkeys(parts)
        return list(found | {base: None for part in found if (base := self.base_of(part))})

    def seating(self, part: str) -> Seating:
        """A seating by itself. Raises BadPart."""
        return self._open(part, seating_part.KIND, Seating)

    def prune(self, keep: int, *, grace: float = 3600.0) -> list[str]:
        """Forget all but the ``keep`` newest publications; returns the hashes of removed parts.

        A part that a kept publication refers to stays, and so does one younger than ``grace``
        seconds, which may be about to be published.
        """
        kept = self.history()[: max(keep, 1)]
        self._write_history(kept)
        needed = set(self.with_bases(part for entry in kept for part in entry.hashes))
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


def publication_of(raw: Any) -> Current | None:
    """The publication that ``raw`` (decoded JSON, from anywhere) tells, None if it tells none."""
    try:
        found = Current(**raw)
        sound = all(_HASH.fullmatch(part) for part in found.hashes)
    except TypeError:
        return None
    return found if sound and _counts(found.number, int) and _counts(found.at, float) else None


def _counts(value: Any, kind: type) -> bool:
    """Whether a number of JSON is one of ours: NaN, infinity and 2 ** 999 are not."""
    fits = type(value) in (int, kind)
    return fits and 0 <= value < 2**53


def _write_pieces(path: Path, part: str, pieces: Iterable[bytes]) -> int:
    found, size = hashlib.sha256(), 0
    with path.open("wb") as file:
        for piece in pieces:
            size += len(piece)
            if size > MAX_PART:
                raise NotThatPart(f"what arrives as part {part[:12]}… has no end")
            found.update(piece)
            file.write(piece)
        if found.hexdigest() != part:
            told = f"{size} octets with the hash {found.hexdigest()[:12]}…"
            raise NotThatPart(f"what arrived as part {part[:12]}… is not that part: {told}")
        file.flush()
        os.fsync(file.fileno())
    return size
