"""From lists of names to the arrays of a catalogue.

All names of all lists are hashed and sorted; equal fingerprints are one name with several
sources; each name learns its nearest listed ancestor; sets are folded from the top of the
tree downwards by :func:`inherit`. Only the distinct pairs of (own set, parent's set) are
folded in Python, a few thousand however many names there are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hornbook.kernel.catalogue import FingerprintTable, Kind, Source
from hornbook.kernel.fingerprint import Hasher
from hornbook.kernel.names import to_wire
from hornbook.kernel.paths import rules_in
from hornbook.kernel.wires import Wires, text_chunks

_ATTEMPTS = 8
Set = frozenset[int]
Combine = Callable[[int, int], Set]


@dataclass(frozen=True)
class SourceNames:
    """One list to build from: normalised names, one a line, each line ended by a line feed.

    ``urls`` are path rules (``host/path``) in the same way, see :mod:`hornbook.kernel.paths`.
    """

    key: str
    category: str
    kind: Kind
    text: bytes
    urls: bytes = b""

    @classmethod
    def of(cls, key: str, category: str, kind: Kind, names: Iterable[str]) -> SourceNames:
        """The same from single normalised names."""
        return cls(key, category, kind, "".join(f"{name}\n" for name in names).encode("ascii"))

    @property
    def source(self) -> Source:
        return Source(self.key, self.category, self.kind)

    def chunks(self) -> Iterator[Wires]:
        """The names, and path rules as names, in wire form, a few thousand at a time."""
        for text in text_chunks(self.text):
            if b"\\" in text:
                yield Wires.pack([to_wire(line) for line in text.decode("ascii").splitlines()])
            else:
                yield Wires.from_text(text)
        yield from (addresses for addresses, _ in self._rules)

    def sites(self, hasher: Hasher) -> NDArray[np.uint64]:
        """The fingerprints of the hosts that path rules are for, sorted, each once."""
        found = [hasher.whole(sites) for _, sites in self._rules]
        return np.unique(np.concatenate([np.empty(0, np.uint64), *found]))

    @cached_property
    def _rules(self) -> list[tuple[Wires, Wires]]:
        """Read once: reading takes longer than all that is done with them."""
        return list(rules_in(self.urls))


class _Collision(Exception):
    """Two distinct listed names have one fingerprint under this seed."""


def proof_hasher(hasher: Hasher) -> Hasher:
    """The second fingerprint that tells two names from each other where the first does not."""
    return Hasher(~hasher.seed)


def build_catalogue(
    sources: Sequence[SourceNames], *, seed: int
) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Meta and arrays of a catalogue part, for :func:`~hornbook.kernel.parts.encode_part`.

    ``seed`` (64 bits) makes the fingerprints; keep one secret seed an instance, so that
    nobody can craft a colliding name and unchanged lists give an unchanged part. If two
    listed names collide the next seed is tried. They would both have to collide in a second
    64-bit fingerprint for that to go unseen. Raises BadName for a name that is not
    normalised, ValueError for two sources of one key or more than 65,535 sources.
    """
    return _attempt(sources, seed).made()


def build_with_workbook(
    sources: Sequence[SourceNames], *, seed: int
) -> tuple[dict[str, Any], dict[str, NDArray[Any]], dict[str, NDArray[Any]]]:
    """The same, and the arrays of the workbook for later changes."""
    build = _attempt(sources, seed)
    return *build.made(), build.workbook()


def _attempt(sources: Sequence[SourceNames], seed: int) -> _Build:
    keys = [source.key for source in sources]
    if len(set(keys)) < len(keys) or len(keys) > 0xFFFF:
        raise ValueError("a catalogue needs at most 65,535 sources, each with a key of its own")
    for attempt in range(_ATTEMPTS):
        try:
            return _Build(sources, Hasher(seed + attempt))
        except _Collision:
            continue
    raise ValueError(f"{_ATTEMPTS} seeds in a row collide; is one name listed in two spellings?")


def inherit(own: Set, parent: Set, kinds: Sequence[Kind]) -> Set:
    """The sources of a name that is in ``own`` lists while its parent has ``parent``.

    * What protects the parent protects the child, always; what is *private* stays so.
    * An *allow* (or protection) of the child drops the parent's topics.
    * A topic of the child drops the parent's *allow*.
    * A *rewrite* is about one host: it drops nothing and nobody inherits it.
    """
    of_kind = {kind: {s for s in parent if kinds[s] == kind} for kind in set(kinds)}
    freed = any(kinds[source] in ("allow", "protected") for source in own)
    listed = any(kinds[source] == "topic" for source in own)
    kept = set(of_kind.get("protected", ())) | of_kind.get("private", set())
    if not freed:
        kept |= of_kind.get("topic", set())
    if not listed:
        kept |= of_kind.get("allow", set())
    return own | kept


