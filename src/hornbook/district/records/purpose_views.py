"""Asking to look at one person, agreeing to it, and looking."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from hornbook.district.activity.looked.telling import put_looks
from hornbook.district.activity.reading import Words, lake_at
from hornbook.district.filtering.access import reasons_of
from hornbook.district.ledger.actions import look
from hornbook.district.overview.health import this_instance
from hornbook.district.people.permissions import actor_of
from hornbook.district.records import access, actions
from hornbook.district.records.forms import PurposeForm
from hornbook.district.records.law import purposes as lawful
from hornbook.district.records.models import Level, Purpose
from hornbook.record.lake import LakeError, Where

NEWEST = 200
COLUMNS = ("at", "site", "name", "path", "action", "category", "clause", "client", "note")


@require_safe
@login_required
@never_cache
def purposes(request: HttpRequest) -> HttpResponse:
    """The viewer's own purposes, and those that wait for them to agree."""
    viewer = access.asker_or_404(request.user)
    look(actor=actor_of(viewer), object="purposes", every_time=False)
    mine = access.visible_purposes(viewer).select_related("subject", "asked_by", "approved_by")
    now = timezone.now()
    running = mine.filter(closed_at__isnull=True, ends_at__gt=now)
    waiting = running.filter(level=Level.NAMES, approved_at__isnull=True)
    return render(
        request,
        "records/purposes.html",
        {
            "waiting": [one for one in waiting if access.may_approve(viewer, one)],
            "mine": mine.filter(asked_by=viewer)[:50],
            "now": now,
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def purpose_new(request: HttpRequest, key: UUID) -> HttpResponse:
    viewer = access.asker_or_404(request.user)
    subject = access.subject_or_404(viewer, key)
    form = PurposeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.open_purpose(actor=viewer, subject=subject, **form.cleaned_data)
            return redirect("purpose", made.pk)
        except actions.Refused as error:
            form.add_error(None, str(error))
    return render(request, "records/purpose_new.html", {"form": form, "subject": subject})


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def purpose(request: HttpRequest, pk: int) -> HttpResponse:
    """A purpose. Who asked sees what it opens; another may agree; both may end it."""
    viewer = access.asker_or_404(request.user)
    found = access.purpose_or_404(viewer, pk)
    if request.method == "POST":
        return _done(request, found)
    running = not found.closed_at and found.ends_at > timezone.now()
    told: dict[str, Any] = {
        "purpose": found,
        "law": lawful()[found.kind],
        "running": running,
        "may_approve": running and not found.opens and access.may_approve(viewer, found),
        "may_look": access.may_look(viewer, found),
    }
    if told["may_look"] and running:
        names = found.level == Level.NAMES and found.opens
        actions.look_for(found, actor=viewer, level=Level.NAMES if names else Level.SUMS)
        told |= _shown(found, names=names)
    else:
        look(actor=actor_of(viewer), object=str(found), every_time=False)
    return render(request, "records/purpose.html", told)


def _done(request: HttpRequest, found: Purpose) -> HttpResponse:
    viewer = access.asker_or_404(request.user)
    do = request.POST.get("do")
    try:
        if do == "approve" and access.may_approve(viewer, found):
            actions.approve_purpose(found, actor=viewer)
            messages.success(request, "You agreed. Who asked can see the single questions now.")
        elif do == "close":
            actions.close_purpose(found, actor=viewer)
            messages.success(request, "The purpose has ended.")
        else:
            raise Http404
    except actions.Refused as error:
        messages.error(request, str(error))
    return redirect("purpose", found.pk)


def _shown(found: Purpose, *, names: bool) -> dict[str, Any]:
    """What the purpose opens: sums always, single questions when a second person agreed."""
    since = actions.as_moment(found.since)
    until = actions.as_moment(found.until + timedelta(days=1))
    where = Where(persons=(str(found.subject.key),))
    try:
        with lake_at(this_instance().record).window(since, until, where) as window:
            told: dict[str, Any] = {
                "sums": window.counts("category", "action", "clause", limit=100)
            }
            if names:
                told["rows"] = window.latest(NEWEST, COLUMNS)
                put_looks(told["rows"])
                wrote = reasons_of(found.subject).filter(at__gte=since, at__lt=until)
                told["reasons"] = list(wrote[:NEWEST])
            told["problems"] = window.problems
    except LakeError as error:
        return {"trouble": str(error)}
    words = Words.today()
    for rows in (told["sums"], told.get("rows", [])):
        words.put_into(rows)
    return told | {"total": sum(row["n"] for row in told["sums"])}
