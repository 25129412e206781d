"""Many domain names in wire form (RFC 1035 §3.1), as the rows of one matrix."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

MAX_LABEL = 63
MAX_WIRE = 255
_DOT, _LINE_END = ord("."), ord("\n")
_PLACES = np.arange(MAX_WIRE, dtype=np.uint8)
_USUAL = b"abcdefghijklmnopqrstuvwxyz0123456789-_.\n"


class BadName(ValueError):
    """This is no domain name; ``reason`` says why in plain words."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"“{name}” is no usable domain name: {reason}.")
        self.name = name
        self.reason = reason


@dataclass(slots=True)
class LabelStarts:
    """Where labels begin: ``row`` and ``start`` (octets into the row), both intp (p,).

    All first labels of all rows come first, then all second labels, and so on, so that
    within a row the longest suffix is met first. The root is not a label here.
    """

    row: NDArray[np.intp]
    start: NDArray[np.intp]


@dataclass(eq=False)
class Wires:
    """Names as rows: ``data`` uint8 (n, width), ``length`` int64 (n,) with the root octet.

    Octets behind a name's length are never read as part of it, and upper case is the same
    name as lower case, so ``data`` may be a view into received packets. ``known_starts``
    spares the walk along the labels to a caller that has made it already.
    """

    data: NDArray[np.uint8]
    length: NDArray[np.int64]
    known_starts: LabelStarts | None = None

    def __len__(self) -> int:
        return len(self.length)

    @classmethod
    def pack(cls, wires: Sequence[bytes]) -> Wires:
        """Rows from names that :func:`~hornbook.kernel.names.to_wire` made."""
        length = np.fromiter(map(len, wires), np.int64, len(wires))
        width = int(length.max(initial=1))
        flat = np.frombuffer(b"".join(w.ljust(width, b"\0") for w in wires), np.uint8)
        return cls(flat.reshape(len(wires), width), length)

    @classmethod
    def from_text(cls, text: bytes) -> Wires:
        """Rows from normalised names, one a line, without escapes: the fast way for lists.

        Every line ends in a line feed. Raises :class:`BadName` for an empty or overlong
        label or name and names the first offender.
        """
        _refuse_unusual(text)
        octets = np.frombuffer(text, np.uint8)
        ends = np.flatnonzero(octets == _LINE_END)
        begins = np.concatenate(([0], ends[:-1] + 1))
        length = ends - begins + 2
        _refuse(text, length > MAX_WIRE, f"it takes more than {MAX_WIRE} octets in the DNS")
        width = int(length.max())
        row = np.repeat(np.arange(len(ends)), length - 1)
        # The octet at text position p of row r lands one to the right of its place in the
        # line, because the first label's length goes before it.
        shift = np.arange(len(ends)) * width - begins
        data = np.zeros(len(ends) * width, np.uint8)
        data[np.arange(1, len(octets) + 1) + shift[row]] = octets
        separators = np.flatnonzero((octets == _DOT) | (octets == _LINE_END))
        label = np.concatenate(([0], separators[:-1] + 1))
        size = separators - label
        wrong = np.bincount(row[separators], (size < 1) | (size > MAX_LABEL)) > 0
        _refuse(text, wrong, f"it has an empty label, or one of more than {MAX_LABEL} octets")
        data[label + shift[row[separators]]] = size
        data[ends + shift + 1] = 0
        return cls(data.reshape(len(ends), width), length)

    @cached_property
    def ends(self) -> NDArray[np.intp]:
        """Where each name ends in :attr:`octets`, (n,)."""
        found: NDArray[np.intp] = np.add.accumulate(self.length, dtype=np.intp)
        return found

    @cached_property
    def begins(self) -> NDArray[np.intp]:
        """Where each name begins in :attr:`octets`, (n,)."""
        return self.ends - self.length

    @cached_property
    def octets(self) -> NDArray[np.uint8]:
        """All names behind each other without their padding; one long name costs only itself."""
        width = min(self.data.shape[1], MAX_WIRE)
        inside = _inside(width).take(self.length, 0)
        found: NDArray[np.uint8] = self.data[:, :width][inside]
        return found

    @cached_property
    def starts(self) -> LabelStarts:
        """Every label's start, by walking all rows at once, label by label.

        A row whose labels run beyond its length ends there; nothing outside it is read.
        """
        return self.known_starts or self._walk()

    def _walk(self) -> LabelStarts:
        begins, last = self.begins, self.ends - 1
        at, rounds = begins, []
        while (at < last).any():
            rounds.append(at)
            at = np.minimum(at + self.octets.take(at) + 1, last)
        levels = len(rounds)
        places = np.concatenate([begins[:0], *rounds]).reshape(levels, len(self))
        chosen = np.flatnonzero(places < last)
        places -= begins
        row = np.tile(np.arange(len(self)), levels)
        return LabelStarts(row.take(chosen), places.ravel().take(chosen))


@lru_cache(maxsize=32)
def _inside(width: int) -> NDArray[np.bool_]:
    """For each length, which of ``width`` places it covers: a gather beats a comparison."""
    return _PLACES[:width] < np.arange(MAX_WIRE + 1)[:, None]


def text_chunks(text: bytes, size: int = 1 << 16) -> Iterator[bytes]:
    """Cut lines of text into pieces of about ``size`` octets, each of whole lines."""
    cuts = [0]
    while cuts[-1] < len(text):
        end = text.find(b"\n", cuts[-1] + size)
        cuts.append(len(text) if end < 0 else end + 1)
    for start, end in pairwise(cuts):
        yield text[start:end]


def _refuse_unusual(text: bytes) -> None:
    if not text.endswith(b"\n"):
        raise BadName(text[-80:].decode("ascii", "replace"), "its line has no end")
    strange = text.translate(None, _USUAL)
    if strange:
        at = text.index(strange[:1])
        line = text[text.rfind(b"\n", 0, at) + 1 : text.index(b"\n", at)]
        raise BadName(line.decode("ascii", "replace"), "it is not normalised")


def _refuse(text: bytes, wrong: NDArray[np.bool_], reason: str) -> None:
    if wrong.any():
        raise BadName(text.split(b"\n")[int(wrong.argmax())].decode("ascii"), reason)
