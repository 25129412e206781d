"""Switch accounts in other systems off and on again: what the worker does every few seconds.

Each step is safe to do twice. What an account was before is written down and committed before it
is touched, so that a worker that dies in between never leaves one off for ever. A system that
does not answer is tried again, later and later, for as long as it takes; the page shows it.
"""

from __future__ import annotations

import logging
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from hornbook.district.consequences.models import Suspension
from hornbook.district.consequences.outside import Line, OutsideFailed, read_systems
from hornbook.district.ledger.actions import SYSTEM, record

log = logging.getLogger("hornbook.consequences")
FIRST, LONGEST = timedelta(seconds=30), timedelta(hours=1)
A_ROUND = 20
State = Suspension.State


def over(today: date) -> Q:
    """Consequences that have ended, by themselves or before their day."""
    return (
        Q(consequence__ends_on__lt=today)
        | Q(consequence__lifted_at__isnull=False)
        | Q(consequence__restored_at__isnull=False)
    )


def due(now: datetime) -> QuerySet[Suspension]:
    """Those to be switched off, and those off whose consequence is over."""
    today = timezone.localdate(now)
    open_ = Q(state=State.WAITING) | (Q(state=State.SUSPENDED) & over(today))
    return Suspension.objects.filter(open_, not_before__lte=now).select_related("consequence")


def carry_out() -> None:
    """Called every few seconds; cheap when nothing is due."""
    now = timezone.now()
    rows = list(due(now)[:A_ROUND])
    if not rows:
        return
    systems = read_systems(settings.INSTANCE)
    for row in rows:
        system = systems.get(row.system)
        try:
            if system is None:
                raise OutsideFailed(f"outside.toml knows no system “{row.system}”.")
            advance(row, Line(system), now)
        except OutsideFailed as error:
            _later(row, str(error))


def advance(row: Suspension, line: Line, now: datetime) -> None:
    """One row as far as it goes. Raises OutsideFailed; then it is as it was, and tried again."""
    ended = Suspension.objects.filter(over(timezone.localdate(now)), pk=row.pk).exists()
    if ended and not row.remote:
        _settle(row, State.DROPPED, "It ended before the account was switched off.")
    elif ended:
        _restore(row, line)
    else:
        _suspend(row, line)


def _suspend(row: Suspension, line: Line) -> None:
    if not row.remote:
        found = line.find(row.user_name)
        if found is None:
            _settle(row, State.ABSENT, "There is no such account.")
            return
        row.remote, row.was_active = found.id, found.active
        row.save(update_fields=["remote", "was_active"])
    if row.was_active:
        line.set_active(row.remote, False)
    row.suspended_at = timezone.now()
    words = "Switched off." if row.was_active else "It was off already."
    _settle(row, State.SUSPENDED, words)


def _restore(row: Suspension, line: Line) -> None:
    """Only what we switched off; where another consequence still holds it off, that one has it."""
    other = _other(row)
    if row.was_active and other is None:
        line.set_active(row.remote, True)
    _settle(row, State.RESTORED, "As before." if other is None else "Still off by another.", other)


def _other(row: Suspension) -> Suspension | None:
    running = Suspension.objects.exclude(over(timezone.localdate())).exclude(pk=row.pk)
    same = running.filter(system=row.system, user_name=row.user_name, state=State.SUSPENDED)
    return same.first()


@transaction.atomic
def _settle(row: Suspension, state: State, words: str, other: Suspension | None = None) -> None:
    if other is not None and row.was_active:
        Suspension.objects.filter(pk=other.pk).update(was_active=True)
    row.state, row.answer, row.tries = state, words, 0
    if state != State.SUSPENDED:
        row.ended_at = timezone.now()
    row.not_before = timezone.now()
    row.save()
    record(
        actor=SYSTEM,
        verb=f"account {state} elsewhere",
        object=f"person {row.person.key}",
        clause_texts=[row.consequence.clause_text.version],
        detail={"system": row.system, "words": words},
    )


def _later(row: Suspension, words: str) -> None:
    log.warning("%s: %s", row.system, words)
    row.tries += 1
    row.answer = words[:300]
    row.not_before = timezone.now() + min(LONGEST, FIRST * 2 ** min(row.tries - 1, 10))
    row.save(update_fields=["tries", "answer", "not_before"])