class _Build:
    """One attempt with one seed. Raises _Collision."""

    def __init__(self, sources: Sequence[SourceNames], hasher: Hasher) -> None:
        self._sources, self._hasher = sources, hasher
        fingerprint, proof, number = _merge(sources, hasher, proof_hasher(hasher))
        first = np.flatnonzero(np.concatenate(([True], fingerprint[1:] != fingerprint[:-1])))[
            : len(fingerprint)
        ]
        self._proof = proof[first]
        self._table = FingerprintTable.build(fingerprint[first])
        self._interned = _Interned([source.kind for source in sources])
        self._own = self._interned.runs(number, first)

    def made(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        parents = _parents(self._sources, self._hasher, self._table)
        folded = self._interned.fold(self._own, parents)
        meta = {
            "seed": self._hasher.seed,
            "bucket": self._table.bucket,
            "sources": [asdict(source.source) for source in self._sources],
            "names": len(self._table),
            # Of a name that is not listed: one suffix is taken for a listed one this often.
            "collision_bound": len(self._table) / 2.0**64,
        }
        sites = [source.sites(self._hasher) for source in self._sources]
        deeper = np.unique(np.concatenate([np.empty(0, np.uint64), *sites]))
        return meta, self._table.arrays() | self._interned.arrays(folded) | {"deeper": deeper}

    def workbook(self) -> dict[str, NDArray[Any]]:
        """What a later change needs (:mod:`hornbook.kernel.catalogue_change`)."""
        used, own = np.unique(self._own, return_inverse=True)
        members = [sorted(self._interned.members(number)) for number in used.tolist()]
        return {
            "own": own.astype(np.uint16 if len(used) <= 1 << 16 else np.uint32),
            "own_ends": np.cumsum([len(one) for one in members], dtype=np.uint32),
            "own_members": np.array([m for one in members for m in one], np.uint16),
            "proof": self._proof,
            **_ancestors(self._sources, self._hasher, self._table),
        }


def _ancestors(
    sources: Sequence[SourceNames], hasher: Hasher, table: FingerprintTable
) -> dict[str, NDArray[Any]]:
    """``above`` (fingerprint), ``below`` (slot) and ``labels`` of every name above a listed one.

    Sorted by ``above``. Single labels are left out unless they are listed themselves.
    """
    found: list[tuple[NDArray[np.uint64], NDArray[np.int32], NDArray[np.uint8]]] = []
    done = np.zeros(len(table), np.bool_)
    for source in sources:
        for wires in source.chunks():
            found.append(_ancestors_of(wires, hasher, table, done))
    above = np.concatenate([np.empty(0, np.uint64), *(one[0] for one in found)])
    below = np.concatenate([np.empty(0, np.int32), *(one[1] for one in found)])
    labels = np.concatenate([np.empty(0, np.uint8), *(one[2] for one in found)])
    order = np.argsort(above, kind="stable")
    return {"above": above[order], "below": below[order], "labels": labels[order]}


def _ancestors_of(
    wires: Wires, hasher: Hasher, table: FingerprintTable, done: NDArray[np.bool_]
) -> tuple[NDArray[np.uint64], NDArray[np.int32], NDArray[np.uint8]]:
    """Those of one chunk, of names that no chunk before had."""
    suffixes = hasher.suffixes(wires)
    count = np.bincount(suffixes.row, minlength=len(wires))
    order = np.argsort(suffixes.row, kind="stable")  # row by row, the longest first
    row, prints = suffixes.row[order], suffixes.fingerprint[order]
    place = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
    labels = count[row] - place
    probe, slot = table.find(prints)
    listed = np.full(len(prints), -1, np.int64)
    listed[probe] = slot
    own = listed[place == 0]
    fresh = ~done[own]
    _, once = np.unique(own, return_index=True)
    first = np.zeros(len(own), np.bool_)
    first[once] = True
    done[own] = True
    wanted = (place > 0) & (fresh & first)[row] & ((labels > 1) | (listed >= 0))
    return (
        prints[wanted],
        own[row[wanted]].astype(np.int32),
        labels[wanted].astype(np.uint8),
    )


def _merge(
    sources: Sequence[SourceNames], hasher: Hasher, check: Hasher
) -> tuple[NDArray[np.uint64], NDArray[np.uint64], NDArray[np.uint16]]:
    """All (fingerprint, proof, source), sorted by first and last, each pair of these once."""
    found = [_hash_all(source, hasher, check) for source in sources]
    empty = np.zeros(0, np.uint64)
    fingerprint = np.concatenate([empty, *(pair[0] for pair in found)])
    proof = np.concatenate([empty, *(pair[1] for pair in found)])
    sizes = [len(pair[0]) for pair in found]
    number = np.repeat(np.arange(len(sizes), dtype=np.uint16), sizes)
    del found
    order = np.argsort(fingerprint, kind="stable")
    fingerprint, proof, number = fingerprint[order], proof[order], number[order]
    same = fingerprint[1:] == fingerprint[:-1]
    if (same & (proof[1:] != proof[:-1])).any():
        raise _Collision
    new = np.concatenate(([True], ~same | (number[1:] != number[:-1])))[: len(number)]
    return fingerprint[new], proof[new], number[new]


def _hash_all(
    source: SourceNames, hasher: Hasher, check: Hasher
) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    pairs = [(hasher.whole(wires), check.whole(wires)) for wires in source.chunks()]
    empty = np.zeros(0, np.uint64)
    return (
        np.concatenate([empty, *(pair[0] for pair in pairs)]),
        np.concatenate([empty, *(pair[1] for pair in pairs)]),
    )


def _parents(
    sources: Sequence[SourceNames], hasher: Hasher, table: FingerprintTable
) -> NDArray[np.int32]:
    """For each slot of the table, the slot of the nearest listed ancestor, or -1."""
    parent = np.full(len(table), -1, np.int32)
    for source in sources:
        for wires in source.chunks():
            suffixes = hasher.suffixes(wires)
            probe, slot = table.find(suffixes.fingerprint)
            whole = suffixes.start[probe] == 0
            own = np.zeros(len(wires), np.intp)
            own[suffixes.row[probe[whole]]] = slot[whole]
            # From the shortest ancestor to the longest: the last assignment stays.
            ancestor = np.flatnonzero(~whole)[::-1]
            parent[own[suffixes.row[probe[ancestor]]]] = slot[ancestor]
    return parent


class _Interned:
    """Sets of source numbers, each known by one number; 0 is the empty set."""

    def __init__(self, kinds: Sequence[Kind]) -> None:
        self._kinds = kinds
        self._sets: list[Set] = [frozenset()]
        self._numbers: dict[Set, int] = {frozenset(): 0}

    def number(self, members: Set) -> int:
        if members not in self._numbers:
            self._numbers[members] = len(self._sets)
            self._sets.append(members)
        return self._numbers[members]

    def members(self, number: int) -> Set:
        return self._sets[number]

    def runs(self, members: NDArray[np.uint16], first: NDArray[np.intp]) -> NDArray[np.uint32]:
        """The set of each run of ``members``; a run begins at each of ``first``.

        The runs grow by one member a round, all together, so only distinct (set so far, next
        member) pairs are looked at one by one.
        """
        size = np.diff(np.append(first, len(members)))
        result = np.zeros(len(first), np.uint32)
        for place in range(int(size.max(initial=0))):
            longer = np.flatnonzero(size > place)
            following = members[first[longer] + place]
            result[longer] = self._pairwise(
                result[longer], following, lambda old, new: self._sets[old] | {new}
            )
        return result

    def fold(self, own: NDArray[np.uint32], parent: NDArray[np.int32]) -> NDArray[np.uint32]:
        """Own sets with what they inherit, level by level from the top of the tree."""
        result = own.copy()
        waiting = np.flatnonzero(parent >= 0)
        done = parent < 0
        while len(waiting):
            ready = done[parent[waiting]]
            level = waiting[ready]
            result[level] = self._pairwise(
                own[level],
                result[parent[level]],
                lambda mine, above: inherit(self._sets[mine], self._sets[above], self._kinds),
            )
            done[level] = True
            waiting = waiting[~ready]
        return result

    def _pairwise(
        self, left: NDArray[Any], right: NDArray[Any], combine: Combine
    ) -> NDArray[np.uint32]:
        pairs = (left.astype(np.uint64) << np.uint64(32)) | right.astype(np.uint64)
        distinct, place = np.unique(pairs, return_inverse=True)
        numbers = [
            self.number(combine(pair >> 32, pair & 0xFFFFFFFF)) for pair in distinct.tolist()
        ]
        return np.array(numbers, np.uint32)[place]

    def arrays(self, folded: NDArray[np.uint32]) -> dict[str, NDArray[Any]]:
        """Only the sets that a name ended up with, renumbered, and the names' sets."""
        used = np.union1d([0], np.unique(folded)).astype(np.uint32)
        members = [sorted(self._sets[number]) for number in used.tolist()]
        offsets = np.cumsum([0, *map(len, members)])
        small = len(used) <= 1 << 16
        return {
            "sets": np.searchsorted(used, folded).astype(np.uint16 if small else np.uint32),
            "set_offsets": offsets.astype(np.uint32),
            "set_members": np.array([m for one in members for m in one], np.uint16),
        }
