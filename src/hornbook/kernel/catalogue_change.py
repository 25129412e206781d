"""A small change to a big catalogue, without compiling the big one again.

A catalogue part may be a *change*: it names its base, and holds the names whose sets are not
those of the base, folded exactly as a full build would fold them. Names that are in no list any
more are marked as gone. A look-up asks both tables; where both know a suffix, the change is
right. So three parts stay three parts, each named by its content, and a replay is exact.

What the change needs beside the base is in the *workbook*, which the builder writes and only the
console keeps: each name's own set, a second fingerprint as proof, and which listed names lie
below which name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hornbook.kernel.catalogue import GONE, Catalogue, FingerprintTable, Kind
from hornbook.kernel.catalogue_build import Set, SourceNames, inherit, proof_hasher
from hornbook.kernel.parts import Part

KIND = "workbook"
MOST = 200_000  # names that a change may touch; above that a full build is no slower

Chain = list[tuple[int, int]]  # (labels, fingerprint) of the names above, the nearest first


class Workbook:
    """What a builder knew of each slot of a base (see :func:`workbook_arrays`)."""

    def __init__(self, part: Part) -> None:
        arrays = part.arrays
        self.own: NDArray[np.integer[Any]] = arrays["own"]
        self.proof: NDArray[np.uint64] = arrays["proof"]
        self._above: NDArray[np.uint64] = arrays["above"]
        self._below: NDArray[np.int32] = arrays["below"]
        self._labels: NDArray[np.uint8] = arrays["labels"]
        ends = arrays["own_ends"].tolist()
        members = arrays["own_members"].tolist()
        self.sets = [frozenset(members[a:b]) for a, b in zip([0, *ends], ends, strict=False)]

    def below(self, fingerprints: NDArray[np.uint64]) -> NDArray[np.int32]:
        """The slots of all listed names below these names, each once."""
        first = self._above.searchsorted(fingerprints, "left")
        end = self._above.searchsorted(fingerprints, "right")
        found = [self._below[a:b] for a, b in zip(first.tolist(), end.tolist(), strict=True)]
        return np.unique(np.concatenate([np.empty(0, np.int32), *found]))

    def chains(self, slots: NDArray[np.int32]) -> dict[int, Chain]:
        """For each slot, the names above it, the nearest first."""
        found: dict[int, Chain] = {slot: [] for slot in slots.tolist()}
        rows = np.flatnonzero(np.isin(self._below, slots))
        for slot, labels, above in zip(
            self._below[rows].tolist(),
            self._labels[rows].tolist(),
            self._above[rows].tolist(),
            strict=True,
        ):
            found[slot].append((labels, above))
        return {slot: sorted(chain, reverse=True) for slot, chain in found.items()}


def change_catalogue(
    base: Catalogue, book: Workbook, changed: Mapping[str, SourceNames | None]
) -> tuple[dict[str, Any], dict[str, NDArray[Any]]] | None:
    """Meta and arrays of a part that is ``base`` with these sources as they are now.

    ``changed``: by key, a source's names now; None for one that is gone. Returns None where a
    full build is needed: a list changed its category, a name would collide, a whole top-level
    domain is meant, or too much is touched.
    """
    try:
        work = _Change(base, book, changed)
        return work.made()
    except _TooMuch:
        return None


class _TooMuch(Exception):
    """A change cannot carry this."""


@dataclass
class _Name:
    """A name that a change touches: its own set, and the names above it."""

    own: Set
    slot: int = -1
    chain: Chain = field(default_factory=list)
    folded: Set | None = None


class _Change:
    def __init__(
        self, base: Catalogue, book: Workbook, changed: Mapping[str, SourceNames | None]
    ) -> None:
        self._base, self._book = base, book
        self._check = proof_hasher(base.hasher)
        self.sources = [*base.sources]
        self._names: dict[int, _Name] = {}
        self._proofs: dict[int, int] = {}
        for key, names in changed.items():
            self._take(self._number(key, names), names)
        # Sites whose last path rule is gone stay: to look deeper then finds nothing.
        sites = [names.sites(base.hasher) for names in changed.values() if names]
        wanted = np.unique(np.concatenate([np.empty(0, np.uint64), *sites]))
        self._deeper = wanted[~base.deeper(wanted)]
        self._kinds: list[Kind] = [source.kind for source in self.sources]
        self._complete()

    def _number(self, key: str, names: SourceNames | None) -> int:
        known = {source.key: number for number, source in enumerate(self.sources)}
        if key in known:
            if names and names.source != self.sources[known[key]]:
                raise _TooMuch
            return known[key]
        if names is None:
            raise _TooMuch
        self.sources.append(names.source)
        return len(self.sources) - 1

    def _take(self, number: int, names: SourceNames | None) -> None:
        """Compare one source's names with those that the base has from it."""
        holds = np.array([number in members for members in self._book.sets], np.bool_)
        before = np.flatnonzero(holds[self._book.own])
        kept = np.zeros(len(self._book.own), np.bool_)
        for wires in names.chunks() if names else ():
            prints, proofs = self._base.hasher.whole(wires), self._check.whole(wires)
            slots = self._base.slots(prints)
            known = np.flatnonzero(slots >= 0)
            at = slots[known]
            if (self._book.proof[at] != proofs[known]).any():
                raise _TooMuch
            kept[at] = True
            for place in np.flatnonzero(~holds[self._book.own[at]]).tolist():
                self._at(int(prints[known[place]]), int(at[place])).own |= {number}
            for row in np.flatnonzero(slots < 0).tolist():
                wire = wires.data[row, : wires.length[row]].tobytes()
                self._new(wire, int(proofs[row])).own |= {number}
        gone = before[~kept[before]]
        if len(gone) + len(self._names) > MOST:
            raise _TooMuch
        prints = self._base.fingerprints(gone)
        for slot, fingerprint in zip(gone.tolist(), prints.tolist(), strict=True):
            self._at(fingerprint, slot).own -= {number}

    def _new(self, wire: bytes, proof: int) -> _Name:
        """A name that the base does not have."""
        above = self._base.hasher.of_one(wire)
        fingerprint, count = above[0][1], len(above)
        if count < 2 or self._proofs.setdefault(fingerprint, proof) != proof:
            raise _TooMuch
        chain = [(count - n, print_) for n, (_, print_) in enumerate(above) if n]
        return self._names.setdefault(fingerprint, _Name(frozenset(), -1, chain))

    def _at(self, fingerprint: int, slot: int) -> _Name:
        if fingerprint not in self._names:
            own = self._book.sets[int(self._book.own[slot])]
            self._names[fingerprint] = _Name(own, slot)
        return self._names[fingerprint]

    def _complete(self) -> None:
        """Add what lies below the touched names, and find out what lies above each."""
        touched = np.array(sorted(self._names), np.uint64)
        below = self._book.below(touched)
        if len(below) > MOST:
            raise _TooMuch
        prints = self._base.fingerprints(below)
        for slot, fingerprint in zip(below.tolist(), prints.tolist(), strict=True):
            self._at(fingerprint, slot)
        here = np.array([n.slot for n in self._names.values() if n.slot >= 0], np.int32)
        chains = self._book.chains(here)
        for name in self._names.values():
            if name.slot >= 0:
                name.chain = chains[name.slot]

    def _fold(self, name: _Name) -> Set:
        if name.folded is None:
            above = self._nearest(name)
            name.folded = inherit(name.own, above, self._kinds) if name.own else frozenset()
        return name.folded

    def _nearest(self, name: _Name) -> Set:
        """The folded set of the nearest name above that is listed now."""
        for _, fingerprint in name.chain:
            above = self._names.get(fingerprint)
            if above is not None:
                if above.own:
                    return self._fold(above)
                continue
            members = self._base.members_of(fingerprint)
            if members:
                return members
        return frozenset()

    def made(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        sets = _Sets(self._base)
        found: dict[int, int] = {}
        added = 0
        for fingerprint, name in self._names.items():
            folded = self._fold(name)
            before = self._base.members_of(fingerprint) if name.slot >= 0 else frozenset()
            if folded != before:
                found[fingerprint] = sets.number(folded) if folded else GONE
                added += bool(folded) - bool(before)
        prints = np.array(sorted(found), np.uint64)
        table = FingerprintTable.build(prints)
        meta = {
            "base": self._base.hash,
            "seed": self._base.hasher.seed,
            "bucket": table.bucket,
            "sources": [asdict(source) for source in self.sources],
            "names": len(self._base) + added,
        }
        numbers = np.array([found[one] for one in prints.tolist()], np.uint32)
        more = {"sets": numbers, "deeper": self._deeper}
        return meta, table.arrays() | more | sets.arrays()


class _Sets:
    """The sets of a base, and new ones behind them."""

    def __init__(self, base: Catalogue) -> None:
        self._members: list[Sequence[int]] = [base.members(n) for n in range(base.set_count)]
        self._numbers = {frozenset(members): n for n, members in enumerate(self._members)}

    def number(self, members: Set) -> int:
        if members not in self._numbers:
            self._numbers[members] = len(self._members)
            self._members.append(sorted(members))
        return self._numbers[members]

    def arrays(self) -> dict[str, NDArray[Any]]:
        ends = np.cumsum([0, *map(len, self._members)])
        flat = [member for members in self._members for member in members]
        return {
            "set_offsets": ends.astype(np.uint32),
            "set_members": np.array(flat, np.uint16),
        }
