"""Who may see what of the ledger. Everybody sees who looked at their own record."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone

from hornbook.district.ledger.actions import LOOK_VERBS, person_object
from hornbook.district.ledger.models import Leaf

TOLD_ON = "told_on"  # in a look's detail: the day from which its subject is told (ISO 8601)


@dataclass(frozen=True)
class Seen:
    """Somebody looked: when, who, and why (“” where no reason was asked for)."""

    no: int
    at: datetime
    who: str
    purpose: str
    what: str


def looks_at(person_key: object, limit: int = 50) -> list[Seen]:
    """Who looked at that person's record, the newest first, for that person to read.

    What the law lets us tell later (``records.law``) is left out until its day.
    """
    objects = [person_object(person_key), str(person_key), f"person:{person_key}"]
    leaves = Leaf.objects.filter(object__in=objects, verb__in=LOOK_VERBS).order_by("-no")
    told = (_seen(leaf) for leaf in leaves[: 4 * limit] if _is_told(leaf, timezone.localdate()))
    return list(told)[:limit]


def _is_told(leaf: Leaf, today: date) -> bool:
    return str(leaf.detail.get(TOLD_ON, "")) <= today.isoformat()


def _seen(leaf: Leaf) -> Seen:
    why, what = leaf.detail.get("purpose", ""), leaf.detail.get("what", "your page")
    return Seen(leaf.no, leaf.at, leaf.actor, str(why), str(what))
