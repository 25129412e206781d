"""Let the nodes know, and tell the person who decided whether they do."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest

from hornbook.district.filtering.publishing import publish, publish_seating
from hornbook.district.ledger.actions import Actor
from hornbook.instance import InstanceError


def act(request: HttpRequest, change: Callable[[], object]) -> bool:
    """Do it; a refusal becomes a message."""
    try:
        change()
    except InstanceError as error:
        messages.error(request, str(error))
        return False
    return True


def seats_changed(request: HttpRequest, actor: Actor, words: str) -> None:
    """Publish who sits where and what holds for them; ``words`` say what is true now."""
    try:
        publish_seating(actor=actor)
    except InstanceError as error:
        messages.error(request, f"Saved, but the nodes do not know of it yet. {error}")
        return
    messages.success(request, words)


def entries_changed(request: HttpRequest, actor: Actor, words: str) -> None:
    """Publish the district's own entries beside the lists that are in service."""
    try:
        publish(actor=actor)
    except InstanceError as error:
        messages.error(request, f"Saved, but not in force: {error}")
        return
    messages.success(request, f"{words} It is in force within seconds.")


def rules_changed(request: HttpRequest, actor: Actor) -> None:
    """Publish the rules. They are compiled in a moment, so the page waits for them."""
    try:
        publication = publish(actor=actor, keep_lists=True)
    except InstanceError as error:
        messages.error(
            request, f"Saved, but not in force: {error} The rules in service have not changed."
        )
        return
    messages.success(request, "Saved, and in force within seconds.")
    for warning in publication.warnings:
        messages.warning(request, warning)
