"""What follows, for who runs the case and for whom it is about: letter, training, accounts."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from hornbook.district.conduct.actions.consequences import acknowledge
from hornbook.district.conduct.models import Consequence
from hornbook.district.consequences import access, actions
from hornbook.district.consequences.forms import SystemsForm
from hornbook.district.consequences.models import Letter
from hornbook.district.ledger.actions import look
from hornbook.district.people.access import viewer_or_404
from hornbook.district.people.models import Person
from hornbook.district.people.permissions import actor_of

A_PAGE = 50


@require_safe
@login_required
@never_cache
def follows(request: HttpRequest) -> HttpResponse:
    """What followed in the cases that the viewer runs or decides."""
    viewer = access.staff_or_404(request.user)
    look(actor=actor_of(viewer), object="consequences", every_time=False)
    page = Paginator(access.running_consequences(viewer), A_PAGE).get_page(request.GET.get("page"))
    return render(request, "consequences/follows.html", {"page": page})


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def follow(request: HttpRequest, key: UUID) -> HttpResponse:
    """For who runs the case: write the letter, give the training, switch accounts off."""
    viewer = viewer_or_404(request.user)
    found = access.consequence_or_404(viewer, key)
    if request.method == "POST":
        return _act(request, viewer, found)
    return _show(request, viewer, found)


def _show(request: HttpRequest, viewer: Person, found: Consequence, **bad: Any) -> HttpResponse:
    look(actor=actor_of(viewer), object=f"consequence {found.key}", every_time=False)
    facts = {
        "row": found,
        "case": found.decision.case,
        "letter": Letter.objects.filter(consequence=found).defer("pdf").first(),
        "training": found.training,
        "late": found.training is not None and found.training.is_late(timezone.localdate()),
        "suspensions": found.suspensions.all(),
        "systems": SystemsForm(),
        "restriction": found.sort == Consequence.Sort.RESTRICTION,
    }
    return render(request, "consequences/follow.html", facts | bad, status=422 if bad else 200)


def _act(request: HttpRequest, viewer: Person, found: Consequence) -> HttpResponse:
    do, who = request.POST.get("do"), actor_of(viewer)
    try:
        if do == "letter":
            actions.write_letter(actor=who, consequence=found)
        elif do == "training":
            actions.train(actor=who, consequence=found)
        elif do == "again":
            row = access.suspension_or_404(found, _number(request.POST.get("row", "")))
            actions.try_now(actor=who, suspension=row)
        elif do == "suspend":
            form = SystemsForm(request.POST)
            if not form.is_valid():
                return _show(request, viewer, found, systems=form)
            actions.suspend(actor=who, consequence=found, **form.cleaned_data)
        else:
            raise Http404
    except actions.Refused as error:
        messages.error(request, str(error))
    return redirect("follow", found.key)


def _number(typed: str) -> int:
    if not (typed.isascii() and typed.isdigit() and len(typed) < 18):
        raise Http404
    return int(typed)


@require_safe
@login_required
@never_cache
def letter(request: HttpRequest, key: UUID) -> HttpResponse:
    """Exactly the bytes that were given: to the subject, and to who runs the case."""
    viewer = viewer_or_404(request.user)
    try:
        found = access.own_consequence_or_404(viewer, key)
    except Http404:
        found = access.consequence_or_404(viewer, key)
        look(actor=actor_of(viewer), object=f"consequence {key}", detail={"what": "letter"})
    written = Letter.objects.filter(consequence=found).first()
    if written is None:
        raise Http404
    headers = {"Content-Disposition": f'inline; filename="letter-{found.decision.case.number}.pdf"'}
    return HttpResponse(bytes(written.pdf), content_type="application/pdf", headers=headers)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def mine(request: HttpRequest, key: UUID) -> HttpResponse:
    """The subject's own page: what follows, until when, how to appeal; “I have read it”."""
    viewer = viewer_or_404(request.user)
    found = access.own_consequence_or_404(viewer, key)
    if request.method == "POST":
        acknowledge(found, actor=viewer)
        messages.success(request, "Noted that you have read it. It does not mean that you agree.")
        return redirect("follow-mine", key)
    facts = {
        "row": found,
        "decision": found.decision,
        "letter": Letter.objects.filter(consequence=found).defer("pdf").first(),
        "training": found.training,
        "late": found.training is not None and found.training.is_late(timezone.localdate()),
        "suspensions": found.suspensions.all(),
        "charges": found.charges.all(),
    }
    return render(request, "consequences/mine.html", facts)
