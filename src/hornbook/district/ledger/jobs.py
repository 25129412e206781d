"""What the worker does for the ledger: sign once an hour, and let the witnesses have it.

Time-stamping authorities are asked in a task of the queue: a slow one holds nothing up.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone
from django_tasks import task

from hornbook.district.ledger import stamping
from hornbook.district.ledger.models import Checkpoint, Leaf
from hornbook.district.ledger.tree import last_checkpoint, make_checkpoint
from hornbook.district.ledger.witnesses import WITNESSED, tell_witnesses

EVERY = timedelta(hours=1)


class Signing:
    """Signs when the hour is over and something was written; the first time at once."""

    def __init__(self) -> None:
        self._not_before: datetime | None = None

    def sign_if_due(self, now: datetime) -> Checkpoint | None:
        """The new checkpoint, or None. Raises what signing raises, for the heartbeat."""
        if self._not_before and now < self._not_before:
            return None
        self._not_before = now + EVERY
        last = last_checkpoint()
        fresh = Leaf.objects.filter(no__gt=last.size if last else 0)
        fresh = fresh.exclude(verb__in=(WITNESSED, stamping.STAMPED))
        if not fresh.exists():
            return None
        made = make_checkpoint()
        tell_witnesses(made)
        return made


_signing = Signing()


def sign_if_due() -> None:
    """Called every few seconds; cheap when nothing is due."""
    if _signing.sign_if_due(timezone.now()) and stamping.due():
        stamp_newest.enqueue()


@task()
def stamp_newest() -> int:
    """Ask the authorities that are due to stamp the newest page; how many did."""
    point = last_checkpoint()
    return len(stamping.stamp_due(point)) if point else 0
