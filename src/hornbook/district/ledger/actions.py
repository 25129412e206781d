"""Write leaves. Every action of the district calls ``record`` inside its own transaction."""

from __future__ import annotations

import getpass
import hashlib
import json
import math
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


def command_line_actor() -> Actor:
    """Who types a command: the account of the operating system, as nobody else is known."""
    return Actor(f"{getpass.getuser()} at the command line")


def canonical(leaf: Mapping[str, Any]) -> bytes:
    """The bytes that are hashed: JSON with sorted keys, no spaces, UTF-8 (RFC 8785 in spirit)."""
    return json.dumps(leaf, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def settle(value: Any) -> Any:
    """``value`` in the JSON types that PostgreSQL gives back exactly as it got them.

    jsonb keeps numbers as decimals: 1e22 would come back as a whole number and -0.0 as 0.0, so
    whole floats become integers first. Raises TypeError for anything that JSON has no type for,
    ValueError for a number that is not finite.
    """
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError(f"a leaf cannot hold {value}")
        return int(value) if value.is_integer() else value
    if isinstance(value, Mapping):
        return {str(key): settle(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [settle(item) for item in value]
    raise TypeError(f"a leaf holds JSON only, not {type(value).__name__}: {value!r}")


def leaf_hash(leaf: Leaf) -> str:
    """The SHA-256 of the canonical leaf, in hexadecimal."""
    return hashlib.sha256(canonical(leaf_body(leaf))).hexdigest()


def leaf_body(leaf: Leaf) -> dict[str, Any]:
    """Everything of a leaf but its own hash, in canonical types; ``at`` in UTC microseconds."""
    return {
        "no": leaf.no,
        "at": leaf.at.astimezone(UTC).isoformat(timespec="microseconds"),
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
        detail=settle(detail or {}),
        prev=last.hash if last else GENESIS,
    )
    leaf.hash = leaf_hash(leaf)
    leaf.save(force_insert=True)
    return leaf
