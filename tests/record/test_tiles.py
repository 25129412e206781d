"""A tree in tiles proves the same as a tree in memory, however it grew."""

from __future__ import annotations

import pytest

from hornbook.record.merkle import Tree, consistency_path, inclusion_path, leaf_hash, root
from hornbook.record.tiles import WIDTH, Tile, Tiles, grow, pack, packed_octets, split

LEAVES = [leaf_hash(number.to_bytes(4, "big")) for number in range(WIDTH * WIDTH + 3 * WIDTH + 7)]


class Shelf:
    """Tiles and edge as somebody keeps them."""

    def __init__(self) -> None:
        self.size = 0
        self.full: dict[tuple[int, int], bytes] = {}
        self.edge: list[list[bytes]] = []

    def add(self, leaves: list[bytes]) -> list[Tile]:
        made, self.edge = grow(self.size, self.edge, leaves)
        self.size += len(leaves)
        assert all((tile.level, tile.index) not in self.full for tile in made)
        self.full |= {(tile.level, tile.index): tile.packed for tile in made}
        return made

    def read(self, level: int, index: int) -> bytes:
        return self.full.get((level, index)) or pack(self.edge[level])


@pytest.mark.parametrize("step", [1000, WIDTH, len(LEAVES)])
def test_tiles_prove_what_the_tree_proves(step: int) -> None:
    shelf = Shelf()
    for start in range(0, len(LEAVES), step):
        shelf.add(LEAVES[start : start + step])
    tiles, tree, size = Tiles(len(LEAVES), shelf.read), Tree(LEAVES), len(LEAVES)
    assert root(tiles.subtree, size) == tree.root()
    for index in (0, 1, WIDTH - 1, WIDTH, WIDTH * WIDTH, size - 1):
        mine = inclusion_path(tiles.subtree, index, size)
        assert mine == inclusion_path(tree.subtree, index, size)
    for old in (1, WIDTH, WIDTH + 1, WIDTH * WIDTH - 1, size - 1):
        mine = consistency_path(tiles.subtree, old, size)
        assert mine == consistency_path(tree.subtree, old, size)


def test_a_tile_is_made_when_it_is_full_and_not_before() -> None:
    shelf = Shelf()
    assert shelf.add(LEAVES[: WIDTH - 1]) == []
    (tile,) = shelf.add(LEAVES[WIDTH - 1 : WIDTH])
    assert (tile.level, tile.index, split(tile.packed)[:WIDTH]) == (0, 0, LEAVES[:WIDTH])
    assert tile.root == Tree(LEAVES[:WIDTH]).root()
    assert shelf.edge == [[], [tile.root]]


def test_nothing_new_makes_nothing_new() -> None:
    edge = [LEAVES[:3]]
    assert grow(3, edge, []) == ([], edge)


@pytest.mark.parametrize("count", [0, 1, 2, 3, 128, 255, 256])
def test_a_packed_row_is_as_long_as_told(count: int) -> None:
    assert len(pack(LEAVES[:count])) == packed_octets(count)
