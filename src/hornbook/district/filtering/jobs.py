"""What the worker does for this room: fetch requests, renew what time changes, publish."""

from __future__ import annotations

import json
import logging
import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django_tasks import task
from django_tasks_db.models import DBTaskResult, DBTaskResultQuerySet

from hornbook.district.filtering.actions import keep_ask
from hornbook.district.filtering.models import Ask, LocalEntry, Publication
from hornbook.district.filtering.publishing import publish
from hornbook.district.filtering.unlisted import Sweeper
from hornbook.district.ledger.actions import SYSTEM, Actor
from hornbook.district.people.models import Person
from hornbook.instance import InstanceError
from hornbook.kernel.names import BadName, normalise

log = logging.getLogger(__name__)
RETRY = timedelta(minutes=10)
_RECEIPT = re.compile(r"[0-9A-Za-z-]{4,40}")


def tick() -> None:
    """Everything that is due now. Cheap when nothing is. The worker calls it every few seconds."""
    fetch_asks()
    _renewal.renew_if_due(timezone.now())
    _sweeper.sweep_if_due(timezone.now())


# --- requests from the notice page -----------------------------------------------------------


class BadAsk(ValueError):
    """A spool file holds no request; the message says what is wrong with it."""


@dataclass(frozen=True)
class Fetched:
    """Receipts that became rows, and files that were set aside with the reason."""

    taken: tuple[str, ...]
    aside: dict[str, str]


def asks_folder() -> Path:
    folder: Path = settings.INSTANCE.spool / "asks"
    return folder


def aside_folder() -> Path:
    """Where files that hold no request wait for somebody to look at them."""
    return asks_folder() / "aside"


def fetch_asks() -> Fetched:
    """Turn every spool file into one row, once, however often a crash repeats it."""
    taken, aside = [], {}
    for path in sorted(asks_folder().glob("*.json")):
        try:
            taken.append(_fetch(path))
        except BadAsk as error:
            aside[path.name] = str(error)
            _set_aside(path, error)
    return Fetched(tuple(taken), aside)


def _fetch(path: Path) -> str:
    """The row is committed before the file goes, so a crash between leaves a file, not a loss."""
    ask = read_ask(path)
    with transaction.atomic():
        if not Ask.objects.filter(receipt=ask.receipt).exists():
            keep_ask(ask, actor=SYSTEM)
    path.unlink(missing_ok=True)
    return ask.receipt


def read_ask(path: Path) -> Ask:
    """An unsaved row from a spool file. Raises BadAsk."""
    try:
        told = json.loads(path.read_bytes())
        return _ask(told, path.stem)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadAsk(f"{path} holds no request ({type(error).__name__}: {error})") from error


def _ask(told: dict[str, Any], stem: str) -> Ask:
    if told["receipt"] != stem or not _RECEIPT.fullmatch(stem):
        raise BadName(str(told["receipt"]), "the receipt is not the file's name")
    at = datetime.fromisoformat(told["asked_at"])
    if at.tzinfo is None:
        raise ValueError("asked_at names no time zone")
    person = Person.objects.filter(key=UUID(told["person"])).first() if told["person"] else None
    return Ask(
        receipt=stem,
        person=person,
        person_label=str(person) if person else "Nobody known at that address",
        name=normalise(told["name"]),
        reason=str(told.get("reason", ""))[:2000],
        rule=str(told.get("rule", ""))[:60],
        clause_version=str(told["clause_version"])[:30],
        asked_at=at,
    )


def _set_aside(path: Path, error: BadAsk) -> None:
    log.error("%s; it was moved to %s", error, aside_folder())
    aside_folder().mkdir(exist_ok=True)
    path.replace(aside_folder() / path.name)


def files_aside() -> int:
    """How many spool files wait because they hold no request."""
    return sum(1 for _ in aside_folder().glob("*.json"))


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
