"""From the files of the content stage into rows, once each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from hornbook.district.activity.models import Look, LookFile
from hornbook.district.filtering.spool import Spool, moment_in
from hornbook.district.ledger.actions import Actor, record
from hornbook.node.content.tally import BOX, MOST, OUTCOMES, QUARTER


def read_looks(told: Mapping[str, Any], receipt: str) -> LookFile:
    """An unsaved file with its unsaved counts (``looks``). Raises ValueError and its like."""
    at = moment_in(told, "at")
    if at.timestamp() % QUARTER:
        raise ValueError("it begins within a quarter hour")
    looks = [_look(at, one) for one in told["counts"]]
    if len(looks) > 2 * MOST:
        raise ValueError(f"it has {len(looks)} counts")
    file = LookFile(
        receipt=receipt,
        node=str(told["node"])[:100],
        at=at,
        answers=sum(look.n for look in looks),
    )
    file.looks = looks  # type: ignore[attr-defined]
    return file


def _look(at: Any, told: list[Any]) -> Look:
    site, name, outcome, reason, n = told
    if outcome not in OUTCOMES or type(n) is not int or not 0 < n < 2**31:
        raise ValueError(f"{outcome!r}, {n!r} is no count")
    return Look(
        at=at, site=str(site)[:100], name=str(name)[:255], outcome=outcome,
        reason=str(reason).replace("\0", "")[:100], n=n,
    )  # fmt: skip


@transaction.atomic
def keep_looks(file: LookFile, *, actor: Actor) -> LookFile:
    """Store the counts of a quarter hour. The leaf has their sum."""
    looks: list[Look] = file.looks  # type: ignore[attr-defined]
    file.save(force_insert=True)
    for look in looks:
        look.file = file
    Look.objects.bulk_create(looks)
    record(
        actor=actor,
        verb="activity.looked",
        object=f"looks:{file.receipt}",
        detail={"node": file.node, "at": file.at.isoformat(), "answers": file.answers},
    )
    return file


LOOKS = Spool(BOX, LookFile, read_looks, keep_looks, same=("at", "answers"))


def fetch_looks() -> None:
    """For the worker's loop."""
    LOOKS.fetch()
