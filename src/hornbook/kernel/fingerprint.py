"""64-bit fingerprints of every suffix of every name of a batch, by one prefix sum.

All names of a batch stand behind each other without padding. Each octet becomes a
pseudo-random 64-bit word (upper and lower case the same one), the word at place *j* of the
batch is multiplied by ``base**j``, and C is the running sum. The suffix that begins at *i* and
ends at *e* then hashes to ``(C[e] - C[i]) * base**-i`` mod 2**64, whatever comes before it, and
a finaliser mixes the bits. The base is odd, hence
invertible, and 3 mod 8, so that swapping octets cannot lose more than a few bits.

Words and base come from a seed that is stored in each catalogue and is not public: who does
not know it cannot craft a name that collides with a listed one. For any given name that is
not listed, a false match has a probability of about n / 2**64 a suffix, n listed names:
one in five million million for four million names.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hornbook.kernel.wires import Wires

_MASK = (1 << 64) - 1
_GOLDEN = 0x9E3779B97F4A7C15
SHIFTS = np.uint64(30), np.uint64(27), np.uint64(31)
FACTORS = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)


@dataclass(slots=True)
class Suffixes:
    """``fingerprint`` uint64, ``row`` and ``start`` intp, all (p,); longest first in a row."""

    fingerprint: NDArray[np.uint64]
    row: NDArray[np.intp]
    start: NDArray[np.intp]


class Hasher:
    """The fingerprint function of one seed (0 .. 2**64 - 1)."""

    def __init__(self, seed: int) -> None:
        self.seed = seed & _MASK
        self.base = _splitmix(self.seed) & ~7 | 3
        self._inverse = pow(self.base, -1, 1 << 64)
        self.words = _fold_case(_words(self.seed))
        self._word_list: list[int] = self.words.tolist()
        one = np.ones(1, np.uint64)
        self._powers = (one, one)
        self._tables(1 << 14)

    def suffixes(self, wires: Wires) -> Suffixes:
        """The fingerprint of each suffix that starts at a label, the root's excepted."""
        starts = wires.starts
        first = wires.begins.take(starts.row)
        first += starts.start
        value = self._sums(wires, first, wires.ends.take(starts.row))
        return Suffixes(value, starts.row, starts.start)

    def whole(self, wires: Wires) -> NDArray[np.uint64]:
        """The fingerprint of each whole name, uint64 (n,)."""
        return self._sums(wires, wires.begins, wires.ends)

    def of_one(self, wire: bytes) -> list[tuple[int, int]]:
        """(start, fingerprint) of each suffix of one name, the longest first; without numpy.

        A batch of one costs mostly the calls; this is Horner's rule from the end of the name.
        """
        starts, at = [], 0
        while wire[at]:
            starts.append(at)
            at += wire[at] + 1
        found: list[tuple[int, int]] = []
        value, end, base, words = 0, len(wire), self.base, self._word_list
        for start in reversed(starts):
            for octet in wire[start:end][::-1]:
                value = (value * base + words[octet]) & _MASK
            end = start
            found.append((start, mix_one(value)))
        return found[::-1]

    def _sums(
        self, wires: Wires, first: NDArray[np.intp], end: NDArray[np.intp]
    ) -> NDArray[np.uint64]:
        """The fingerprints of ``octets[first:end]``, each ending where a name ends."""
        octets = wires.octets
        size = len(octets)
        powers, inverses = self._tables(size)
        running = np.empty(size + 1, np.uint64)
        running[0] = 0
        terms = running[1:]
        # "clip" writes straight to its output; no octet is out of range anyway.
        self.words.take(octets, out=terms, mode="clip")
        terms *= powers[:size]
        np.add.accumulate(terms, out=terms)
        value = running.take(end)
        value -= running.take(first)
        value *= inverses.take(first)
        return _mix(value)

    def _tables(self, size: int) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
        """Powers of the base and of its inverse, for as many places as any batch had so far."""
        while len(self._powers[0]) < size:
            powers, inverses = self._powers
            self._powers = _doubled(powers, self.base), _doubled(inverses, self._inverse)
        return self._powers


def _mix(value: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """David Stafford's thirteenth variant of MurmurHash3's finaliser, in place."""
    value ^= value >> SHIFTS[0]
    value *= FACTORS[0]
    value ^= value >> SHIFTS[1]
    value *= FACTORS[1]
    value ^= value >> SHIFTS[2]
    return value


def _splitmix(state: int) -> int:
    """SplitMix64's output for ``state`` (Steele, Lea and Flood, 2014)."""
    return mix_one((state + _GOLDEN) & _MASK)


def mix_one(value: int) -> int:
    """The same finaliser as :func:`_mix`, for one number."""
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & _MASK
    return value ^ (value >> 31)


def _words(seed: int) -> NDArray[np.uint64]:
    values = (_splitmix(seed + step * _GOLDEN & _MASK) for step in range(1, 257))
    return np.fromiter(values, np.uint64, 256)


def _fold_case(words: NDArray[np.uint64]) -> NDArray[np.uint64]:
    words[ord("A") : ord("Z") + 1] = words[ord("a") : ord("z") + 1]
    return words


def _doubled(powers: NDArray[np.uint64], base: int) -> NDArray[np.uint64]:
    """Twice as many powers of ``base``: those given, and those times the next one."""
    return np.concatenate([powers, powers * np.uint64(pow(base, len(powers), 1 << 64))])
