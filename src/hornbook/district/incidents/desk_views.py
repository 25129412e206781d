"""The list of incidents and one incident, for those who help."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from hornbook.district.incidents import access, actions
from hornbook.district.incidents.forms import DeskForm, FinishForm, NoteForm
from hornbook.district.incidents.models import Breach, Desk, GivenAway, Word
from hornbook.district.incidents.views import _attempts
from hornbook.district.ledger.actions import Actor, look, person_object
from hornbook.district.people.permissions import actor_of

A_PAGE = 50


@require_safe
@login_required
@never_cache
def incidents(request: HttpRequest) -> HttpResponse:
    """What waits first, then what is open, then the rest."""
    sight = access.sight_or_404(request.user)
    look(actor=actor_of(sight.viewer), object="incidents", every_time=False)
    found = access.visible(sight).order_by("-state", "-told_at")  # open stands before done
    facts = {
        "sight": sight,
        "words": access.waiting_words(sight),
        "page": Paginator(found, A_PAGE).get_page(request.GET.get("page")),
        "breaches": Breach.objects.all()[:50] if sight.breaches else [],
        "desk": Desk.the_one(),
    }
    return render(request, "incidents/incidents.html", facts)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def desk(request: HttpRequest) -> HttpResponse:
    """Who helps, and on which clauses it rests."""
    sight = access.sight_or_404(request.user)
    if not sight.sets:
        raise Http404
    form = DeskForm(request.POST if request.method == "POST" else None, Desk.the_one())
    if request.method == "POST" and form.is_valid():
        actions.set_desk(actor=actor_of(sight.viewer), **form.cleaned_data)
        messages.success(request, "Saved.")
        return redirect("incidents")
    status = 422 if form.is_bound else 200
    return render(request, "incidents/desk.html", {"form": form}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def incident(request: HttpRequest, key: UUID) -> HttpResponse:
    """One incident. IT sees the sign-ins, too; that is a look, and a leaf."""
    sight = access.sight_or_404(request.user)
    if request.method == "POST":
        return _act(request, sight, access.workable_or_404(sight, key))
    return _show(request, sight, access.incident_or_404(sight, key))


def _show(
    request: HttpRequest, sight: access.Sight, found: GivenAway, **forms: Any
) -> HttpResponse:
    look(
        actor=actor_of(sight.viewer),
        object=person_object(found.person.key),
        purpose="Help after a password was given away",
        detail={"what": "your incident" + (" and your sign-ins" if sight.works else "")},
        every_time=False,
    )
    facts = {
        "sight": sight,
        "incident": found,
        "steps": found.steps.all(),
        "attempts": _attempts(found) if sight.works else [],
        "breaches": found.breaches.all() if sight.breaches else [],
        "note": NoteForm(prefix="note"),
        "finish": FinishForm(prefix="finish"),
    }
    status = 422 if forms else 200
    return render(request, "incidents/incident.html", facts | forms, status=status)


def _act(request: HttpRequest, sight: access.Sight, found: GivenAway) -> HttpResponse:
    doers = {"note": _note, "directory": _directory, "finish": _finish}
    do: Callable[..., HttpResponse] | None = doers.get(request.POST.get("do", ""))
    if do is None:
        raise Http404
    return do(request, sight, found)


def _note(request: HttpRequest, sight: access.Sight, found: GivenAway) -> HttpResponse:
    form = NoteForm(request.POST, prefix="note")
    if not form.is_valid():
        return _show(request, sight, found, note=form)
    actions.note(incident=found, actor=actor_of(sight.viewer), words=form.cleaned_data["words"])
    return redirect("incident", found.key)


def _directory(request: HttpRequest, sight: access.Sight, found: GivenAway) -> HttpResponse:
    actions.directory_reset(incident=found, actor=actor_of(sight.viewer))
    return redirect("incident", found.key)


def _finish(request: HttpRequest, sight: access.Sight, found: GivenAway) -> HttpResponse:
    form = FinishForm(request.POST, prefix="finish")
    if not form.is_valid():
        return _show(request, sight, found, finish=form)
    try:
        actions.finish(incident=found, actor=actor_of(sight.viewer), **form.cleaned_data)
    except actions.Refused as error:
        messages.error(request, str(error))
    return redirect("incident", found.key)


@require_POST
@login_required
def word(request: HttpRequest, pk: int) -> HttpResponse:
    """Close the account that somebody told of, or set it aside."""
    sight = access.sight_or_404(request.user)
    found: Word = access.word_or_404(sight, pk)
    who: Actor = actor_of(sight.viewer)
    do = request.POST.get("do")
    if do == "aside":
        actions.set_aside(word=found, actor=who)
        return redirect("incidents")
    if do != "close":
        raise Http404
    try:
        return redirect("incident", actions.act_on_word(word=found, actor=who).key)
    except actions.Refused as error:
        messages.error(request, str(error))
        return redirect("incidents")
