"""Names in no list that look like adult sites: found in the record, queued for a person.

Nodes mark the record with a score (``scan/unseen.py``). The worker looks every few minutes at
what was marked since, and queues the names above the threshold at which one unlisted name in a
thousand is a false alarm. A name alone blocks nothing; a person looks and decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet

from hornbook.district.filtering.explaining import ExplainError, served_kernel
from hornbook.district.filtering.looks import STRICT, look_at
from hornbook.district.filtering.models import UnlistedName, UnlistedSweep
from hornbook.kernel.names import BadName, to_wire
from hornbook.kernel.wires import Wires
from hornbook.record.lake import Lake, Row
from hornbook.scan.unseen import shipped

EVERY = timedelta(minutes=5)
LATE = timedelta(minutes=1)  # after which a question is in a sealed segment
LONGEST = timedelta(days=7)  # that is searched at once, when nobody has searched for long


def waiting() -> QuerySet[UnlistedName]:
    """What a person has to look at, the most asked first."""
    return UnlistedName.objects.filter(state=UnlistedName.State.OPEN)


class Sweeper:
    """Looks into the record again when it is time; cheap when it is not."""

    def __init__(self) -> None:
        self._not_before: datetime | None = None

    def sweep_if_due(self, now: datetime) -> int:
        """How many names were marked since the last look; 0 too when none was due."""
        if self._not_before and now < self._not_before:
            return 0
        self._not_before = now + EVERY
        return sweep(Lake(settings.INSTANCE.record), now)


def sweep(lake: Lake, now: datetime) -> int:
    """Queue what was marked between the last sweep and a minute ago; how many names."""
    until = now - LATE
    last = UnlistedSweep.objects.first()
    since = max(last.until, until - LONGEST) if last else until - LONGEST
    if since >= until:
        return 0
    found = _marked(lake, since, until)
    keep(found, until)
    return len(found)


def _marked(lake: Lake, since: datetime, until: datetime) -> list[Row]:
    if not lake.catalogue.files(since, until)[0]:
        return []  # spares an idle worker the engine's memory
    with lake.window(since, until) as window:
        return window.unlisted(shipped().thresholds[STRICT])


@transaction.atomic
def keep(found: Sequence[Row], until: datetime) -> None:
    """Count names into the queue, and remember up to when the record was searched.

    That a name was asked for is no act of a person, so it makes no leaf; a decision does.
    """
    UnlistedSweep.objects.update_or_create(pk=1, defaults={"until": until})
    for row in found:
        _keep(row)
    _close_listed()


def _keep(row: Row) -> None:
    known = UnlistedName.objects.filter(name=row["name"])
    if known.update(times=F("times") + row["n"], last_asked=row["last"]):
        return
    try:
        look = look_at(row["name"])
    except BadName:
        return
    if look.suspicious:  # by today's model, too
        UnlistedName.objects.create(
            name=look.name,
            times=row["n"],
            first_asked=row["first"],
            last_asked=row["last"],
            score=look.score,
            scorer=look.scorer,
            parts=look.parts,
        )


def _close_listed() -> None:
    """Names that some list holds by now wait for nobody."""
    names = list(waiting().values_list("name", flat=True))
    try:
        kernel = served_kernel() if names else None
    except ExplainError:
        return
    if kernel is None:
        return
    starts = kernel.catalogue.lookup(Wires.pack([to_wire(name) for name in names])).start
    listed = [name for name, start in zip(names, starts.tolist(), strict=True) if start >= 0]
    waiting().filter(name__in=listed).update(state=UnlistedName.State.KNOWN)
