"""A Merkle tree kept as tiles of 256 hashes, so that it can grow for ever and proofs stay quick.

The layout is that of C2SP tlog-tiles: tile (L, N) stands over the complete subtrees of 256^L
leaves numbered 256·N and up. A full tile never changes. What does not fill a tile yet is the
*edge*: one short run of hashes a level. A proof opens a few tiles, however old the log is, and
hashes nothing: a tile is *packed* with the nodes above its hashes, up to its root.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from hornbook.record.merkle import Tree

WIDTH = 256
_HEIGHT = 8  # WIDTH is 2^8
_HASH = 32


@dataclass(frozen=True)
class Tile:
    """A full tile. ``packed`` are its 256 hashes, the 128 nodes above them, …, its root."""

    level: int
    index: int
    packed: bytes

    @property
    def root(self) -> bytes:
        return self.packed[-_HASH:]


def grow(
    size: int, edge: Sequence[Sequence[bytes]], leaves: Sequence[bytes]
) -> tuple[list[Tile], list[list[bytes]]]:
    """Add leaf hashes to a tree of ``size``: the tiles that became full, and the new edge.

    ``edge[L]`` are the hashes of level L behind its last full tile, size // 256^L % 256 of them.
    """
    full: list[Tile] = []
    rows: list[list[bytes]] = []
    above: Sequence[bytes] = leaves
    level = 0
    while above or level < len(edge):
        row = [*(edge[level] if level < len(edge) else ()), *above]
        first = size // WIDTH ** (level + 1)
        made = [
            Tile(level, first + number, pack(row[number * WIDTH : (number + 1) * WIDTH]))
            for number in range(len(row) // WIDTH)
        ]
        full += made
        rows.append(row[len(made) * WIDTH :])
        above = [tile.root for tile in made]
        level += 1
    return full, rows


def pack(hashes: Sequence[bytes]) -> bytes:
    """A row of hashes and all complete subtrees above it, level by level."""
    return b"".join(one for row in Tree(hashes).levels for one in row)


def packed_octets(count: int) -> int:
    """How long ``pack`` makes a row of ``count`` hashes."""
    return _HASH * _before(count, _HEIGHT + 1)


def _before(count: int, level: int) -> int:
    """How many hashes of a packed row stand before that level."""
    return sum(count >> below for below in range(level))


def split(hashes: bytes) -> list[bytes]:
    """Hashes that stand one behind the other."""
    return [hashes[at : at + _HASH] for at in range(0, len(hashes), _HASH)]


class Tiles:
    """Proofs over the tiles of a tree of ``size``; ``read`` gives (level, index) packed."""

    def __init__(self, size: int, read: Callable[[int, int], bytes]) -> None:
        self._size = size
        self._read = read

    def subtree(self, level: int, index: int) -> bytes:
        """The hash of a complete subtree (see ``merkle.Subtree``)."""
        high, inside = divmod(level, _HEIGHT)
        tile, place = divmod(index, WIDTH >> inside)
        count = min(WIDTH, self._size // WIDTH**high - tile * WIDTH)
        at = _HASH * (_before(count, inside) + place)
        return self._read(high, tile)[at : at + _HASH]
