"""Tokens of one person: IT issues and revokes them, and nodes learn of it at once."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from hornbook.district.filtering.publishing import publish_seating
from hornbook.district.ledger.actions import Actor
from hornbook.district.people import access
from hornbook.district.people.actions import issue_token, revoke_token
from hornbook.district.people.forms import TokenForm
from hornbook.district.people.permissions import actor_of
from hornbook.instance import InstanceError


@require_POST
@login_required
@never_cache
def issue(request: HttpRequest, key: UUID) -> HttpResponse:
    """Make a token and show it, this once: no redirect, no cookie, no copy is kept."""
    viewer = access.viewer_or_404(request.user)
    person = access.token_holder_or_404(viewer, key)
    form = TokenForm(request.POST)
    if not form.is_valid():
        return render(request, "people/token.html", {"person": person, "form": form}, status=422)
    label, ends_at = form.cleaned_data["label"], form.ends_at()
    issued = issue_token(actor=actor_of(viewer), holder=person, label=label, ends_at=ends_at)
    _tell_nodes(request, actor_of(viewer))
    return render(request, "people/token.html", {"person": person, "issued": issued})


@require_POST
@login_required
def revoke(request: HttpRequest, key: UUID, token_key: UUID) -> HttpResponse:
    viewer = access.viewer_or_404(request.user)
    token = access.token_or_404(viewer, key, token_key)
    revoke_token(actor=actor_of(viewer), token=token)
    messages.success(request, f"The token “{token}” is revoked.")
    _tell_nodes(request, actor_of(viewer))
    return redirect("person", key)


def _tell_nodes(request: HttpRequest, actor: Actor) -> None:
    """What is decided stays decided even where the nodes cannot be told yet."""
    try:
        publish_seating(actor=actor)
    except InstanceError as error:
        messages.error(request, f"The nodes do not know of it yet. {error}")
