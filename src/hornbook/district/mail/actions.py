"""Every write to the outbox that rooms make. The sender's own marks are in ``sending.py``."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from uuid import uuid4

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from hornbook.district.ledger.actions import Actor, record
from hornbook.district.mail.models import Letter, LetterState
from hornbook.district.people.models import Person

_BATCH = 2000


@dataclass(frozen=True)
class Draft:
    """A letter to post. The text must carry no link: see ``docs/decisions``."""

    key: str
    about: str
    to: str
    subject: str
    body: str
    person: Person | None = None


def post(drafts: Iterable[Draft]) -> int:
    """Put letters into the outbox, in the caller's transaction; how many are new.

    A key that is there already is the same letter and stays as it is, whoever posts it again.
    The act that posts writes the leaf. Raises RuntimeError outside a transaction.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("letters are posted inside the transaction of the act they tell of")
    letters = [_letter(draft) for draft in drafts]
    known = set(
        Letter.objects.filter(key__in=[letter.key for letter in letters]).values_list(
            "key", flat=True
        )
    )
    fresh = [letter for letter in letters if letter.key not in known]
    Letter.objects.bulk_create(fresh, batch_size=_BATCH, ignore_conflicts=True)
    return len(fresh)


def _letter(draft: Draft) -> Letter:
    domain = settings.MAIL_FROM.rpartition("@")[2].rstrip(">")
    return Letter(
        key=draft.key,
        about=draft.about,
        person=draft.person,
        to=draft.to,
        subject=" ".join(draft.subject.split())[:200],
        body=draft.body,
        message_id=f"<{uuid4()}@{domain}>",
    )


@transaction.atomic
def drop(*, about: str, people: Collection[int] | None = None) -> int:
    """Take letters back that nobody needs any more and that have not gone out.

    ``people`` are the ids of those whose letters are meant; None: everybody's.
    """
    waiting = Letter.objects.filter(about=about, state=LetterState.WAITING)
    if people is not None:
        waiting = waiting.filter(person__in=people)
    return waiting.update(state=LetterState.DROPPED, settled_at=timezone.now())


@transaction.atomic
def settle_doubts(*, actor: Actor, about: str, again: bool) -> int:
    """Decide about every letter in doubt of that purpose: send again, or take them as arrived.

    A letter that is sent again keeps its Message-ID, by which most mailboxes show it once.
    """
    doubts = Letter.objects.select_for_update().filter(about=about, state=LetterState.DOUBT)
    keys = list(doubts.values_list("key", flat=True))
    if again:
        doubts.update(state=LetterState.WAITING, not_before=timezone.now())
    else:
        doubts.update(state=LetterState.SENT, settled_at=timezone.now())
    if keys:
        verb = "send letters again" if again else "take letters as arrived"
        record(actor=actor, verb=verb, object=about, detail={"letters": keys})
    return len(keys)
