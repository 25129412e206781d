"""Charges: asked for, contested, heard by another person, settled or waived."""

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
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from hornbook.district.consequences import access
from hornbook.district.consequences import charge_actions as act
from hornbook.district.consequences.actions import Refused
from hornbook.district.consequences.forms import (
    ChargeForm,
    ContestForm,
    HearForm,
    SettleForm,
    WaiveForm,
    cents,
)
from hornbook.district.consequences.models import Charge, ChargeState
from hornbook.district.ledger.actions import look, person_object
from hornbook.district.people.access import viewer_or_404
from hornbook.district.people.models import Person
from hornbook.district.people.permissions import actor_of

A_PAGE = 50
RUNNING = (ChargeState.OPEN, ChargeState.CONTESTED, ChargeState.UPHELD)


@require_safe
@login_required
@never_cache
def charges(request: HttpRequest) -> HttpResponse:
    """Contested ones first: somebody waits to be heard."""
    viewer = access.charger_or_404(viewer_or_404(request.user))
    look(actor=actor_of(viewer), object="charges", every_time=False)
    found = access.visible_charges(viewer)
    facts = {
        "contested": found.filter(state=ChargeState.CONTESTED)[:200],
        "page": Paginator(found.exclude(state=ChargeState.CONTESTED), A_PAGE).get_page(
            request.GET.get("page")
        ),
        "viewer": viewer,
    }
    return render(request, "consequences/charges.html", facts)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def charge_new(request: HttpRequest, key: UUID) -> HttpResponse:
    """Ask one person, from their page."""
    viewer = access.charger_or_404(viewer_or_404(request.user))
    person = access.chargeable(viewer).filter(key=key).first()
    if person is None:
        raise Http404
    form = ChargeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        told = dict(form.cleaned_data)
        try:
            made = act.ask(asker=viewer, person=person, cents=cents(told.pop("amount")), **told)
            return redirect("charge", made.key)
        except Refused as error:
            form.add_error(None, str(error))
    facts = {"form": form, "person": person}
    status = 422 if form.is_bound else 200
    return render(request, "consequences/charge_new.html", facts, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def charge(request: HttpRequest, key: UUID) -> HttpResponse:
    viewer = access.charger_or_404(viewer_or_404(request.user))
    found = access.charge_or_404(viewer, key)
    if request.method == "POST":
        return _act(request, viewer, found)
    return _show(request, viewer, found)


def _show(request: HttpRequest, viewer: Person, found: Charge, **bad: Any) -> HttpResponse:
    look(
        actor=actor_of(viewer),
        object=person_object(found.person.key),
        detail={"what": "a charge"},
        every_time=False,
    )
    facts = {
        "charge": found,
        "hears": found.state == ChargeState.CONTESTED and viewer != found.asked_by,
        "may": found.state in (ChargeState.OPEN, ChargeState.UPHELD),
        **{name: form(prefix=name) for name, (form, _) in FORMS.items()},
    }
    return render(request, "consequences/charge.html", facts | bad, status=422 if bad else 200)


def _act(request: HttpRequest, viewer: Person, found: Charge) -> HttpResponse:
    name = request.POST.get("do", "")
    if name not in FORMS:
        raise Http404
    make, do = FORMS[name]
    form = make(request.POST, prefix=name)
    if not form.is_valid():
        return _show(request, viewer, found, **{name: form})
    try:
        do(viewer, found, form.cleaned_data)
    except Refused as error:
        messages.error(request, str(error))
    return redirect("charge", found.key)


Told = dict[str, Any]


def _hear(viewer: Person, found: Charge, told: Told) -> None:
    act.hear(charge=found, judge=viewer, cents=cents(told["amount"]), reason=told["reason"])


def _settle(viewer: Person, found: Charge, told: Told) -> None:
    act.settle(charge=found, who=viewer, how=told["how"])


def _waive(viewer: Person, found: Charge, told: Told) -> None:
    act.waive(charge=found, who=viewer, reason=told["reason"])


FORMS: dict[str, tuple[Callable[..., forms.Form], Callable[[Person, Charge, Told], None]]] = {
    "hear": (HearForm, _hear),
    "settle": (SettleForm, _settle),
    "waive": (WaiveForm, _waive),
}


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def mine(request: HttpRequest, key: UUID) -> HttpResponse:
    """One's own charge: what, why, by which clause, and “this is not right”."""
    viewer = viewer_or_404(request.user)
    found = access.own_charge_or_404(viewer, key)
    form = ContestForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            act.contest(charge=found, **form.cleaned_data)
            messages.success(request, "Another person looks at it now. Nothing is asked of you.")
        except Refused as error:
            messages.error(request, str(error))
        return redirect("charge-mine", key)
    facts = {"charge": found, "form": form, "may": found.state == ChargeState.OPEN}
    status = 422 if form.is_bound else 200
    return render(request, "consequences/charge_mine.html", facts, status=status)
