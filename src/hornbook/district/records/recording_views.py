"""*What is recorded*: the rule that nodes follow, a proposal, and the second person."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from hornbook.district.filtering.live import seats_changed
from hornbook.district.ledger.actions import look
from hornbook.district.people.permissions import actor_of
from hornbook.district.records import access
from hornbook.district.records.actions import Refused
from hornbook.district.records.forms import RecordingForm
from hornbook.district.records.models import RecordingRule
from hornbook.district.records.recording import in_words, proposal, rule_in_force
from hornbook.district.records.recording_actions import (
    agree_recording,
    propose_recording,
    withdraw_recording,
)
from hornbook.instance import InstanceError


@require_safe
@login_required
@never_cache
def recording(request: HttpRequest) -> HttpResponse:
    """The rule in force, the one that waits, and those before."""
    viewer = access.reader_or_404(request.user)
    look(actor=actor_of(viewer), object="what is recorded", every_time=False)
    rule, waiting = rule_in_force(), proposal()
    told = {
        "rule": rule,
        "words": in_words(rule),
        "waiting": waiting,
        "would": in_words(waiting) if waiting else [],
        "may_agree": waiting and access.may_agree_recording(viewer, waiting),
        "own": waiting and waiting.proposed_by == viewer,
        "earlier": RecordingRule.objects.filter(agreed_at__isnull=False)[1:20],
    }
    return render(request, "records/recording.html", told)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def recording_new(request: HttpRequest) -> HttpResponse:
    """The form for a proposal, filled with what is in force."""
    viewer = access.reader_or_404(request.user)
    form = RecordingForm(request.POST if request.method == "POST" else None, rule=rule_in_force())
    if request.method == "POST" and form.is_valid():
        try:
            propose_recording(actor=viewer, **form.cleaned_data)
            messages.success(request, "Proposed. Nothing changes until a second person agrees.")
            return redirect("recording")
        except InstanceError as error:
            form.add_error(None, str(error))
    return render(request, "records/recording_new.html", {"form": form, "waiting": proposal()})


@require_POST
@login_required
@never_cache
def recording_decide(request: HttpRequest, pk: int) -> HttpResponse:
    """``do``: agree or withdraw."""
    viewer = access.reader_or_404(request.user)
    rule = access.recording_or_404(viewer, pk)
    do = request.POST.get("do")
    try:
        if do == "agree" and access.may_agree_recording(viewer, rule):
            agree_recording(rule, actor=viewer)
            words = "In force. The nodes follow it within a second of hearing of it."
            seats_changed(request, actor_of(viewer), words)
        elif do == "withdraw":
            withdraw_recording(rule, actor=viewer)
            messages.success(request, "Withdrawn. What was in force stays in force.")
        else:
            raise Http404
    except Refused as error:
        messages.error(request, str(error))
    return redirect("recording")
