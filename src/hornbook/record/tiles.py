"""A Merkle tree kept as tiles of 256 hashes, so that it can grow for ever and proofs stay quick.

The layout is that of C2SP tlog-tiles: tile (L, N) holds the hashes of the complete subtrees of
256^L leaves numbered 256·N and up. A full tile never changes. What does not fill a tile yet is
the *edge*: one short run of hashes a level. A proof opens a few tiles, however old the log is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from hornbook.record import merkle

WIDTH = 256
_HEIGHT = 8  # WIDTH is 2^8
_HASH = 32


@dataclass(frozen=True)
class Tile:
    """A full tile: ``hashes`` are 256 · 32 octets, ``root`` is their root."""

    level: int
    index: int
    hashes: bytes
    root: bytes


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
            _tile(level, first + number, row[number * WIDTH : (number + 1) * WIDTH])
            for number in range(len(row) // WIDTH)
        ]
        full += made
        rows.append(row[len(made) * WIDTH :])
        above = [tile.root for tile in made]
        level += 1
    return full, rows


def _tile(level: int, index: int, hashes: Sequence[bytes]) -> Tile:
    return Tile(level, index, b"".join(hashes), merkle.fold(hashes))


def split(hashes: bytes) -> list[bytes]:
    """Hashes that stand one behind the other."""
    return [hashes[at : at + _HASH] for at in range(0, len(hashes), _HASH)]


class Tiles:
    """Proofs over tiles. ``read`` gives the hashes of a tile, full or the edge, joined."""

    def __init__(self, read: Callable[[int, int], bytes]) -> None:
        self._tile = lru_cache(maxsize=64)(
            lambda level, index: merkle.Tree(split(read(level, index)))
        )

    def subtree(self, level: int, index: int) -> bytes:
        """The hash of a complete subtree (see ``merkle.Subtree``)."""
        inside = level % _HEIGHT
        tile, place = divmod(index, WIDTH >> inside)
        return self._tile(level // _HEIGHT, tile).levels[inside][place]
