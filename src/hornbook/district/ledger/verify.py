"""Recompute the whole ledger and name everything that is not what it was.

The chain names the first leaf that fails. The tree is built anew beside it and compared with
every tile and every signed checkpoint, so that also a chain that was rewritten as a whole is
found by its checkpoints, and the other way round.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import islice

from hornbook.district.ledger.actions import FORGOT
from hornbook.district.ledger.keys import signer
from hornbook.district.ledger.leaves import GENESIS, leaf_hash
from hornbook.district.ledger.models import Checkpoint, Leaf, Opening, Stamp, Tile
from hornbook.district.ledger.stamping import STAMPED
from hornbook.district.ledger.stamping import faults as stamp_faults
from hornbook.district.ledger.tree import Growth
from hornbook.record import notes, tiles
from hornbook.record.commitments import Opening as Sealed

_CHUNK = 2000


@dataclass(frozen=True)
class Broken:
    """The first leaf that fails, by its number, and how."""

    no: int
    reason: str


@dataclass(frozen=True)
class Verification:
    """``leaves`` counts those that hold; ``head`` is the hash of the last of them.

    ``faults`` are all other places that do not hold (tiles, checkpoints, sealed values, time
    stamps), each one line. ``checkpoints`` counts those that hold. A ledger cannot show by itself
    that its newest leaves were cut off together with their checkpoints: for that, compare it
    with a checkpoint that was kept elsewhere (``hornbook ledger verify --against FILE``).
    """

    leaves: int
    head: str
    broken: Broken | None
    checkpoints: int = 0
    faults: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return self.broken is None and not self.faults


def verify() -> Verification:
    """Recompute every hash in order. Reads in constant memory."""
    found = verify_leaves(Leaf.objects.order_by("no").iterator(chunk_size=_CHUNK))
    held, faults = _verify_tree()
    faults += [*_verify_sealed(), *_verify_stamps()]
    return Verification(found.leaves, found.head, found.broken, held, faults)


def verify_leaves(leaves: Iterable[Leaf]) -> Verification:
    """The chain alone, for leaves from anywhere, oldest first; stops at the first that fails."""
    count, head = 0, GENESIS
    for leaf in leaves:
        reason = _fault(leaf, count + 1, head)
        if reason:
            return Verification(count, head, Broken(min(leaf.no, count + 1), reason))
        count, head = count + 1, leaf.hash
    return Verification(count, head, None)


def _fault(leaf: Leaf, expected: int, head: str) -> str:
    if leaf.no != expected:
        return f"leaf {expected} is missing; leaf {leaf.no} stands in its place"
    if leaf.prev != head:
        return "it does not follow the leaf before it"
    if leaf.hash != leaf_hash(leaf):
        return "its content was changed after it was written"
    return ""


# --- the tree ----------------------------------------------------------------------------------


def _verify_tree() -> tuple[int, list[str]]:
    """Grow the tree again from the leaves' hashes, up to each checkpoint in turn."""
    hashes = Leaf.objects.order_by("no").values_list("hash", flat=True).iterator(_CHUNK)
    growth, held, seen = Growth(0, []), 0, 0
    faults: list[str] = []
    for checkpoint in Checkpoint.objects.order_by("size").iterator():
        for part in _parts(hashes, checkpoint.size - growth.size):
            made = growth.add(bytes.fromhex(one if _is_hash(one) else GENESIS) for one in part)
            faults += [fault for tile in made if (fault := _tile_fault(tile))]
            seen += len(made)
        fault = _checkpoint_fault(checkpoint, growth)
        faults += [f"{checkpoint}: {fault}"] if fault else []
        held += not fault
    stray = Tile.objects.count() - seen
    if stray > 0:
        faults.append(f"{stray} tiles belong to no checkpoint: checkpoints were removed")
    return held, faults


def _parts(hashes: Iterator[str], count: int) -> Iterator[list[str]]:
    while count > 0 and (part := list(islice(hashes, min(count, _CHUNK)))):
        count -= len(part)
        yield part


def _is_hash(text: str) -> bool:
    return len(text) == 64 and set(text) <= set("0123456789abcdef")


def _tile_fault(tile: tiles.Tile) -> str:
    kept = Tile.objects.filter(level=tile.level, index=tile.index).first()
    if kept is None:
        return f"tile {tile.level}/{tile.index} is missing"
    return "" if bytes(kept.packed) == tile.packed else f"{kept} does not fit the leaves"


def _checkpoint_fault(checkpoint: Checkpoint, growth: Growth) -> str:
    try:
        signed = notes.Checkpoint.opened(checkpoint.note, signer().verifier)
    except notes.BadNote as error:
        return str(error)
    if signed.size != checkpoint.size or signed.origin != signer().name:
        return "its note speaks of another tree"
    if growth.size < signed.size:
        return f"leaves behind leaf {growth.size} were removed after they were signed"
    if signed.root != growth.root():
        return "its root is not that of the leaves: a leaf was changed after it was signed"
    return "" if bytes(checkpoint.edge) == growth.packed() else "its edge was changed"


# --- what stands beside the tree -----------------------------------------------------------------


def _verify_sealed() -> Iterator[str]:
    """Every sealed value opens its commitment, or a leaf tells that it was destroyed."""
    forgotten = {
        (detail["leaf"], name)
        for detail in Leaf.objects.filter(verb=FORGOT).values_list("detail", flat=True)
        for name in detail["names"]
    }
    kept = {(one.leaf_id, one.name): one for one in Opening.objects.iterator(_CHUNK)}
    sealed = Leaf.objects.filter(detail__has_key="sealed").values_list("no", "detail")
    for no, detail in sealed.iterator(_CHUNK):
        for name, commitment in detail["sealed"].items():
            one = kept.pop((no, name), None)
            if one is None and (no, name) not in forgotten:
                yield f"{name} of leaf {no} is gone, and no leaf tells that it was destroyed"
            elif one and not Sealed(bytes(one.salt), one.value).opens(commitment):
                yield f"{one} was changed after it was written"
    yield from (f"{one} opens nothing: no leaf sealed it" for one in kept.values())


def _verify_stamps() -> Iterator[str]:
    """Every time stamp is the one that a leaf tells of, and its authority gave it."""
    told = dict(Leaf.objects.filter(verb=STAMPED).values_list("detail__token", "object"))
    for stamp in Stamp.objects.select_related("checkpoint").iterator():
        digest = sha256(bytes(stamp.token)).hexdigest()
        if told.pop(digest, None) != f"{stamp.checkpoint} by {stamp.authority}":
            yield f"{stamp} is not the one that was received"
    yield from (f"the time stamp on {object} is gone" for object in told.values())
    yield from stamp_faults()
