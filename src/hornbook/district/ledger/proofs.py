"""Proofs that can leave the house: anyone checks them offline (``record/verifier.py``)."""

from __future__ import annotations

from typing import Any

from hornbook.district.ledger.keys import signer
from hornbook.district.ledger.leaves import leaf_body
from hornbook.district.ledger.models import Checkpoint, Leaf
from hornbook.district.ledger.tree import NotThere, last_checkpoint, make_checkpoint, subtrees
from hornbook.record import merkle, notes

Bundle = dict[str, Any]


def prove(no: int) -> Bundle:
    """A leaf with its proof: ``{"leaf": …, "proof": C2SP tlog-proof}``, ready for JSON.

    Signs a new checkpoint where the last one is older than the leaf. Raises NotThere.
    """
    leaf = Leaf.objects.filter(no=no).first()
    if leaf is None:
        raise NotThere(f"There is no leaf {no}: the ledger has {Leaf.objects.count()} leaves.")
    last = last_checkpoint()
    return prove_leaf(leaf, last if last and last.size >= no else make_checkpoint())


def prove_leaf(leaf: Leaf, checkpoint: Checkpoint) -> Bundle:
    """The same for a leaf at hand, as of a checkpoint that covers it."""
    path = merkle.inclusion_path(subtrees(checkpoint, leaf.no - 1), leaf.no - 1, checkpoint.size)
    proof = notes.Proof(leaf.no - 1, tuple(path), checkpoint.note)
    return {"leaf": leaf_body(leaf), "proof": str(proof)}


def prove_growth(old_note: str) -> Bundle:
    """That the tree of an older checkpoint, wherever it was kept, is the beginning of today's.

    ``{"old": …, "new": …, "path": […]}``. Raises notes.BadNote for a note that we did not sign,
    NotThere where it is larger than the ledger.
    """
    old = notes.Checkpoint.opened(old_note, signer().verifier)
    new = make_checkpoint()
    if not 0 < old.size <= new.size:
        raise NotThere(f"That checkpoint has {old.size} leaves, the ledger only {new.size}.")
    path = merkle.consistency_path(subtrees(new, old.size - 1), old.size, new.size)
    return {"old": old_note, "new": new.note, "path": notes.hashes_as_text(path)}
