"""Who signed in to the console, when and roughly from where: only to find a stranger's sign-ins."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network
from typing import Any

from allauth.account.authentication import get_authentication_records
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from hornbook.district.ledger.actions import Actor, record
from hornbook.district.people.models import Attempt, Person, Seat, User

SAME_FAILURE = timedelta(minutes=10)  # a guessing machine fills no table
MOST = 200
_BROWSERS = (
    ("Edg/", "Edge"),
    ("CrOS", "Chrome on a Chromebook"),
    ("Chrome/", "Chrome"),
    ("Firefox/", "Firefox"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    (r"iPhone|iPad", "an iPhone or iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS", "a Mac"),
    ("Linux", "Linux"),
)


def note(request: HttpRequest, user: User, *, good: bool) -> None:
    """Keep one line; a failure like one of the last minutes is kept once."""
    network, place = whereabouts(str(request.META.get("REMOTE_ADDR", "")))
    facts = {
        "good": good,
        "how": _how(request, user) if good else Attempt.How.PASSWORD,
        "network": network,
        "place": place,
        "browser": browser_of(request.headers.get("User-Agent", "")),
    }
    now = timezone.now()
    if not good and user.attempts.filter(at__gt=now - SAME_FAILURE, **facts).exists():
        return
    Attempt.objects.create(user=user, at=now, **facts)


def _how(request: HttpRequest, user: User) -> str:
    records: Sequence[dict[str, Any]] = get_authentication_records(request, user)
    methods = {one.get("method") for one in records}
    if any(one.get("passwordless") for one in records):
        return Attempt.How.PASSKEY
    if "socialaccount" in methods:
        return Attempt.How.DIRECTORY
    if "password" not in methods:
        return Attempt.How.OTHER
    return Attempt.How.SECOND_STEP if "mfa" in methods else Attempt.How.PASSWORD


def whereabouts(address: str) -> tuple[str, str]:
    """The coarse network of an address, and the District's site whose network it is."""
    try:
        found = ip_address(address)
    except ValueError:
        return "", ""
    coarse = ip_network(f"{found}/{24 if found.version == 4 else 48}", strict=False)
    for seat in Seat.objects.filter(site__isnull=False).select_related("site"):
        if seat.site and found in ip_network(seat.network):
            return str(coarse), seat.site.name
    return str(coarse), ""


def browser_of(agent: str) -> str:
    """“Firefox on Windows”; empty for what says nothing."""
    browser = next((name for mark, name in _BROWSERS if mark in agent), "")
    if not browser or " on " in browser:
        return browser
    system = next((name for mark, name in _SYSTEMS if re.search(mark, agent)), "")
    return f"{browser} on {system}" if system else browser


def attempts_since(user: User, since: datetime) -> list[Attempt]:
    """The newest first."""
    return list(user.attempts.filter(at__gte=since)[:MOST])


@transaction.atomic
def doubt(*, actor: Actor, person: Person, attempt: Attempt, mine: bool) -> None:
    """The holder says whether that sign-in was theirs."""
    attempt.doubted_at = None if mine else timezone.now()
    attempt.save(update_fields=["doubted_at"])
    verb = "know sign-in" if mine else "do not know sign-in"
    detail = {"at": attempt.at.isoformat()}
    record(actor=actor, verb=verb, object=f"person {person.key}", detail=detail)
