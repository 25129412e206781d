"""Looking into the record is an act: it leaves a leaf."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from hornbook.district.ledger.actions import Actor, record
from hornbook.district.ledger.models import Leaf

LOOKED = "activity.looked"
ONE_LEAF_IN = timedelta(minutes=10)
_RECENT = 5_000  # leaves; how far back a repeated look is searched, so that it stays one range


@transaction.atomic
def note_look(
    *, actor: Actor, object: str, detail: Mapping[str, Any], every_time: bool = False
) -> Leaf | None:
    """Record that somebody looked at ``object``, before it is shown.

    A page is reloaded, switched and filtered many times within one look, so one leaf for an
    actor and an object in ten minutes is enough, and None is returned for the others.
    ``every_time`` writes always: a look at one named person.
    """
    if not every_time and _looked_just_now(actor, object):
        return None
    return record(actor=actor, verb=LOOKED, object=object, detail=detail)


def _looked_just_now(actor: Actor, object: str) -> bool:
    last = Leaf.objects.order_by("-no").first()
    return (
        last is not None
        and Leaf.objects.filter(
            no__gt=last.no - _RECENT,
            at__gte=timezone.now() - ONE_LEAF_IN,
            verb=LOOKED,
            actor=actor.label,
            object=object,
        ).exists()
    )
