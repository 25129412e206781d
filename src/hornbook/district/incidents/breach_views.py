"""The breach clock: open, change, whose it is, what was decided, who was told, papers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from hornbook.district.incidents import access
from hornbook.district.incidents import breach_actions as act
from hornbook.district.incidents.actions import Refused
from hornbook.district.incidents.forms import (
    BreachForm,
    DayForm,
    DetermineForm,
    HoldForm,
    PeopleForm,
    ToldForm,
)
from hornbook.district.incidents.law import law
from hornbook.district.incidents.letters import consumer_letters, packet
from hornbook.district.incidents.models import Breach, GivenAway
from hornbook.district.ledger.actions import look
from hornbook.district.people.permissions import actor_of

A_PAGE = 100


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def breach_new(request: HttpRequest) -> HttpResponse:
    """Start a clock, by itself or for an incident (``?incident=``)."""
    sight = access.sight_or_404(request.user)
    access.breaches_or_404(sight)
    incident = _incident(sight, request.GET.get("incident", ""))
    form = BreachForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        made = act.open_breach(actor=actor_of(sight.viewer), about=form.about(), incident=incident)
        return redirect("breach", made.key)
    facts = {"form": form, "incident": incident, "law": law()}
    return render(request, "incidents/breach_new.html", facts, status=422 if form.is_bound else 200)


def _incident(sight: access.Sight, typed: str) -> GivenAway | None:
    if not typed:
        return None
    try:
        return access.incident_or_404(sight, UUID(typed))
    except ValueError:
        raise Http404 from None


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def breach_change(request: HttpRequest, key: UUID) -> HttpResponse:
    sight = access.sight_or_404(request.user)
    found = access.breach_or_404(sight, key)
    form = BreachForm(request.POST if request.method == "POST" else None, found)
    if request.method == "POST" and form.is_valid():
        try:
            act.change_breach(actor=actor_of(sight.viewer), breach=found, about=form.about())
            return redirect("breach", key)
        except Refused as error:
            form.add_error(None, str(error))
    facts = {"form": form, "breach": found, "law": law()}
    return render(request, "incidents/breach_new.html", facts, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def breach(request: HttpRequest, key: UUID) -> HttpResponse:
    """What the law asks now, and one form for each thing that can be done."""
    sight = access.sight_or_404(request.user)
    found = access.breach_or_404(sight, key)
    if request.method == "POST":
        return _act(request, sight, found)
    return _show(request, sight, found)


def _show(request: HttpRequest, sight: access.Sight, found: Breach, **bad: Any) -> HttpResponse:
    look(actor=actor_of(sight.viewer), object=f"breach {found.key}", every_time=False)
    told = law()
    people = Paginator(found.affected.all(), A_PAGE)
    facts = {
        "sight": sight,
        "breach": found,
        "law": told,
        "kinds": [told.kinds[key].title for key in found.kinds if key in told.kinds],
        "facts": act.facts_of(found, told),
        "reading": act.reading_of(found, told),
        "page": people.get_page(request.GET.get("page")),
        "decided": found.determinations.select_related("by"),
        "events": found.events.all(),
        "running": found.state == Breach.State.OPEN,
        **{name: form(prefix=name) for name, (form, _) in FORMS.items()},
    }
    return render(request, "incidents/breach.html", facts | bad, status=422 if bad else 200)


def _act(request: HttpRequest, sight: access.Sight, found: Breach) -> HttpResponse:
    """The form of that name, and what it does; a refusal is told at the top."""
    name = request.POST.get("do", "")
    if name not in FORMS or (name == "determine" and not sight.decides):
        raise Http404
    make, do = FORMS[name]
    form = make(request.POST, prefix=name)
    if not form.is_valid():
        return _show(request, sight, found, **{name: form})
    try:
        do(sight, found, form.cleaned_data)
    except Refused as error:
        messages.error(request, str(error))
    return redirect("breach", found.key)


Told = dict[str, Any]
Sight = access.Sight


def _people(sight: Sight, found: Breach, told: Told) -> None:
    act.add_affected(actor=actor_of(sight.viewer), breach=found, people=told["people"])


def _determine(sight: Sight, found: Breach, told: Told) -> None:
    likely = told.pop("harm_likely") == "yes"
    act.determine(person=sight.viewer, breach=found, harm_likely=likely, **told)


def _hold(sight: Sight, found: Breach, told: Told) -> None:
    act.hold(actor=actor_of(sight.viewer), breach=found, **told)


def _end_hold(sight: Sight, found: Breach, told: Told) -> None:
    act.end_hold(actor=actor_of(sight.viewer), breach=found, on=told["on"])


def _owner(sight: Sight, found: Breach, told: Told) -> None:
    act.owner_told(actor=actor_of(sight.viewer), breach=found, on=told["on"])


def _told(sight: Sight, found: Breach, told: Told) -> None:
    act.people_told(actor=actor_of(sight.viewer), breach=found, **told)


def _attorney(sight: Sight, found: Breach, told: Told) -> None:
    act.attorney_told(actor=actor_of(sight.viewer), breach=found, on=told["on"])


def _close(sight: Sight, found: Breach, told: Told) -> None:
    act.close_breach(actor=actor_of(sight.viewer), breach=found)


class NothingForm(forms.Form):
    """A button."""


FORMS: dict[str, tuple[Callable[..., forms.Form], Callable[[Sight, Breach, Told], None]]] = {
    "people": (PeopleForm, _people),
    "determine": (DetermineForm, _determine),
    "hold": (HoldForm, _hold),
    "endhold": (DayForm, _end_hold),
    "owner": (DayForm, _owner),
    "told": (ToldForm, _told),
    "attorney": (DayForm, _attorney),
    "close": (NothingForm, _close),
}


@require_safe
@login_required
@never_cache
def breach_letters(request: HttpRequest, key: UUID) -> HttpResponse:
    """The letters of everybody who was not told yet; of everybody with ``?all=1``."""
    sight = access.sight_or_404(request.user)
    found = access.breach_or_404(sight, key)
    people = found.affected.all() if request.GET.get("all") else found.affected.filter(told_on=None)
    if not people:
        messages.info(request, "Everybody on the list has been told.")
        return redirect("breach", key)
    look(actor=actor_of(sight.viewer), object=f"breach {key}", detail={"what": "letters"})
    return _file(consumer_letters(found, list(people)), "application/pdf", f"letters-{key}.pdf")


@require_safe
@login_required
@never_cache
def breach_packet(request: HttpRequest, key: UUID) -> HttpResponse:
    """What goes to the Attorney General, as one ZIP."""
    sight = access.sight_or_404(request.user)
    found = access.breach_or_404(sight, key)
    look(actor=actor_of(sight.viewer), object=f"breach {key}", detail={"what": "packet"})
    day = timezone.localdate().isoformat()
    return _file(packet(found), "application/zip", f"attorney-general-{day}.zip")


def _file(body: bytes, kind: str, name: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(body, content_type=kind, headers=headers)
