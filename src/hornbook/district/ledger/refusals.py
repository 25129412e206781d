"""Whoever is signed in and asks for what is not shown to them leaves a leaf.

Absent and forbidden get the same answer, and so the same leaf: it says what was asked for,
never whether it exists. It is written after the answer is made, so that a look that was refused
cannot be undone by the refusal.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from http import HTTPStatus

from django.db import DatabaseError, transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from hornbook.district.ledger.actions import Actor, record
from hornbook.district.ledger.models import Leaf

REFUSED = "look.refused"
SAME_AGAIN = timedelta(minutes=10)
AN_HOUR = timedelta(hours=1)
MOST_AN_HOUR = 60  # single leaves for one person: whoever tries every number must not fill the log
_CLOSED = {HTTPStatus.NOT_FOUND, HTTPStatus.FORBIDDEN}
Answer = Callable[[HttpRequest], HttpResponse]
log = logging.getLogger(__name__)


def note_refusals(get_response: Answer) -> Answer:
    """Middleware: behind sign-in, around every view of every room."""

    def answer(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if response.status_code in _CLOSED and request.resolver_match and _name(request):
            try:
                note_refusal(actor=Actor(_name(request)), path=request.path)
            except DatabaseError:
                log.exception("a refused look could not be recorded")
        return response

    return answer


def _name(request: HttpRequest) -> str:
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return ""
    person = getattr(user, "person", None)
    return str(person or user)


@transaction.atomic
def note_refusal(*, actor: Actor, path: str) -> Leaf | None:
    """One leaf for an address in ten minutes; ``MOST_AN_HOUR`` of them and one for the rest."""
    now = timezone.now()
    mine = Leaf.objects.filter(actor=actor.label, verb=REFUSED, at__gte=now - AN_HOUR)
    count, object = mine.count(), path[:200]
    if count > MOST_AN_HOUR or mine.filter(object=object, at__gte=now - SAME_AGAIN).exists():
        return None
    if count == MOST_AN_HOUR:
        object = "more than can be listed within an hour"
    return record(actor=actor, verb=REFUSED, object=object)
