"""A log of leaves: what it proves, and what a liar cannot prove."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hornbook.record.merkle import (
    EMPTY_ROOT,
    Tree,
    consistency_path,
    consistent,
    included,
    inclusion_path,
    leaf_hash,
    root,
)

# The eight leaves of RFC 6962's reference tests, and the roots of their first 1, 2, … of them.
RFC_LEAVES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
RFC_ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def tree_of(count: int) -> Tree:
    return Tree(leaf_hash(number.to_bytes(4, "big")) for number in range(count))


def naive_root(leaves: list[bytes]) -> bytes:
    """Straight from the words of RFC 6962, 2.1."""
    if len(leaves) < 2:
        return leaves[0] if leaves else EMPTY_ROOT
    left = 1
    while left * 2 < len(leaves):
        left *= 2
    halves = naive_root(leaves[:left]) + naive_root(leaves[left:])
    return hashlib.sha256(b"\x01" + halves).digest()


@pytest.mark.parametrize(("count", "expected"), list(enumerate(RFC_ROOTS, 1)))
def test_the_roots_are_those_of_the_rfc(count: int, expected: str) -> None:
    assert Tree(map(leaf_hash, RFC_LEAVES[:count])).root().hex() == expected


def test_an_empty_tree_has_the_hash_of_nothing() -> None:
    assert Tree().root() == hashlib.sha256(b"").digest()


@given(st.integers(1, 70), st.data())
def test_every_leaf_is_proved_and_nothing_else_is(size: int, data: st.DataObject) -> None:
    tree = tree_of(size)
    assert tree.root() == naive_root(tree.levels[0])
    index = data.draw(st.integers(0, size - 1))
    path = inclusion_path(tree.subtree, index, size)
    leaf = tree.levels[0][index]
    assert included(leaf, index, size, path, tree.root())
    assert not included(leaf_hash(b"another"), index, size, path, tree.root())
    assert not included(leaf, index + size, size, path, tree.root())
    assert not included(leaf, index, size, [*path, leaf], tree.root())
    if path:
        assert not included(leaf, index, size, path[:-1], tree.root())


@given(st.integers(1, 70), st.data())
def test_an_older_tree_is_proved_a_beginning(size: int, data: st.DataObject) -> None:
    tree = tree_of(size)
    old = data.draw(st.integers(1, size))
    before = root(tree.subtree, old)
    path = consistency_path(tree.subtree, old, size)
    assert consistent(old, size, path, old_root=before, root=tree.root())
    other = leaf_hash(b"another past")
    assert not consistent(old, size, path, old_root=other, root=tree.root())
    assert not consistent(old, size, path, old_root=before, root=other)
    assert not consistent(old, size, [*path, other], old_root=before, root=tree.root())


def test_a_rewritten_past_cannot_be_made_consistent() -> None:
    honest, forged = tree_of(40), tree_of(40)
    forged = Tree([leaf_hash(b"forged"), *honest.levels[0][1:], *tree_of(20).levels[0]])
    path = consistency_path(forged.subtree, 40, 60)
    assert not consistent(40, 60, path, old_root=honest.root(), root=forged.root())


@pytest.mark.parametrize(("old", "size"), [(0, 5), (6, 5)])
def test_what_is_no_beginning_gets_no_path(old: int, size: int) -> None:
    with pytest.raises(ValueError, match="no beginning"):
        consistency_path(tree_of(5).subtree, old, size)
    assert not consistent(old, size, [EMPTY_ROOT], old_root=EMPTY_ROOT, root=tree_of(5).root())


def test_a_leaf_that_is_not_there_gets_no_path() -> None:
    with pytest.raises(ValueError, match="no leaf 5"):
        inclusion_path(tree_of(5).subtree, 5, 5)


@given(st.lists(st.integers(0, 9), max_size=8))
def test_growing_step_by_step_is_growing_at_once(steps: list[int]) -> None:
    leaves = tree_of(sum(steps)).levels[0]
    grown = Tree()
    for step in steps:
        grown.extend(leaves[len(grown) : len(grown) + step])
    assert grown.root() == Tree(leaves).root()
