"""The ledger's Merkle tree as the database keeps it: tiles, edges, signed checkpoints.

Writing a leaf does not touch the tree. A *checkpoint* takes in all leaves since the last one,
so that busy hours cost nothing extra, and signs the new root. Proofs speak of a checkpoint.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.db import connection, transaction
from django.db.models import Max

from hornbook.district.ledger.keys import signer
from hornbook.district.ledger.models import Checkpoint, Leaf
from hornbook.instance import InstanceError
from hornbook.record import merkle, notes, tiles

Edge = list[list[bytes]]
_TREE_LOCK = 0x74726565  # any constant: "tree"
_CHUNK = 50_000
_COPY_TILES = "COPY ledger_tile (level, index, packed) FROM STDIN (FORMAT BINARY)"


class NotThere(InstanceError):
    """There is no such leaf or checkpoint; the message says what there is."""


@dataclass
class Growth:
    """A tree that grows in memory: what is not in full tiles, and the tiles made on the way."""

    size: int
    edge: Edge

    def add(self, digests: Iterable[bytes]) -> list[tiles.Tile]:
        """Add leaves by the 32 octets of their ``hash``; the tiles that became full."""
        leaves = [merkle.leaf_hash(one) for one in digests]
        full, self.edge = tiles.grow(self.size, self.edge, leaves)
        self.size += len(leaves)
        return full

    def root(self) -> bytes:
        """Every complete subtree that a root is made of lies in the edge."""
        kept = tiles.Tiles(self.size, lambda level, _: tiles.pack(self.edge[level]))
        return merkle.root(kept.subtree, self.size)

    def packed(self) -> bytes:
        """The edge as a checkpoint keeps it, level by level."""
        return b"".join(map(tiles.pack, self.edge))


def growth_of(checkpoint: Checkpoint | None) -> Growth:
    """The tree as that checkpoint left it; the empty one without."""
    if checkpoint is None:
        return Growth(0, [])
    counts = _edge_counts(checkpoint.size)
    rows = [tiles.split(row)[:n] for row, n in zip(_edge_rows(checkpoint), counts, strict=True)]
    return Growth(checkpoint.size, rows)


def _edge_counts(size: int) -> list[int]:
    """How many hashes each level of the edge has, from the leaves up."""
    counts = []
    while size:
        counts.append(size % tiles.WIDTH)
        size //= tiles.WIDTH
    return counts


def _edge_rows(checkpoint: Checkpoint) -> list[bytes]:
    """The packed rows of a checkpoint's edge, from the leaves up."""
    edge, at, rows = bytes(checkpoint.edge), 0, []
    for count in _edge_counts(checkpoint.size):
        rows.append(edge[at : at + tiles.packed_octets(count)])
        at += len(rows[-1])
    return rows


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
    for digests in _digests_behind(growth.size):
        _keep(growth.add(digests))
    if last and last.size == growth.size:
        return last
    if not growth.size:
        raise NotThere("The ledger has no leaf yet, so there is nothing to sign.")
    return _sign(growth)


def _digests_behind(size: int) -> Iterator[list[bytes]]:
    """The hashes of all leaves behind the first ``size``, in pieces, without a gap."""
    end = Leaf.objects.aggregate(last=Max("no"))["last"] or 0
    while size < end:
        upto = min(size + _CHUNK, end)
        octets = _hashes(size, upto)
        if len(octets) != 32 * (upto - size):
            raise InstanceError(
                f"Leaves are missing behind leaf {size}: nothing is signed. "
                "“hornbook ledger verify” names the first of them."
            )
        yield [octets[at : at + 32] for at in range(0, len(octets), 32)]
        size = upto


def _hashes(behind: int, upto: int) -> bytes:
    """By COPY, a line each: as rows of a query they take longer than the tree."""
    words = f"SELECT hash FROM ledger_leaf WHERE no > {behind} AND no <= {upto} ORDER BY no"  # noqa: S608
    with connection.cursor() as cursor, cursor.copy(f"COPY ({words}) TO STDOUT") as lines:
        return bytes.fromhex(b"".join(map(bytes, lines)).decode())


def _keep(full: Iterable[tiles.Tile]) -> None:
    with connection.cursor() as cursor, cursor.copy(_COPY_TILES) as copy:
        copy.set_types(["int2", "int8", "bytea"])
        for tile in full:
            copy.write_row((tile.level, tile.index, tile.packed))


def _sign(growth: Growth) -> Checkpoint:
    key = signer()
    text = notes.Checkpoint(key.name, growth.size, growth.root()).text
    return Checkpoint.objects.create(size=growth.size, note=key.sign(text), edge=growth.packed())


def subtrees(checkpoint: Checkpoint, *near: int) -> merkle.Subtree:
    """The complete subtrees of the tree as of ``checkpoint``, from tiles and its edge.

    ``near`` are leaves (from 0) around which they will be asked for: their tiles are read at
    once, the others when they are needed.
    """
    rows = _edge_rows(checkpoint)
    full = [checkpoint.size // tiles.WIDTH ** (level + 1) for level in range(len(rows))]
    kept = {(level, full[level]): row for level, row in enumerate(rows)}
    wanted = {
        (level, index)
        for leaf in near
        for level, count in enumerate(full)
        if (index := leaf // tiles.WIDTH ** (level + 1)) < count
    }
    kept |= _tiles(wanted) if wanted else {}

    def read(level: int, index: int) -> bytes:
        if (level, index) not in kept:
            kept.update(_tiles({(level, index)}))
        return kept[level, index]

    return tiles.Tiles(checkpoint.size, read).subtree


def _tiles(wanted: set[tuple[int, int]]) -> dict[tuple[int, int], bytes]:
    """One look-up in plain SQL: building the same by the ORM takes longer than the answer."""
    places = ", ".join(["(%s, %s)"] * len(wanted))
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT level, index, packed FROM ledger_tile WHERE (level, index) IN ({places})",  # noqa: S608
            [number for place in wanted for number in place],
        )
        return {(level, index): bytes(packed) for level, index, packed in cursor.fetchall()}
