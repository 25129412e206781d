"""What is opened for one person or class, and the district's own entries."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from hornbook.district.filtering import access, live
from hornbook.district.filtering.actions import Refused, add_entry, drop_entry
from hornbook.district.filtering.models import LocalEntry, Opening
from hornbook.district.filtering.order_actions import end_now, grant_research, open_for
from hornbook.district.filtering.order_forms import EntryForm, GrantForm, OpeningForm

A_PAGE = 50


@require_safe
@login_required
@never_cache
def openings(request: HttpRequest) -> HttpResponse:
    """What is open for whom now, and what was lately."""
    viewer = access.opener_or_404(request.user)
    now = timezone.now()
    found = Opening.objects.select_related(
        "person", "school_class", "category", "clause", "authorised_by"
    )
    rows = list(found[:200])
    context = {
        "viewer": viewer,
        "running": [row for row in rows if row.is_running(now)],
        "over": [row for row in rows if not row.is_running(now)][:30],
        "form": OpeningForm(label_suffix="", initial={"name": request.GET.get("name", "")}),
    }
    return render(request, "filtering/openings.html", context)


@require_POST
@login_required
@never_cache
def open_name(request: HttpRequest) -> HttpResponse:
    """Open a name for a person or a class."""
    viewer = access.opener_or_404(request.user)
    if not viewer.decides:
        return redirect("openings")
    form = OpeningForm(request.POST, label_suffix="")
    if form.is_valid():
        try:
            open_for(
                actor=viewer.actor,
                authoriser=viewer.person,
                name=form.cleaned_data["name"],
                person=form.person,
                school_class=None if form.person else form.school_class,
                reason=form.cleaned_data["reason"],
                ends_at=form.ends_at(),
            )
        except Refused as error:
            form.add_error(None, str(error))
        else:
            live.seats_changed(request, viewer.actor, f"{form.cleaned_data['name']} is open.")
            return redirect("openings")
    return render(request, "filtering/opening.html", {"viewer": viewer, "form": form}, status=422)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def grant(request: HttpRequest) -> HttpResponse:
    """Switch a locked block off for an adult's research."""
    viewer = access.granter_or_404(request.user)
    form = GrantForm(request.POST or None, label_suffix="")
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            grant_research(
                actor=viewer.actor,
                authoriser=viewer.person,
                person=data["person"],
                category=data["category"],
                reason=data["reason"],
                ends_at=form.ends_at(),
            )
        except Refused as error:
            form.add_error(None, str(error))
        else:
            live.seats_changed(request, viewer.actor, f"Granted to {data['person']}.")
            return redirect("openings")
    return render(request, "filtering/grant.html", {"form": form})


@require_POST
@login_required
def close(request: HttpRequest, pk: int) -> HttpResponse:
    """End an opening now; a grant is ended by those who may grant."""
    viewer = access.opener_or_404(request.user)
    row = get_object_or_404(Opening, pk=pk)
    if viewer.grants or (viewer.decides and not row.is_grant):
        end_now(row, actor=viewer.actor)
        live.seats_changed(request, viewer.actor, "It is closed again, as the rules say.")
    return redirect("openings")


@require_safe
@login_required
@never_cache
def entries(request: HttpRequest) -> HttpResponse:
    """The district's own entries."""
    viewer = access.reader_or_404(request.user)
    return _entries(request, viewer, EntryForm(label_suffix=""))


@require_POST
@login_required
@never_cache
def enter(request: HttpRequest) -> HttpResponse:
    """Add an entry, in force at once."""
    viewer = access.decider_or_404(request.user)
    form = EntryForm(request.POST, label_suffix="")
    if not form.is_valid():
        return _entries(request, viewer, form)
    data = form.cleaned_data
    try:
        entry = add_entry(
            actor=viewer.actor,
            name=data["name"],
            category=data["category"],
            reason=data["reason"],
            ends_at=form.ends_at(),
        )
    except Refused as error:
        form.add_error("name", str(error))
        return _entries(request, viewer, form)
    live.entries_changed(request, viewer.actor, f"{entry.name} is listed as {entry.category}.")
    return redirect("filter-entries")


@require_POST
@login_required
def drop(request: HttpRequest, pk: int) -> HttpResponse:
    viewer = access.decider_or_404(request.user)
    entry = get_object_or_404(LocalEntry, pk=pk)
    drop_entry(entry, actor=viewer.actor)
    live.entries_changed(request, viewer.actor, f"{entry.name} is no entry of ours any more.")
    return redirect("filter-entries")


def _entries(request: HttpRequest, viewer: access.Viewer, form: EntryForm) -> HttpResponse:
    found = LocalEntry.objects.select_related("category", "clause").order_by("name", "pk")
    page = Paginator(found, A_PAGE).get_page(request.GET.get("page"))
    context = {"viewer": viewer, "form": form, "page": page, "now": timezone.now()}
    return render(request, "filtering/entries.html", context)
