"""The queue of names in no list that look like adult sites."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from hornbook.district.filtering import access, actions, jobs
from hornbook.district.filtering.forms import UnlistedForm
from hornbook.district.filtering.looks import look_words
from hornbook.district.filtering.models import UnlistedName
from hornbook.district.filtering.unlisted import waiting
from hornbook.instance import InstanceError

A_PAGE = 10
DECIDED = 20
USUAL = "adult"


@require_safe
@login_required
@never_cache
def unlisted(request: HttpRequest) -> HttpResponse:
    """Names that wait, the most asked first, and the newest decisions."""
    return _page(request, access.reader_or_404(request.user))


@require_POST
@login_required
@never_cache
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """``do``: list (under the chosen kind) or leave, with a reason."""
    viewer = access.decider_or_404(request.user)
    name = get_object_or_404(UnlistedName, pk=pk)
    wanted = request.POST.get("do", "")
    if wanted not in ("list", "leave"):
        raise Http404
    form = _form(name, request)
    if not form.is_valid():
        return _page(request, viewer, (name, form))
    try:
        _decide(request, name, wanted, form, viewer)
    except InstanceError as error:
        messages.error(request, str(error))
    return redirect("filter-unlisted")


def _decide(
    request: HttpRequest, name: UnlistedName, wanted: str, form: UnlistedForm, viewer: access.Viewer
) -> None:
    reason, actor = form.cleaned_data["reason"], viewer.actor
    if wanted == "leave":
        actions.leave_unlisted(name, reason=reason, actor=actor)
        messages.success(request, f"{name} stays open and does not come back to this page.")
        return
    category = form.cleaned_data["category"]
    actions.list_unlisted(name, category=category, reason=reason, actor=actor)
    jobs.publish_soon(actor)
    messages.success(request, f"{name} is listed as {category.name}, in force within a minute.")


def _form(name: UnlistedName, request: HttpRequest | None = None) -> UnlistedForm:
    return UnlistedForm(
        request.POST if request else None,
        auto_id=f"id_{name.pk}_%s",
        initial={"category": USUAL},
    )


def _page(
    request: HttpRequest,
    viewer: access.Viewer,
    failed: tuple[UnlistedName, UnlistedForm] | None = None,
) -> HttpResponse:
    page = Paginator(waiting(), A_PAGE).get_page(request.GET.get("page"))
    rows = [
        {
            "name": name,
            "words": look_words(name.score, name.parts),
            "form": failed[1] if failed and failed[0] == name else _form(name),
        }
        for name in page
    ]
    decided = UnlistedName.objects.exclude(state=UnlistedName.State.OPEN)
    context = {
        "viewer": viewer,
        "page": page,
        "rows": rows,
        "failed": failed[1] if failed else None,
        "decided": decided.exclude(decided_at=None).order_by("-decided_at")[:DECIDED],
    }
    return render(request, "filtering/unlisted.html", context)
