"""Write leaves. Every action of the district calls ``record`` inside its own transaction."""

from __future__ import annotations

import getpass
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from types import MappingProxyType
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.utils import timezone

from hornbook.district.ledger.leaves import GENESIS, Writer, leaf_hash, settle
from hornbook.district.ledger.models import Leaf, Opening
from hornbook.record.commitments import Opening as Sealed

FORGOT = "ledger.forgot"
_COPY = (
    "COPY ledger_leaf (no, at, actor, verb, object, clause_texts, detail, prev, hash) FROM STDIN"
)
_ROWS_A_WRITE = 500
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


class Act(NamedTuple):
    """What a leaf tells. ``detail`` holds JSON types only; ``sealed`` are personal values of
    which the leaf holds salted commitments only, so that they can be destroyed lawfully.
    """

    verb: str
    object: str
    clause_texts: Iterable[str] = ()
    detail: Mapping[str, Any] = MappingProxyType({})
    sealed: Mapping[str, Any] = MappingProxyType({})


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
    told, openings = _sealed_detail(detail or {}, sealed or {})
    with _chain() as last:
        leaf = Leaf(
            no=last.no + 1 if last else 1,
            at=timezone.now(),
            actor=actor.label,
            verb=verb,
            object=object,
            clause_texts=sorted(clause_texts),
            detail=told,
            prev=last.hash if last else GENESIS,
        )
        leaf.hash = leaf_hash(leaf)
        leaf.save(force_insert=True)
        _keep_openings({leaf.no: openings})
    return leaf


def record_many(*, actor: Actor, acts: Iterable[Act]) -> int:
    """Append a leaf for each act, all at one time and in one COPY; how many there were."""
    kept: dict[int, dict[str, Sealed]] = {}
    with _chain() as last, connection.cursor() as cursor:
        writer = Writer(last, actor.label, timezone.now())
        first = writer.no
        with cursor.copy(_COPY) as copy:
            for some in _runs(acts):
                rows = []
                for act in some:
                    told, openings = _sealed_detail(act.detail, act.sealed)
                    rows.append(writer.row(act.verb, act.object, act.clause_texts, told))
                    if openings:
                        kept[writer.no] = openings
                copy.write("".join(rows))
        _keep_openings(kept)
    return writer.no - first


def last_leaf() -> int:
    """The number of the newest leaf; 0 without one. Whoever has written in this transaction
    knows that it is their own."""
    return Leaf.objects.order_by("-no").values_list("no", flat=True).first() or 0


def _runs(acts: Iterable[Act]) -> Iterator[list[Act]]:
    waiting = iter(acts)
    while run := list(islice(waiting, _ROWS_A_WRITE)):
        yield run


@contextmanager
def _chain() -> Iterator[Leaf | None]:
    """The end of the chain, held until the transaction ends."""
    if not connection.in_atomic_block:
        raise RuntimeError("a leaf is written inside the transaction of its act")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_CHAIN_LOCK])
    yield Leaf.objects.order_by("-no").first()


def _sealed_detail(
    detail: Mapping[str, Any], sealed: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Sealed]]:
    """The detail with its commitments, and what opens them."""
    told: dict[str, Any] = settle(detail)
    if not sealed:
        return told, {}
    openings = {name: Sealed.of(settle(value)) for name, value in sealed.items()}
    told["sealed"] = {name: one.commitment for name, one in openings.items()}
    return told, openings


def _keep_openings(openings: Mapping[int, Mapping[str, Sealed]]) -> None:
    Opening.objects.bulk_create(
        Opening(leaf_id=no, name=name, salt=one.salt, value=one.value)
        for no, named in openings.items()
        for name, one in named.items()
    )


# --- looking ---------------------------------------------------------------------------------

LOOK = "look"
#: The others are how it was said before.
LOOK_VERBS = (LOOK, "activity.looked", "look at person", "filtering.explained")
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
    clause_texts: Iterable[str] = (),
    detail: Mapping[str, Any] | None = None,
    sealed: Mapping[str, Any] | None = None,
    every_time: bool = True,
) -> Leaf | None:
    """Somebody is about to see ``object``: write it down *before* it is shown. Every room's.

    ``object`` is ``person_object(key)`` for one person; they see it on their own page.
    ``purpose`` says why, in a few words; ``detail["what"]`` what was seen, as they read it
    (“your page”). With ``every_time`` false one leaf for an actor and an
    object in ten minutes is enough (a page of sums is reloaded many times within one look), and
    None is returned for the others.
    """
    if not every_time and _looked_just_now(actor, object):
        return None
    told = {**(detail or {}), **({"purpose": purpose} if purpose else {})}
    return record(
        actor=actor,
        verb=LOOK,
        object=object,
        clause_texts=clause_texts,
        detail=told,
        sealed=sealed,
    )


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
