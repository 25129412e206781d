"""A training: the wording and its questions, for the one person to whom it was given."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from hornbook.district.learning import access
from hornbook.district.learning.actions.trainings import finish_training
from hornbook.district.learning.asking import ask
from hornbook.district.people.access import viewer_or_404
from hornbook.district.people.permissions import actor_of


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def training(request: HttpRequest, key: UUID) -> HttpResponse:
    """Done when every answer is right."""
    viewer = viewer_or_404(request.user)
    found = access.own_training_or_404(viewer, key)
    answered = request.method == "POST"
    asked = ask(found.clause_text, request.POST if answered else {})
    if answered and all(one.right for one in asked):
        finish_training(actor=actor_of(viewer), training=found)
        messages.success(request, "Done. Thank you.")
        return redirect("today")
    facts = {
        "training": found,
        "text": found.clause_text,
        "asked": asked,
        "answered": answered,
        "late": found.is_late(timezone.localdate()),
    }
    return render(request, "learning/training.html", facts, status=422 if answered else 200)
