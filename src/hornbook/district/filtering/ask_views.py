"""The queue of people who ask for a blocked name."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from hornbook.district.filtering import access, actions, jobs, live
from hornbook.district.filtering.authority import Deciders, waiting_for
from hornbook.district.filtering.forms import DecisionForm
from hornbook.district.filtering.models import Ask, Rule
from hornbook.district.filtering.order_actions import open_ask
from hornbook.district.ledger.actions import look
from hornbook.instance import InstanceError

A_PAGE = 20
DECIDED = 30


@require_safe
@login_required
@never_cache
def asks(request: HttpRequest) -> HttpResponse:
    """Open requests, the oldest first, and the newest decisions.

    Who neither reads nor decides all of them sees those that a rule lays before them.
    """
    viewer = access.desk_or_404(request.user)
    look(actor=viewer.actor, object="requests from the notice page", every_time=False)
    return _page(request, viewer)


@require_POST
@login_required
@never_cache
def decide_ask(request: HttpRequest, receipt: str) -> HttpResponse:
    """``do``: person, grant (for everybody: IT alone) or refuse, with a reason."""
    viewer = access.desk_or_404(request.user)
    ask = get_object_or_404(Ask.objects.select_related("person"), receipt=receipt)
    if not Deciders([ask]).may(viewer.person, ask, it=viewer.decides):
        raise Http404
    acts: dict[str, Callable[..., Ask]] = {
        "person": partial(open_ask, authoriser=viewer.person),
        "grant": actions.grant_ask,
        "refuse": actions.refuse_ask,
    }
    do = request.POST.get("do", "")
    act = acts.get(do)
    if act is None or (do == "grant" and not viewer.decides):
        raise Http404
    form = DecisionForm(request.POST, auto_id=f"id_{ask.receipt}_%s")
    if not form.is_valid():
        return _page(request, viewer, (ask, form))
    try:
        decided = act(ask, reason=form.cleaned_data["reason"], actor=viewer.actor)
    except InstanceError as error:
        messages.error(request, str(error))
        return redirect("asks")
    _tell(request, decided, viewer)
    return redirect("asks")


def _decided(viewer: access.Desk) -> QuerySet[Ask]:
    """The newest decisions: all of them, or the viewer's own."""
    rows = Ask.objects.exclude(state=Ask.State.OPEN).order_by("-decided_at")
    return (rows if viewer.reads else rows.filter(decided_by=viewer.actor.label))[:DECIDED]


def _tell(request: HttpRequest, ask: Ask, viewer: access.Viewer) -> None:
    if ask.state == Ask.State.GRANTED and ask.openings.exists():
        live.seats_changed(request, viewer.actor, f"{ask.name} is open for {ask.person_label}.")
    elif ask.state == Ask.State.GRANTED:
        jobs.publish_soon(viewer.actor)
        messages.success(request, f"{ask.name} is open for everyone within a minute.")
    else:
        messages.success(request, f"{ask.name} stays blocked. Your reason is kept.")


def _page(
    request: HttpRequest, viewer: access.Desk, failed: tuple[Ask, DecisionForm] | None = None
) -> HttpResponse:
    open_ = Ask.objects.filter(state=Ask.State.OPEN).select_related("person").order_by("asked_at")
    waiting = open_ if viewer.reads else waiting_for(viewer.person)
    page = Paginator(waiting, A_PAGE).get_page(request.GET.get("page"))
    deciders = Deciders(page.object_list)
    locked = set(Rule.objects.filter(locked=True).values_list("key", flat=True))
    rows = [
        {
            "ask": ask,
            "locked": ask.rule in locked,
            "decides": deciders.may(viewer.person, ask, it=viewer.decides),
            "authority": deciders.role(ask) if deciders.of(ask) else None,
            "form": failed[1]
            if failed and failed[0] == ask
            else DecisionForm(auto_id=f"id_{ask.receipt}_%s"),
        }
        for ask in page
    ]
    context = {
        "viewer": viewer,
        "page": page,
        "rows": rows,
        "failed": failed[1] if failed else None,
        "decided": _decided(viewer),
        "aside": jobs.ASKS.files_aside() if viewer.reads else 0,
    }
    return render(request, "filtering/asks.html", context)
