"""Which lists name a domain: from the fingerprint of its longest listed suffix to a set.

A *source* is one list of one category. A *set* is a set of sources; set 0 is "in no list".
The parents' sources are folded into each set when the catalogue is built
(:mod:`hornbook.kernel.catalogue_build`), so a look-up needs only the longest listed suffix.

The table is the sorted fingerprints, a direct index over their top bits (one bucket for one
or two names on average), and one set id a name: 11 to 15 octets a name. The builder refuses
two listed names with one fingerprint, so a listed name is always found as itself. A name
that is *not* listed is mistaken for a listed one with a probability of n / 2**64 a suffix.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, cast

import numpy as np
from numpy.typing import NDArray

from hornbook.kernel.fingerprint import Hasher, Suffixes
from hornbook.kernel.parts import Part
from hornbook.kernel.wires import Wires

KIND = "catalogue"
_NO_SITES = np.empty(0, np.uint64)
GONE = 0xFFFFFFFF  # the "set" of a name that a change takes out of every list
Kind = Literal["topic", "allow", "protected", "private", "rewrite"]


@dataclass(frozen=True)
class Source:
    """One list: ``key`` names it, ``category`` is what it lists.

    ``kind``: a *topic* may be blocked; *allow* takes a name out of its parents' topics;
    *protected* names are never blocked (crisis lines, emergency services); *rewrite* names are
    single hosts that may be answered otherwise: what stands below them is not meant.
    """

    key: str
    category: str
    kind: Kind = "topic"


@dataclass(slots=True)
class Match:
    """``set_id`` uint32 (n,) and ``start`` int16 (n,): where the longest listed suffix begins.

    A name with no listed suffix has set 0 and start -1.
    """

    set_id: NDArray[np.uint32]
    start: NDArray[np.int16]


class Catalogue:
    """A catalogue part, ready for look-ups. ``sources`` in the order of their numbers.

    A part whose meta names a ``base`` is a change (:mod:`hornbook.kernel.catalogue_change`) and
    needs that catalogue.
    """

    def __init__(self, part: Part, base: Catalogue | None = None) -> None:
        self.hash: str = part.hash
        if part.meta.get("base") != (None if base is None else base.hash):
            raise ValueError(f"it is a change to the catalogue {part.meta.get('base')}")
        self.base = base
        self.meta: dict[str, Any] = part.meta
        self.sources = tuple(Source(**told) for told in part.meta["sources"])
        self.hasher = Hasher(int(part.meta["seed"]))
        self.table = FingerprintTable(
            part.arrays["fingerprints"], part.arrays["index"], int(part.meta["bucket"])
        )
        self.sets = part.arrays["sets"]
        self._set_offsets = part.arrays["set_offsets"]
        self._set_members = part.arrays["set_members"]
        self._deeper = part.arrays.get("deeper", _NO_SITES)
        self._check()

    def _check(self) -> None:
        """Raises ValueError where a number points beyond its table: compiled code does not look."""
        kept = self.sets if self.base is None else self.sets[self.sets != GONE]
        if len(self.sets) != self.table.size or kept.max(initial=0) >= self.set_count:
            raise ValueError("its names point beyond its sets")
        places = self.table.places
        if len(places) & (len(places) - 1) or places.max(initial=0) > self.table.size:
            raise ValueError("its index points beyond its names")

    def __len__(self) -> int:
        """How many distinct names are listed."""
        return int(self.meta["names"])

    def members(self, set_id: int) -> list[int]:
        """The numbers of a set's sources."""
        begin, end = self._set_offsets[set_id : set_id + 2]
        found: list[int] = self._set_members[begin:end].tolist()
        return found

    @property
    def set_count(self) -> int:
        """How many sets there are, set 0 included."""
        return len(self._set_offsets) - 1

    def sources_of(self, set_id: int) -> tuple[Source, ...]:
        """The sources in a set, in their order; none for set 0."""
        return tuple(self.sources[number] for number in self.members(set_id))

    def categories(self, set_id: int) -> tuple[str, ...]:
        """The distinct categories of a set's sources, of whatever kind, in alphabetical order."""
        return tuple(sorted({source.category for source in self.sources_of(set_id)}))

    def lookup(self, wires: Wires) -> Match:
        """The set of each name's longest listed suffix."""
        return self.match(self.hasher.suffixes(wires), len(wires))

    def match(self, suffixes: Suffixes, count: int) -> Match:
        """The same for the suffixes of ``count`` names."""
        probe, sets = self._find(suffixes.fingerprint)
        set_id = np.zeros(count, np.uint32)
        start = np.empty(count, np.int16)
        start.fill(-1)
        # Where an index occurs twice, the last assignment stays: go from the shortest suffix
        # to the longest.
        probe = probe[::-1]
        row = suffixes.row.take(probe)
        set_id[row] = sets[::-1]
        start[row] = suffixes.start.take(probe)
        return Match(set_id, start)

    def _find(
        self, fingerprints: NDArray[np.uint64]
    ) -> tuple[NDArray[np.intp], NDArray[np.integer[Any]]]:
        """Which fingerprints are listed (ascending), and their sets."""
        probe, slot = self.table.find(fingerprints)
        if self.base is None:
            return probe, self.sets.take(slot)
        of_base, sets = self.base._find(fingerprints)
        if not len(probe):
            return of_base, sets
        found = np.full(len(fingerprints), -1, np.int64)
        found[of_base] = sets
        changed = self.sets.take(slot).astype(np.int64)
        found[probe] = np.where(changed == GONE, -1, changed)
        listed = np.flatnonzero(found >= 0)
        return listed, found[listed]

    def sets_of(self, suffixes: Sequence[tuple[int, int]]) -> list[int]:
        """The set of each (start, fingerprint) of one name, -1 where it is not listed."""
        find = self.set_of
        return [find(fingerprint) for _, fingerprint in suffixes]

    def set_of(self, fingerprint: int) -> int:
        """The set of one fingerprint, -1 where it is not listed."""
        slot = self.table.slot(fingerprint)
        if slot < 0:
            return -1 if self.base is None else self.base.set_of(fingerprint)
        found = int(self.sets[slot])
        return -1 if found == GONE else found

    def members_of(self, fingerprint: int) -> frozenset[int]:
        """The numbers of the sources of one listed fingerprint, parents' included."""
        found = self.set_of(fingerprint)
        return frozenset(self.members(found)) if found >= 0 else frozenset()

    def looks_deeper(self, site: bytes) -> bool:
        """Whether a list means single paths of this site (wire form, without ``www``)."""
        return bool(self.deeper(np.array([self.hasher.of_one(site)[0][1]], np.uint64))[0])

    def deeper(self, sites: NDArray[np.uint64]) -> NDArray[np.bool_]:
        """The same for many, by their fingerprints."""
        place = self._deeper.searchsorted(sites)
        found: NDArray[np.bool_] = place < len(self._deeper)
        found[found] = self._deeper[place[found]] == sites[found]
        return found if self.base is None else found | self.base.deeper(sites)

    def slots(self, fingerprints: NDArray[np.uint64]) -> NDArray[np.intp]:
        """Where each fingerprint stands in the table of a base, -1 for nowhere."""
        found = np.full(len(fingerprints), -1, np.intp)
        probe, slot = self.table.find(fingerprints)
        found[probe] = slot
        return found

    def fingerprints(self, slots: NDArray[np.integer[Any]]) -> NDArray[np.uint64]:
        """The fingerprints in these slots of a base."""
        return self.table.at(slots)


