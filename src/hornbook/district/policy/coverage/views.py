"""The map and one clause of it."""

from __future__ import annotations

from collections.abc import Callable

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from hornbook.district.people.models import Site
from hornbook.district.policy.access import clause_by_key, text_in_force
from hornbook.district.policy.coverage import access, actions, map
from hornbook.district.policy.coverage.access import Viewer
from hornbook.district.policy.coverage.facts import Facts, gather
from hornbook.district.policy.coverage.forms import AssignForm, MeasureForm, VouchForm, WaiveForm
from hornbook.district.policy.coverage.lights import Where, lights_of
from hornbook.district.policy.coverage.map import Tile
from hornbook.district.policy.coverage.models import Light
from hornbook.district.policy.coverage.promises import measured
from hornbook.district.policy.models import ClauseText
from hornbook.district.policy.pack.access import makes


@require_safe
@login_required
@never_cache
def coverage(request: HttpRequest) -> HttpResponse:
    """Every clause in force, its lights, the promises, and whose task each dark light is."""
    viewer = access.viewer_or_404(request.user)
    site = access.site_or_404(viewer, request.GET.get("site", ""))
    facts = gather(timezone.localdate())
    policies = {text.clause.policy.key: text.clause.policy for text in facts.texts}
    chosen = request.GET.get("policy", "")
    chosen = chosen if chosen in policies else ""
    where = Where(site.pk if site else None)
    tiles = map.tiles_of(facts, where, chosen)
    gaps_only = request.GET.get("show") == "gaps"
    shown = [tile for tile in tiles if tile.has_gap] if gaps_only else tiles
    context = {
        "viewer": viewer,
        "site": site,
        "policies": policies.values(),
        "policy": chosen,
        "gaps_only": gaps_only,
        "tiles": tiles,
        "shown": len(shown),
        "strips": map.strips(shown),
        "bars": map.bars(tiles),
        "promises": map.promises(tiles),
        "tasks": map.tasks(tiles),
        "grid": _grid(viewer, facts, chosen),
        "lights": Light,
    }
    return render(request, "coverage/map.html", context)


def _grid(viewer: Viewer, facts: Facts, policy: str) -> list[tuple[Site, list[map.Bar]]]:
    """The sites side by side, where the viewer may see more than one."""
    return map.by_site(facts, viewer.sites, policy) if len(viewer.sites) > 1 else []


@require_safe
@login_required
@never_cache
def one_clause(request: HttpRequest, key: str) -> HttpResponse:
    """Why each light of one clause is lit or dark, here and at each site."""
    viewer = access.viewer_or_404(request.user)
    text = _text_or_404(key)
    return _page(request, viewer, text, _forms())


def _text_or_404(key: str) -> ClauseText:
    text = text_in_force(clause_by_key(key), timezone.localdate())
    if text is None:
        raise Http404
    return text


def _forms() -> dict[str, forms.Form]:
    """By what they decide. Prefixes keep their fields apart on one page."""
    return {
        "assign": AssignForm(prefix="assign"),
        "waive": WaiveForm(prefix="waive"),
        "measure": MeasureForm(prefix="measure"),
        "vouch": VouchForm(prefix="vouch"),
    }


def _page(
    request: HttpRequest,
    viewer: Viewer,
    text: ClauseText,
    shown: dict[str, forms.Form],
    status: int = 200,
) -> HttpResponse:
    facts = gather(timezone.localdate())
    here = Where(None if viewer.everywhere else viewer.sites[0].pk)
    tile = Tile(text, lights_of(text, facts, here), measured(text, facts))
    at_sites = [(site, lights_of(text, facts, Where(site.pk))) for site in viewer.sites]
    context = {
        "viewer": viewer,
        "tile": tile,
        "text": text,
        "at_sites": at_sites if len(at_sites) > 1 else [],
        "forms": shown,
        "waivers": text.clause.waivers.all(),
        "pack": facts.packs.get(text.clause_id),
        "makes_packs": makes(viewer.person),
    }
    return render(request, "coverage/clause.html", context, status=status)


@require_POST
@login_required
@never_cache
def decide(request: HttpRequest, key: str) -> HttpResponse:
    """``do``: assign, waive, again, measure or vouch."""
    viewer = access.decider_or_404(request.user)
    text = _text_or_404(key)
    what = request.POST.get("do", "")
    if what == "again":
        return _again(request, viewer, text)
    shown = _forms()
    if what not in shown:
        raise Http404
    form = type(shown[what])(request.POST, prefix=what)
    shown[what] = form
    if not form.is_valid():
        return _page(request, viewer, text, shown, status=422)
    try:
        _DECISIONS[what](viewer, text, form)
        messages.success(request, "Decided.")
    except actions.MapRefused as error:
        form.add_error(None, f"{error}.")
        return _page(request, viewer, text, shown, status=422)
    return redirect("clause-lights", text.clause.key)


def _again(request: HttpRequest, viewer: Viewer, text: ClauseText) -> HttpResponse:
    light = request.POST.get("light", "")
    if light not in Light.values:
        raise Http404
    actions.ask_again(actor=viewer.actor, text=text, light=Light(light))
    messages.success(request, f"“{Light(light).label}” is asked for again.")
    return redirect("clause-lights", text.clause.key)


def _assign(viewer: Viewer, text: ClauseText, form: forms.Form) -> None:
    typed = form.cleaned_data
    actions.assign(
        actor=viewer.actor,
        text=text,
        light=Light(typed["light"]),
        owner=typed["owner"],
        due_on=typed["due_on"],
        note=typed["note"],
    )


def _waive(viewer: Viewer, text: ClauseText, form: forms.Form) -> None:
    typed = form.cleaned_data
    light = Light(typed["light"])
    actions.waive(actor=viewer.actor, text=text, light=light, why=typed["why"])


def _measure(viewer: Viewer, text: ClauseText, form: forms.Form) -> None:
    actions.measure_by(actor=viewer.actor, text=text, measure=form.cleaned_data["measure"])


def _vouch(viewer: Viewer, text: ClauseText, form: forms.Form) -> None:
    on = timezone.localdate()
    actions.vouch(actor=viewer.actor, text=text, on=on, **form.cleaned_data)


_DECISIONS: dict[str, Callable[[Viewer, ClauseText, forms.Form], None]] = {
    "assign": _assign,
    "waive": _waive,
    "measure": _measure,
    "vouch": _vouch,
}
