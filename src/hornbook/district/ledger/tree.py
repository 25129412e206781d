"""The ledger's Merkle tree as the database keeps it: tiles, edges, signed checkpoints.

Writing a leaf does not touch the tree. A *checkpoint* takes in all leaves since the last one,
so that busy hours cost nothing extra, and signs the new root. Proofs speak of a checkpoint.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.db import connection, transaction

from hornbook.district.ledger.keys import signer
from hornbook.district.ledger.models import Checkpoint, Leaf, Tile
from hornbook.instance import InstanceError
from hornbook.record import merkle, notes, tiles

Edge = list[list[bytes]]
_TREE_LOCK = 0x74726565  # any constant: "tree"
_CHUNK = 50_000


class NotThere(InstanceError):
    """There is no such leaf or checkpoint; the message says what there is."""


@dataclass
class Growth:
    """A tree that grows in memory: what is not in full tiles, and the tiles made on the way."""

    size: int
    edge: Edge

    def add(self, hashes: Sequence[str]) -> list[tiles.Tile]:
        """Add leaves by their ``hash`` (hexadecimal); the tiles that became full."""
        leaves = [merkle.leaf_hash(bytes.fromhex(one)) for one in hashes]
        full, self.edge = tiles.grow(self.size, self.edge, leaves)
        self.size += len(leaves)
        return full

    def root(self) -> bytes:
        """Every complete subtree that a root is made of lies in the edge."""
        kept = tiles.Tiles(lambda level, _: b"".join(self.edge[level]))
        return merkle.root(kept.subtree, self.size)

    def joined(self) -> bytes:
        return b"".join(one for row in self.edge for one in row)


def growth_of(checkpoint: Checkpoint | None) -> Growth:
    """The tree as that checkpoint left it; the empty one without."""
    if checkpoint is None:
        return Growth(0, [])
    hashes, edge, size = tiles.split(bytes(checkpoint.edge)), [], checkpoint.size
    while size:
        edge.append(hashes[: size % tiles.WIDTH])
        hashes = hashes[size % tiles.WIDTH :]
        size //= tiles.WIDTH
    return Growth(checkpoint.size, edge)


def last_checkpoint() -> Checkpoint | None:
    return Checkpoint.objects.order_by("-size").first()


@transaction.atomic
def make_checkpoint() -> Checkpoint:
    """Take in what was written since the last checkpoint and sign the root.

    Without new leaves it is the last one again. Raises NotThere for a ledger without leaves,
    InstanceError when leaves are missing: a gap is never signed.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_TREE_LOCK])
    last = last_checkpoint()
    growth = growth_of(last)
    for hashes in _hashes_behind(growth.size):
        Tile.objects.bulk_create(
            Tile(level=tile.level, index=tile.index, hashes=tile.hashes)
            for tile in growth.add(hashes)
        )
    if last and last.size == growth.size:
        return last
    if not growth.size:
        raise NotThere("The ledger has no leaf yet, so there is nothing to sign.")
    return _sign(growth)


def _hashes_behind(size: int) -> Iterator[list[str]]:
    """The hashes of all leaves behind the first ``size``, in pieces, without a gap."""
    while True:
        rows = list(
            Leaf.objects.filter(no__gt=size).order_by("no").values_list("no", "hash")[:_CHUNK]
        )
        if not rows:
            return
        if rows[-1][0] - size != len(rows):
            raise InstanceError(
                f"Leaves are missing behind leaf {size}: nothing is signed. "
                "“hornbook ledger verify” names the first of them."
            )
        yield [digest for _, digest in rows]
        size = rows[-1][0]


def _sign(growth: Growth) -> Checkpoint:
    key = signer()
    text = notes.Checkpoint(key.name, growth.size, growth.root()).text
    return Checkpoint.objects.create(size=growth.size, note=key.sign(text), edge=growth.joined())


def subtrees(checkpoint: Checkpoint) -> merkle.Subtree:
    """The complete subtrees of the tree as of ``checkpoint``, from tiles and its edge."""
    edge = growth_of(checkpoint).edge

    def read(level: int, index: int) -> bytes:
        if index == checkpoint.size // tiles.WIDTH ** (level + 1):
            return b"".join(edge[level])
        found = Tile.objects.values_list("hashes", flat=True).get(level=level, index=index)
        return bytes(found)

    return tiles.Tiles(read).subtree