class FingerprintTable:
    """Sorted distinct fingerprints with an index over their top bits.

    ``fingerprints`` ends in ``bucket`` zeros of padding, so that a window of ``bucket`` (the
    size of the fullest bucket) can be read at any place.
    """

    def __init__(
        self, fingerprints: NDArray[np.uint64], index: NDArray[np.uint32], bucket: int
    ) -> None:
        self.size = len(fingerprints) - bucket
        self.places = index
        self.bucket = bucket
        self.shift = np.uint64(65 - len(index).bit_length())
        self.fingerprints = fingerprints

    def __len__(self) -> int:
        return self.size

    @classmethod
    def build(cls, distinct: NDArray[np.uint64]) -> FingerprintTable:
        """A table of sorted distinct fingerprints."""
        bits = max(1, (len(distinct) or 1).bit_length() - 1)
        top = (distinct >> np.uint64(64 - bits)).astype(np.intp)
        counts = np.bincount(top, minlength=1 << bits)
        index = (np.cumsum(counts) - counts).astype(np.uint32)
        bucket = max(1, int(counts.max()))
        return cls(np.concatenate([distinct, np.zeros(bucket, np.uint64)]), index, bucket)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """What a part stores; ``bucket`` goes to its meta."""
        return {"fingerprints": self.fingerprints, "index": self.places}

    def at(self, slots: NDArray[np.integer[Any]]) -> NDArray[np.uint64]:
        """The fingerprints in these slots."""
        found: NDArray[np.uint64] = self.fingerprints.take(slots)
        return found

    def slot(self, fingerprint: int) -> int:
        """The slot of one fingerprint, -1 where it is not in the table; without numpy."""
        fingerprints, index = self._views
        first = index[fingerprint >> int(self.shift)]
        for slot in range(first, min(first + self.bucket, self.size)):
            if fingerprints[slot] == fingerprint:
                return slot
        return -1

    @cached_property
    def _views(self) -> tuple[memoryview, memoryview]:
        """An item of a memoryview comes four times as fast as one of an array."""
        return self.fingerprints.data, self.places.data

    def find(self, fingerprints: NDArray[np.uint64]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Which of ``fingerprints`` are in the table (ascending), and in which slots."""
        top = fingerprints >> self.shift
        first = self.places.take(top.view(np.int64)).astype(np.intp)
        windows = self._windows[first].view(np.uint64).reshape(len(first), self.bucket)
        hit = (windows == fingerprints[:, None]).ravel().nonzero()[0]
        probe, place = np.divmod(hit, self.bucket)
        slot = first.take(probe)
        slot += place
        if self.size >= self.bucket:
            return probe, slot  # only the fingerprint 0 could meet padding, and it lies in front
        inside = slot < self.size
        return probe[inside], slot[inside]

    @cached_property
    def _windows(self) -> NDArray[np.void]:
        """One overlapping window a slot; an item is copied at once, which no index beats."""
        item = np.dtype((np.void, 8 * self.bucket))
        return cast(
            "NDArray[np.void]",
            np.ndarray((self.size + 1,), item, self.fingerprints.data, 0, (8,)),
        )
