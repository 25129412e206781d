"""Write leaves. Every action of the district calls ``record`` inside its own transaction."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from django.db import connection
from django.utils import timezone

from hornbook.district.ledger.models import Leaf

GENESIS = "0" * 64
_CHAIN_LOCK = 0x686F726E  # any constant: "horn"


@dataclass(frozen=True)
class Actor:
    """Who acts: a label that outlives the account, and the person's key where there is one."""

    label: str
    person: str | None = None


SYSTEM = Actor("Hornbook itself")


def canonical(leaf: Mapping[str, Any]) -> bytes:
    """The bytes that are hashed: JSON with sorted keys, no spaces, UTF-8 (RFC 8785 in spirit)."""
    return json.dumps(leaf, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def leaf_body(leaf: Leaf) -> dict[str, Any]:
    """Everything of a leaf but its own hash, in canonical types."""
    return {
        "no": leaf.no,
        "at": leaf.at.astimezone(UTC).isoformat(),
        "actor": leaf.actor,
        "verb": leaf.verb,
        "object": leaf.object,
        "clause_texts": leaf.clause_texts,
        "detail": leaf.detail,
        "prev": leaf.prev,
    }


def record(
    *,
    actor: Actor,
    verb: str,
    object: str,
    clause_texts: Iterable[str] = (),
    detail: Mapping[str, Any] | None = None,
) -> Leaf:
    """Append one leaf to the chain, in the caller's transaction.

    Raises RuntimeError outside a transaction: an act and its leaf stand or fall together.
    Writers queue on one advisory lock, so that no two leaves share a predecessor.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("a leaf is written inside the transaction of its act")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_CHAIN_LOCK])
    last = Leaf.objects.order_by("-no").first()
    leaf = Leaf(
        no=last.no + 1 if last else 1,
        at=timezone.now(),
        actor=actor.label,
        verb=verb,
        object=object,
        clause_texts=sorted(clause_texts),
        detail=dict(detail or {}),
        prev=last.hash if last else GENESIS,
    )
    leaf.hash = hashlib.sha256(canonical(leaf_body(leaf))).hexdigest()
    leaf.save(force_insert=True)
    return leaf
