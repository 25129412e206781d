"""What sign-in asks of an account, and the middleware that asks it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import astuple, dataclass
from urllib.parse import urlencode

from allauth.mfa.utils import is_mfa_enabled
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.contrib.auth import logout
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from hornbook.district.people.models import SignInRule, User
from hornbook.district.people.permissions import person_of, roles_of
from hornbook.district.people.signin.adapter import SECOND_STEP
from hornbook.district.people.signin.closing import open_closing

SEEN, ASKED = "seen-at", "sign-in"  # keys in the session
EVERY = 60  # seconds for which a rule that was looked up counts, and between two marks of life
OPEN = ("/account/", "/static/", "/healthz", "/readyz")


@dataclass(frozen=True)
class Limits:
    """``idle_minutes`` 0: no limit. ``clause``: the key of the clause that asks for it."""

    idle_minutes: int = 0
    second_step: bool = False
    clause: str = ""
    closed: bool = False


def limits_of(user: User) -> Limits:
    """The strictest of what the person's roles ask today."""
    closed = open_closing(user) is not None
    person = person_of(user)
    if person is None:
        return Limits(closed=closed)
    roles = roles_of(person).values("role")
    rules = list(SignInRule.objects.filter(role__in=roles).select_related("clause"))
    timed = [rule for rule in rules if rule.idle_minutes]
    shortest = min(timed, key=lambda rule: rule.idle_minutes or 0, default=None)
    return Limits(
        idle_minutes=(shortest.idle_minutes or 0) if shortest else 0,
        second_step=any(rule.second_step for rule in rules),
        clause=shortest.clause.key if shortest and shortest.clause else "",
        closed=closed,
    )


class SignInRules:
    """Sign out where nobody was for too long; lead those who need a second step to set it up."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._next = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        user = _known(request)
        stopped = self._check(request, user) if user else None
        return stopped or self._next(request)

    def _check(self, request: HttpRequest, user: User) -> HttpResponse | None:
        now = time.time()
        limits = _remembered(request, user, now)
        seen = request.session.get(SEEN, now)
        if limits.idle_minutes and now - seen > limits.idle_minutes * 60:
            return _put_out(request, limits)
        if now - seen > EVERY or SEEN not in request.session:
            request.session[SEEN] = now
        if limits.closed and not request.path.startswith(OPEN):
            return _lead_to_new_password(request)
        if limits.second_step and not request.path.startswith(OPEN):
            return _lead_to_second_step(request, user)
        return None


def _known(request: HttpRequest) -> User | None:
    """Nobody is known while the database is down; the page itself then says what it can."""
    try:
        return request.user if isinstance(request.user, User) else None
    except DatabaseError:
        return None


def _remembered(request: HttpRequest, user: User, now: float) -> Limits:
    """Looked up once a minute, so that a page costs no more queries for it."""
    held = request.session.get(ASKED)
    if held and 0 <= now - held[0] < EVERY:
        return Limits(*held[1:])
    found = limits_of(user)
    UserSession.objects.create_from_request(request)  # a sign of life, for “where I am signed in”
    request.session[ASKED] = [now, *astuple(found)]
    return found


def _put_out(request: HttpRequest, limits: Limits) -> HttpResponse:
    logout(request)
    clause = f" ({limits.clause})" if limits.clause else ""
    messages.info(
        request,
        f"Nobody used this computer for {limits.idle_minutes} minutes, so we signed you out"
        f"{clause}. Sign in to go on where you were.",
    )
    back = urlencode({"next": request.get_full_path() if request.method == "GET" else "/"})
    return redirect(f"{reverse('account_login')}?{back}")


def _lead_to_second_step(request: HttpRequest, user: User) -> HttpResponse | None:
    if request.session.get(SECOND_STEP) or is_mfa_enabled(user):
        return None
    messages.warning(request, "Your role needs a second step at sign-in. Set one up to go on.")
    return redirect("mfa_index")


def _lead_to_new_password(request: HttpRequest) -> HttpResponse:
    """They came in by a passkey that is older than what happened."""
    messages.info(request, "Set a new password. Then your account is open again.")
    return redirect("account_set_password")
