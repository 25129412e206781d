"""Write leaves. Every action of the district calls ``record`` inside its own transaction."""

from __future__ import annotations

import getpass
import hashlib
import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from hornbook.district.ledger.models import Leaf, Opening
from hornbook.record.commitments import Opening as Sealed

GENESIS = "0" * 64
FORGOT = "ledger.forgot"
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


@dataclass(frozen=True)
class Act:
    """What a leaf tells. ``detail`` holds JSON types only; ``sealed`` are personal values of
    which the leaf holds salted commitments only, so that they can be destroyed lawfully.
    """

    verb: str
    object: str
    clause_texts: Iterable[str] = ()
    detail: Mapping[str, Any] = field(default_factory=dict)
    sealed: Mapping[str, Any] = field(default_factory=dict)


def record(
    *,
    actor: Actor,
    verb: str,
    object: str,
    clause_texts: Iterable[str] = (),
    detail: Mapping[str, Any] | None = None,
    sealed: Mapping[str, Any] | None = None,
) -> Leaf:
    """Append one leaf to the chain, in the caller's transaction.

    Raises RuntimeError outside a transaction: an act and its leaf stand or fall together.
    Writers queue on one advisory lock, so that no two leaves share a predecessor.
    """
    act = Act(verb, object, clause_texts, detail or {}, sealed or {})
    with _chain() as last:
        leaf, openings = _leaf_after(last, actor, act, timezone.now())
        leaf.save(force_insert=True)
        Opening.objects.bulk_create(openings)
    return leaf


def record_many(*, actor: Actor, acts: Iterable[Act]) -> int:
    """Append a leaf for each act, all at one time and in one COPY; how many there were."""
    with _chain() as last:
        leaves, openings, now = [], [], timezone.now()
        for act in acts:
            last, opened = _leaf_after(last, actor, act, now)
            leaves.append(last)
            openings += opened
        _copy(leaves)
        Opening.objects.bulk_create(openings)
    return len(leaves)


@contextmanager
def _chain() -> Iterator[Leaf | None]:
    """The end of the chain, held until the transaction ends."""
    if not connection.in_atomic_block:
        raise RuntimeError("a leaf is written inside the transaction of its act")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_CHAIN_LOCK])
    yield Leaf.objects.order_by("-no").first()


def _leaf_after(
    last: Leaf | None, actor: Actor, act: Act, at: datetime
) -> tuple[Leaf, list[Opening]]:
    openings = {name: Sealed.of(settle(value)) for name, value in act.sealed.items()}
    detail: dict[str, Any] = settle(act.detail)
    if openings:
        detail["sealed"] = {name: one.commitment for name, one in openings.items()}
    leaf = Leaf(
        no=last.no + 1 if last else 1,
        at=at,
        actor=actor.label,
        verb=act.verb,
        object=act.object,
        clause_texts=sorted(act.clause_texts),
        detail=detail,
        prev=last.hash if last else GENESIS,
    )
    leaf.hash = leaf_hash(leaf)
    rows = [
        Opening(leaf=leaf, name=name, salt=one.salt, value=one.value)
        for name, one in openings.items()
    ]
    return leaf, rows


def _copy(leaves: Sequence[Leaf]) -> None:
    """Write many leaves as PostgreSQL takes them fastest."""
    columns = "no, at, actor, verb, object, clause_texts, detail, prev, hash"
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY ledger_leaf ({columns}) FROM STDIN") as copy,
    ):
        for leaf in leaves:
            texts, detail = json.dumps(leaf.clause_texts), json.dumps(leaf.detail)
            words = (leaf.actor, leaf.verb, leaf.object, texts, detail, leaf.prev, leaf.hash)
            copy.write_row((leaf.no, leaf.at, *words))


# --- looking ---------------------------------------------------------------------------------

LOOK = "look"
LOOK_VERBS = (LOOK, "activity.looked", "look at person")  # the others: as it was said before
ONE_LEAF_IN = timedelta(minutes=10)
_RECENT = 5_000  # leaves; how far back a repeated look is searched, so that it stays one range


def person_object(key: object) -> str:
    """How leaves name a person: ``person`` and the record key."""
    return f"person {key}"


@transaction.atomic
def look(
    *,
    actor: Actor,
    object: str,
    purpose: str = "",
    detail: Mapping[str, Any] | None = None,
    sealed: Mapping[str, Any] | None = None,
    every_time: bool = True,
) -> Leaf | None:
    """Somebody is about to see ``object``: write it down *before* it is shown. Every room's.

    ``object`` is ``person_object(key)`` for one person; they see it on their own page.
    ``purpose`` says why, in a few words. With ``every_time`` false one leaf for an actor and an
    object in ten minutes is enough (a page of sums is reloaded many times within one look), and
    None is returned for the others.
    """
    if not every_time and _looked_just_now(actor, object):
        return None
    told = {**(detail or {}), **({"purpose": purpose} if purpose else {})}
    return record(actor=actor, verb=LOOK, object=object, detail=told, sealed=sealed)


def _looked_just_now(actor: Actor, object: str) -> bool:
    last = Leaf.objects.order_by("-no").first()
    return (
        last is not None
        and Leaf.objects.filter(
            no__gt=last.no - _RECENT,
            at__gte=timezone.now() - ONE_LEAF_IN,
            verb=LOOK,
            actor=actor.label,
            object=object,
        ).exists()
    )


# --- destroying what was sealed ----------------------------------------------------------------


@transaction.atomic
def forget(*, actor: Actor, leaf: Leaf, reason: str) -> Leaf | None:
    """Destroy the sealed values of a leaf: salts and values go, leaf and tree stay whole.

    The leaf that tells of it names which they were, so that verification knows them for
    destroyed and not for lost. None where nothing was left.
    """
    openings = Opening.objects.filter(leaf=leaf).order_by("name")
    names = list(openings.values_list("name", flat=True))
    if not names:
        return None
    openings.delete()
    detail = {"leaf": leaf.no, "names": names, "reason": reason}
    return record(actor=actor, verb=FORGOT, object=f"leaf {leaf.no}", detail=detail)
