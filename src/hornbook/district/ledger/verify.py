"""Walk the chain of the ledger and find the first leaf that is not what it was."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from hornbook.district.ledger.actions import GENESIS, leaf_hash
from hornbook.district.ledger.models import Leaf

_CHUNK = 2000


@dataclass(frozen=True)
class Broken:
    """The first leaf that fails, by its number, and how."""

    no: int
    reason: str


@dataclass(frozen=True)
class Verification:
    """``leaves`` counts those that hold; ``head`` is the hash of the last of them.

    A chain cannot show that its newest leaves were cut off: for that, compare ``head`` with one
    that was written down elsewhere.
    """

    leaves: int
    head: str
    broken: Broken | None


def verify() -> Verification:
    """Recompute every hash in order; stops at the first broken leaf. Reads in constant memory."""
    return verify_leaves(Leaf.objects.order_by("no").iterator(chunk_size=_CHUNK))


def verify_leaves(leaves: Iterable[Leaf]) -> Verification:
    """The same for leaves from anywhere, oldest first."""
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
