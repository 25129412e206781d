"""What the worker does here: fetch requests and reasons, renew what time changes, publish."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django_tasks import task
from django_tasks_db.models import DBTaskResult, DBTaskResultQuerySet

from hornbook.district.filtering import spool
from hornbook.district.filtering.actions import keep_ask, keep_reason
from hornbook.district.filtering.models import Ask, LocalEntry, Publication, Reason
from hornbook.district.filtering.publishing import publish
from hornbook.district.filtering.spool import Fetched, Spool
from hornbook.district.filtering.unlisted import Sweeper
from hornbook.district.ledger.actions import SYSTEM, Actor
from hornbook.instance import InstanceError
from hornbook.kernel.names import normalise

RETRY = timedelta(minutes=10)


def tick() -> None:
    """Everything that is due now. Cheap when nothing is. The worker calls it every few seconds."""
    fetch_asks()
    fetch_reasons()
    _renewal.renew_if_due(timezone.now())
    _sweeper.sweep_if_due(timezone.now())


# --- what people wrote at the node --------------------------------------------------------------


def read_ask(told: Mapping[str, Any], receipt: str) -> Ask:
    """An unsaved row of a request from the notice page."""
    person = spool.person_in(told)
    return Ask(
        receipt=receipt,
        person=person,
        person_label=spool.label_of(person),
        name=normalise(told["name"]),
        reason=str(told.get("reason", ""))[:2000],
        rule=str(told.get("rule", ""))[:60],
        clause_version=str(told["clause_version"])[:30],
        asked_at=spool.moment_in(told, "asked_at"),
    )


def read_reason(told: Mapping[str, Any], receipt: str) -> Reason:
    """An unsaved row of a reason that somebody wrote at a warning."""
    person = spool.person_in(told)
    return Reason(
        receipt=receipt,
        person=person,
        person_label=spool.label_of(person),
        site=str(told["site"])[:100],
        name=str(told["name"])[:255],
        words=str(told["words"])[:200],
        rule=str(told["rule"])[:60],
        clause_version=str(told["clause_version"])[:30],
        at=spool.moment_in(told, "at"),
        until=spool.moment_in(told, "until"),
    )


ASKS = Spool("asks", Ask, read_ask, keep_ask, same=("name", "asked_at"))
REASONS = Spool("reasons", Reason, read_reason, keep_reason, same=("name", "at"))


def fetch_asks() -> Fetched:
    return ASKS.fetch()


def fetch_reasons() -> Fetched:
    return REASONS.fetch()


# --- what time changes -------------------------------------------------------------------------


class Renewal:
    """Publishes again when a day has passed (ages, roles, clauses) or a local entry has ended.

    After a failure it waits ``RETRY``; the parts in service stay meanwhile.
    """

    def __init__(self) -> None:
        self._day: date | None = None
        self._not_before: datetime | None = None

    def renew_if_due(self, now: datetime) -> Publication | None:
        """The publication, or None when nothing was due. Raises what ``publish`` raises."""
        last = Publication.objects.first()
        if last is None or (self._not_before and now < self._not_before):
            return None
        ended = LocalEntry.objects.filter(ends_at__gt=last.published_at, ends_at__lte=now).exists()
        if not ended and self._day == timezone.localdate(now):
            return None
        self._not_before = now + RETRY
        renewed = publish(actor=SYSTEM, keep_lists=not ended)
        self._day, self._not_before = timezone.localdate(now), None
        return renewed


_renewal = Renewal()
_sweeper = Sweeper()


# --- publishing that takes longer than a page may ------------------------------------------------


@task()
def publish_task(label: str, person: str | None) -> dict[str, Any]:
    """Publish with the lists as they are now. A refusal is the result, for the page to show."""
    try:
        publication = publish(actor=Actor(label, person))
    except InstanceError as error:
        return {"ok": False, "message": str(error)}
    return {"ok": True, "message": str(publication)}


def publish_soon(actor: Actor) -> None:
    """Let the worker publish, after the transaction that asks for it.

    One publication that has not begun yet does for many decisions.
    """

    def enqueue() -> None:
        if not publications_asked_for().ready().exists():
            publish_task.enqueue(actor.label, actor.person)

    transaction.on_commit(enqueue)


def publications_asked_for() -> DBTaskResultQuerySet:
    found: DBTaskResultQuerySet = DBTaskResult.objects.filter(task_path=publish_task.module_path)
    return found
