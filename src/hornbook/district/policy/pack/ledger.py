"""The ledger's part of a pack: leaves or only their hashes, each with the way to a signed root."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db.models import Q

import hornbook.record.verifier
from hornbook.district.ledger.keys import signer
from hornbook.district.ledger.leaves import leaf_body
from hornbook.district.ledger.models import Leaf
from hornbook.district.ledger.proofs import prove_leaf
from hornbook.district.ledger.tree import make_checkpoint, subtrees
from hornbook.district.policy.pack.archive import as_json
from hornbook.record import merkle

_OPEN_VERBS = (
    "adopt revision",
    "file evidence",
    "describe policy",
    "explain clause",
    "translate policy",
    "propose draft",
    "waive light",
    "ask for light",
    "measure promise",
    "vouch for promise",
    "publish",
)
"""Acts of office. Their leaves are shown whole; of all others a pack shows only the hash."""


def policy_leaves(policies: Collection[str], clauses: Collection[str]) -> list[Leaf]:
    """Acts about these policies and clauses that are shown whole, oldest first."""
    about = Q(object__in=[*policies, *clauses])
    for key in policies:
        about |= Q(object__startswith=f"{key}@")
    return list(Leaf.objects.filter(about, verb__in=_OPEN_VERBS).order_by("no"))


def proofs(shown: Collection[Leaf], hidden: Collection[int]) -> dict[str, bytes]:
    """The files under ``ledger/``. ``hidden`` are numbers of leaves that stay closed."""
    checkpoint = make_checkpoint()
    closed = set(hidden) - {leaf.no for leaf in shown}
    numbers = Leaf.objects.filter(no__in=closed, no__lte=checkpoint.size).values_list("no", "hash")
    way = _Way(subtrees(checkpoint), checkpoint.size)
    rows = [
        {**way.to(leaf.no), "hash": leaf.hash, "leaf": leaf_body(leaf)}
        for leaf in shown
        if leaf.no <= checkpoint.size
    ]
    rows += [{**way.to(no), "hash": digest} for no, digest in numbers.order_by("no")]
    files = {
        "ledger/checkpoint.txt": checkpoint.note.encode(),
        "ledger/key.txt": f"{signer().verifier}\n".encode(),
        "ledger/proofs.json": as_json(rows),
        "ledger/verifier.py": Path(hornbook.record.verifier.__file__).read_bytes(),
    }
    if shown:
        last = max(shown, key=lambda leaf: leaf.no)
        files["ledger/signed-leaf.json"] = as_json(prove_leaf(last, checkpoint))
    return files


@dataclass(frozen=True)
class _Way:
    """The ways from leaves to the root of one checkpoint."""

    subtree: merkle.Subtree
    size: int

    def to(self, no: int) -> dict[str, Any]:
        path = merkle.inclusion_path(self.subtree, no - 1, self.size)
        return {"no": no, "path": [b64encode(one).decode() for one in path]}
