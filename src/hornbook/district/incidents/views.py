"""The calm page, what it did, the lesson; and the list and page for those who help."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from allauth.core.ratelimit import consume
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from hornbook.district.incidents import access, actions
from hornbook.district.incidents.forms import MoreForm, OutsideForm
from hornbook.district.incidents.models import Desk, GivenAway
from hornbook.district.learning.asking import ask
from hornbook.district.ledger.actions import Actor
from hornbook.district.people.access import viewer_or_404
from hornbook.district.people.models import Person
from hornbook.district.people.permissions import actor_of, person_of
from hornbook.district.people.signin.attempts import attempts_since, doubt

KEY, AN_HOUR = "gave-away", 3600  # in the session of a browser that was signed out just now
Request = HttpRequest


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def gave_away(request: Request) -> HttpResponse:
    """One button for whoever is signed in; a few lines to IT for whoever cannot sign in."""
    person = person_of(request.user)
    if request.method == "POST" and person is not None and "safe" in request.POST:
        return _make_safe(request, person)
    form = OutsideForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        typed = request.POST.get("email", "").strip().lower()[:254]
        if not consume(request, action="gave_away", key=typed):
            return render(request, "people/too_often.html", status=429)
        if form.is_valid():
            actions.tell_from_outside(**form.cleaned_data)
            return redirect("gave-away-told")
    facts = {"person": person, "form": form, "desk": Desk.the_one()}
    status = 422 if form.is_bound else 200
    return render(request, "incidents/gave_away.html", facts, status=status)


def _make_safe(request: Request, person: Person) -> HttpResponse:
    try:
        incident = actions.make_safe(person=person)
    except actions.Refused as error:
        messages.error(request, str(error))
        return redirect("gave-away")
    logout(request)
    request.session[KEY] = str(incident.key)
    request.session.set_expiry(AN_HOUR)
    return redirect("gave-away-done")


@require_http_methods(["GET", "HEAD"])
@never_cache
def told(request: Request) -> HttpResponse:
    """The same answer whether or not the address is somebody's."""
    return render(request, "incidents/told.html", {"desk": Desk.the_one()})


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def done(request: Request) -> HttpResponse:
    """What was done, what to do now, and three questions that may be left out."""
    incident = _of_this_browser(request)
    if incident is None:
        return redirect("gave-away")
    form = MoreForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        actions.tell_more(incident=incident, actor=actor_of(incident.person), **form.cleaned_data)
        return redirect("gave-away-done")
    facts = {"incident": incident, "form": form, "desk": Desk.the_one()}
    status = 422 if form.is_bound else 200
    return render(request, "incidents/done.html", facts, status=status)


def _of_this_browser(request: Request) -> GivenAway | None:
    key = request.session.get(KEY)
    if not key:
        return None
    found = GivenAway.objects.filter(key=key, state=GivenAway.State.OPEN)
    return found.select_related("person", "closing").first()


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def mine(request: Request, key: UUID) -> HttpResponse:
    """One's own: what was done, and each sign-in with “was this you?”."""
    viewer = viewer_or_404(request.user)
    incident = access.own_or_404(viewer, key)
    if request.method == "POST":
        attempt = access.own_attempt_or_404(viewer, _number(request.POST.get("attempt", "")))
        known = request.POST.get("mine") == "yes"
        doubt(actor=actor_of(viewer), person=viewer, attempt=attempt, mine=known)
        return redirect("my-incident", key)
    facts = {"incident": incident, "attempts": _attempts(incident), "desk": Desk.the_one()}
    return render(request, "incidents/mine.html", facts)


def _attempts(incident: GivenAway) -> list[Any]:
    since = incident.since - actions.LOOK_BACK
    return attempts_since(incident.closing.user, since)


def _number(typed: str) -> int:
    if not (typed.isascii() and typed.isdigit() and len(typed) < 18):
        raise Http404
    return int(typed)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def lesson(request: Request, key: UUID) -> HttpResponse:
    """The clause in its words, three habits, and its questions. Nothing of it is counted."""
    viewer = viewer_or_404(request.user)
    incident = access.own_or_404(viewer, key)
    if incident.lesson is None:
        raise Http404
    asked = ask(incident.lesson, request.POST if request.method == "POST" else {})
    if request.method == "POST" and all(one.right for one in asked):
        actions.learn(incident=incident, actor=actor_of(viewer))
        messages.success(request, "Done. Thank you for telling us so quickly.")
        return redirect("my-incident", key)
    answered = request.method == "POST"
    facts = {"incident": incident, "asked": asked, "answered": answered}
    return render(request, "incidents/lesson.html", facts, status=422 if answered else 200)


@require_POST
@login_required
def for_somebody(request: Request, key: UUID) -> HttpResponse:
    """IT, human resources or a principal close the account of somebody whom they look after."""
    sight = access.sight_or_404(request.user)
    person = access.person_or_404(sight, key)
    who: Actor = actor_of(sight.viewer)
    try:
        incident = actions.make_safe(person=person, actor=who)
    except actions.Refused as error:
        messages.error(request, str(error))
        return redirect("incidents")
    messages.success(request, f"The account of {person} is closed until there is a new password.")
    return redirect("incident", incident.key)
