"""Merkle trees over an append-only list: roots, proofs, and how anyone checks them.

RFC 6962, section 2.1 (RFC 9162 keeps it): a leaf is SHA-256 of 0x00 and its data, a node SHA-256
of 0x01 and its two children; a tree of n leaves splits at the largest power of two below n.

Whoever makes proofs gives a ``Subtree``: (level, index) → the hash of the *complete* subtree
over the leaves from index · 2^level up to (index + 1) · 2^level. Checking needs no tree.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence

Subtree = Callable[[int, int], bytes]
EMPTY_ROOT = hashlib.sha256().digest()


def leaf_hash(data: bytes) -> bytes:
    """The hash of a leaf that holds ``data``."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def _parents(row: Sequence[bytes]) -> list[bytes]:
    sha256 = hashlib.sha256
    pairs = zip(row[::2], row[1::2], strict=True)
    return [sha256(b"\x01" + left + right).digest() for left, right in pairs]


class Tree:
    """A tree in memory. ``levels[i]`` holds the hashes of all complete subtrees of 2^i leaves."""

    def __init__(self, leaves: Iterable[bytes] = ()) -> None:
        self.levels: list[list[bytes]] = [[]]
        self.extend(leaves)

    def __len__(self) -> int:
        return len(self.levels[0])

    def extend(self, leaves: Iterable[bytes]) -> None:
        """Add leaf hashes, in order."""
        self.levels[0] += leaves
        level = 0
        while len(self.levels[level]) > 1:
            if level + 1 == len(self.levels):
                self.levels.append([])
            below, above = self.levels[level], self.levels[level + 1]
            above += _parents(below[2 * len(above) : len(below) // 2 * 2])
            level += 1

    def subtree(self, level: int, index: int) -> bytes:
        return self.levels[level][index]

    def root(self) -> bytes:
        return root(self.subtree, len(self))


def root(subtree: Subtree, size: int) -> bytes:
    """The root of the tree of the first ``size`` leaves (RFC 6962, 2.1)."""
    return _range(subtree, 0, size) if size else EMPTY_ROOT


def inclusion_path(subtree: Subtree, index: int, size: int) -> list[bytes]:
    """The hashes that prove leaf ``index`` in the tree of ``size`` (RFC 6962, 2.1.1)."""
    if not 0 <= index < size:
        raise ValueError(f"there is no leaf {index} in a tree of {size}")
    return _inclusion(subtree, index, 0, size)


def consistency_path(subtree: Subtree, old: int, size: int) -> list[bytes]:
    """The hashes that prove the tree of ``old`` a beginning of that of ``size`` (2.1.2)."""
    if not 0 < old <= size:
        raise ValueError(f"a tree of {old} is no beginning of a tree of {size}")
    return _consistency(subtree, old, 0, size, whole=True)


def _split(size: int) -> int:
    """The largest power of two below ``size``."""
    return 1 << (size - 1).bit_length() - 1


def _range(subtree: Subtree, start: int, size: int) -> bytes:
    if size & (size - 1) == 0 and start % size == 0:
        return subtree(size.bit_length() - 1, start // size)
    left = _split(size)
    return node_hash(_range(subtree, start, left), _range(subtree, start + left, size - left))


def _inclusion(subtree: Subtree, index: int, start: int, size: int) -> list[bytes]:
    if size == 1:
        return []
    left = _split(size)
    if index < left:
        beside = _range(subtree, start + left, size - left)
        return [*_inclusion(subtree, index, start, left), beside]
    beside = _range(subtree, start, left)
    return [*_inclusion(subtree, index - left, start + left, size - left), beside]


def _consistency(subtree: Subtree, old: int, start: int, size: int, *, whole: bool) -> list[bytes]:
    if old == size:
        return [] if whole else [_range(subtree, start, size)]
    left = _split(size)
    if old <= left:
        beside = _range(subtree, start + left, size - left)
        return [*_consistency(subtree, old, start, left, whole=whole), beside]
    beside = _range(subtree, start, left)
    rest = _consistency(subtree, old - left, start + left, size - left, whole=False)
    return [*rest, beside]


def included(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Does ``path`` prove that ``leaf`` is number ``index`` under ``root``? (RFC 9162, 2.1.3.2)"""
    if not 0 <= index < size:
        return False
    here, last, found = index, size - 1, leaf
    for beside in path:
        if last == 0:
            return False
        if here & 1 or here == last:
            found = node_hash(beside, found)
            while here and not here & 1:
                here, last = here >> 1, last >> 1
        else:
            found = node_hash(found, beside)
        here, last = here >> 1, last >> 1
    return last == 0 and found == root


def consistent(old: int, size: int, path: Sequence[bytes], *, old_root: bytes, root: bytes) -> bool:
    """Does ``path`` prove that nothing of the older tree was changed? (RFC 9162, 2.1.4.2)"""
    if old == size:
        return not path and old_root == root
    if not 0 < old < size:
        return False
    hashes = list(path)
    if old & (old - 1) == 0:
        hashes.insert(0, old_root)
    if not hashes:
        return False
    here, last = old - 1, size - 1
    while here & 1:
        here, last = here >> 1, last >> 1
    before = after = hashes[0]
    for beside in hashes[1:]:
        if last == 0:
            return False
        if here & 1 or here == last:
            before, after = node_hash(beside, before), node_hash(beside, after)
            while here and not here & 1:
                here, last = here >> 1, last >> 1
        else:
            after = node_hash(after, beside)
        here, last = here >> 1, last >> 1
    return last == 0 and before == old_root and after == root
