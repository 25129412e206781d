"""``/switchboard``: shut an application now, see whom it hits, and open it again."""

from __future__ import annotations

from datetime import timedelta

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from hornbook.district.filtering import access, live
from hornbook.district.filtering.actions import Refused
from hornbook.district.filtering.apps_known import known_names, known_titles
from hornbook.district.filtering.hits import hits
from hornbook.district.filtering.models import SwitchOff
from hornbook.district.filtering.order_actions import end_now, read_names, switch_off
from hornbook.district.filtering.order_forms import SwitchForm, lines

SPAN = timedelta(hours=24)


@require_safe
@login_required
@never_cache
def switchboard(request: HttpRequest) -> HttpResponse:
    """What is off now and was lately, and the form."""
    viewer = access.switcher_or_404(request.user)
    return _page(request, viewer, SwitchForm(label_suffix=""))


@require_POST
@login_required
@never_cache
def switch(request: HttpRequest) -> HttpResponse:
    """``do``: look (whom would it hit?) or shut."""
    viewer = access.switch_decider_or_404(request.user)
    form = SwitchForm(request.POST, label_suffix="")
    if not form.is_valid():
        return _page(request, viewer, form)
    data = form.cleaned_data
    try:
        names = read_names(lines(data["names"]) or known_names(data["name"]))
    except Refused as error:
        form.add_error("names", str(error))
        return _page(request, viewer, form)
    if request.POST.get("do") != "shut":
        found = hits(names, [site.key for site in data["sites"]], timezone.now() - SPAN)
        return _page(request, viewer, form, {"names": names, "hits": found})
    switch_off(
        actor=viewer.actor,
        name=data["name"],
        names=names,
        reason=data["reason"],
        sites=data["sites"],
        ends_at=form.ends_at(),
    )
    live.seats_changed(request, viewer.actor, f"{data['name']} is off.")
    return redirect("switchboard")


@require_POST
@login_required
def switch_on(request: HttpRequest, pk: int) -> HttpResponse:
    viewer = access.switch_decider_or_404(request.user)
    row = get_object_or_404(SwitchOff, pk=pk)
    end_now(row, actor=viewer.actor)
    live.seats_changed(request, viewer.actor, f"{row.name} is open again, as the rules say.")
    return redirect("switchboard")


def _page(
    request: HttpRequest,
    viewer: access.Viewer,
    form: SwitchForm,
    looked: dict[str, object] | None = None,
) -> HttpResponse:
    now = timezone.now()
    rows = SwitchOff.objects.prefetch_related("sites").select_related("clause")
    off = [row for row in rows if row.is_running(now)]
    context = {
        "viewer": viewer,
        "form": form,
        "off": off,
        "earlier": [row for row in rows[:30] if row not in off],
        "known": known_titles(),
        **(looked or {}),
    }
    return render(request, "filtering/switchboard.html", context)
