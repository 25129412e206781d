"""The agent's page and form for everybody, the desk's queue, and one's own notices."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from allauth.core.ratelimit import consume
from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from hornbook.district.copyright import access, actions
from hornbook.district.copyright.forms import (
    AgentForm,
    CounterForm,
    DeskNoticeForm,
    DisableForm,
    MoreForm,
    NoticeForm,
    ReasonForm,
    WordsForm,
)
from hornbook.district.copyright.law import law, must_be_asked
from hornbook.district.copyright.models import Agent, Notice, State
from hornbook.district.ledger.actions import look
from hornbook.district.people.access import viewer_or_404
from hornbook.district.people.models import Person
from hornbook.district.people.permissions import actor_of, person_of

A_PAGE = 50
OPEN = (State.RECEIVED, State.INCOMPLETE, State.DISABLED, State.COUNTERED)


@require_safe
@never_cache
def agent_page(request: HttpRequest) -> HttpResponse:
    """The designated agent and what a notice must have: open to everybody (512(c)(2))."""
    person = person_of(request.user)
    facts = {
        "agent": Agent.objects.select_related("clause").first(),
        "law": law(),
        "desk": person is not None and access.is_desk(person),
        "mine": access.own_notices(person) if person else [],
    }
    return render(request, "copyright/agent.html", facts)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def notice_new(request: HttpRequest) -> HttpResponse:
    """From anybody: taken in even where something is missing, and told what."""
    if request.method == "POST" and not consume(request, action="copyright_notice"):
        return render(request, "people/too_often.html", status=429)
    form = NoticeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        made = actions.take_in(actor=actions.OUTSIDE, via=Notice.Via.WEB, told=form.cleaned_data)
        facts = {"notice": made, "law": law(), "missing": _words(made)}
        return render(request, "copyright/received.html", facts)
    status = 422 if form.is_bound else 200
    return render(request, "copyright/notice_new.html", {"form": form, "law": law()}, status=status)


def _words(notice: Notice) -> list[str]:
    return [law().elements[key].words for key in notice.missing]


# --- the desk ---


@require_safe
@login_required
@never_cache
def queue(request: HttpRequest) -> HttpResponse:
    """Open notices, the one with the nearest day first."""
    viewer = access.desk_or_404(request.user)
    look(actor=actor_of(viewer), object="copyright notices", every_time=False)
    found = access.notices_for(viewer)
    running = found.filter(state__in=OPEN).order_by("counter__restore_by", "received_at")
    facts = {
        "running": running[:200],
        "page": Paginator(found.exclude(state__in=OPEN), A_PAGE).get_page(request.GET.get("page")),
        "agent": Agent.objects.first(),
        "today": timezone.localdate(),
    }
    return render(request, "copyright/queue.html", facts)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def agent_change(request: HttpRequest) -> HttpResponse:
    viewer = access.desk_or_404(request.user)
    agent = Agent.objects.select_related("clause").first()
    form = AgentForm(request.POST if request.method == "POST" else None, agent)
    if request.method == "POST" and form.is_valid():
        actions.set_agent(actor=actor_of(viewer), **form.cleaned_data)
        messages.success(request, "Saved. It stands on the public page now.")
        return redirect("copyright")
    status = 422 if form.is_bound else 200
    return render(request, "copyright/agent_change.html", {"form": form}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def notice_add(request: HttpRequest) -> HttpResponse:
    """One that came by e-mail or letter."""
    viewer = access.desk_or_404(request.user)
    form = DeskNoticeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        told = dict(form.cleaned_data)
        made = actions.take_in(actor=actor_of(viewer), via=told.pop("via"), told=told)
        return redirect("copyright-notice", made.number)
    status = 422 if form.is_bound else 200
    return render(request, "copyright/notice_add.html", {"form": form}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def notice(request: HttpRequest, number: str) -> HttpResponse:
    """One notice, and one form for each step that can follow."""
    viewer = access.desk_or_404(request.user)
    found = access.notice_or_404(viewer, number)
    if request.method == "POST":
        return _act(request, viewer, found)
    return _show(request, viewer, found)


def _show(request: HttpRequest, viewer: Person, found: Notice, **bad: Any) -> HttpResponse:
    look(actor=actor_of(viewer), object=str(found), every_time=False)
    facts = {
        "notice": found,
        "counter_notice": getattr(found, "counter", None),
        "law": law(),
        "missing": _words(found),
        "must_ask": must_be_asked(found.missing),
        "repeats": actions.repeats(found.subscriber) if found.subscriber else 0,
        "events": found.events.all(),
        "today": timezone.localdate(),
        **{name: form(prefix=name) for name, (form, _) in FORMS.items()},
    }
    return render(request, "copyright/notice.html", facts | bad, status=422 if bad else 200)


def _act(request: HttpRequest, viewer: Person, found: Notice) -> HttpResponse:
    name = request.POST.get("do", "")
    if name not in FORMS:
        raise Http404
    make, do = FORMS[name]
    form = make(request.POST, prefix=name)
    if not form.is_valid():
        return _show(request, viewer, found, **{name: form})
    try:
        do(viewer, found, form)
    except actions.Refused as error:
        messages.error(request, str(error))
    return redirect("copyright-notice", found.number)


def _more(viewer: Person, found: Notice, form: Any) -> None:
    actions.complete(actor=actor_of(viewer), notice=found, told=form.cleaned_data)


def _disable(viewer: Person, found: Notice, form: Any) -> None:
    actions.disable(actor=actor_of(viewer), notice=found, **form.cleaned_data)


def _counter(viewer: Person, found: Notice, form: Any) -> None:
    actions.counter(actor=actor_of(viewer), notice=found, told=form.told())


def _restore(viewer: Person, found: Notice, form: Any) -> None:
    actions.restore(actor=actor_of(viewer), notice=found, today=timezone.localdate())


def _court(viewer: Person, found: Notice, form: Any) -> None:
    actions.to_court(actor=actor_of(viewer), notice=found)


def _withdraw(viewer: Person, found: Notice, form: Any) -> None:
    actions.withdraw(actor=actor_of(viewer), notice=found)


def _refuse(viewer: Person, found: Notice, form: Any) -> None:
    actions.refuse(actor=actor_of(viewer), notice=found, **form.cleaned_data)


def _note(viewer: Person, found: Notice, form: Any) -> None:
    actions.note(actor=actor_of(viewer), notice=found, **form.cleaned_data)


class NothingForm(forms.Form):
    """A button."""


FORMS: dict[str, tuple[Callable[..., forms.Form], Callable[[Person, Notice, Any], None]]] = {
    "more": (MoreForm, _more),
    "disable": (DisableForm, _disable),
    "answer": (CounterForm, _counter),
    "restore": (NothingForm, _restore),
    "court": (NothingForm, _court),
    "withdraw": (NothingForm, _withdraw),
    "refuse": (ReasonForm, _refuse),
    "note": (WordsForm, _note),
}


# --- one's own ---


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def mine(request: HttpRequest, number: str) -> HttpResponse:
    """What was taken down of mine, and the counter-notice."""
    viewer = viewer_or_404(request.user)
    found = access.own_notice_or_404(viewer, number)
    first = {"name": str(viewer), "email": viewer.email, "material": found.material}
    form = CounterForm(request.POST if request.method == "POST" else None, initial=first)
    if request.method == "POST" and form.is_valid():
        try:
            actions.counter(actor=actor_of(viewer), notice=found, told=form.told())
        except actions.Refused as error:
            messages.error(request, str(error))
        return redirect("copyright-mine", number)
    facts = {
        "notice": found,
        "counter_notice": getattr(found, "counter", None),
        "form": form,
        "law": law(),
        "may": found.state == State.DISABLED,
    }
    return render(request, "copyright/mine.html", facts, status=422 if form.is_bound else 200)
