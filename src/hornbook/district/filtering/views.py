"""The filter's pages: what is in force, what waits for a decision, and changes to rules."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from hornbook.district.filtering import access, actions, jobs, listing, live, nodes, unlisted
from hornbook.district.filtering.lists.actions import (
    accept_version,
    decide_held_name,
    decide_held_names,
)
from hornbook.district.filtering.models import (
    Category,
    HeldName,
    ListSource,
    ListVersion,
    Publication,
    Rule,
)

A_PAGE = 50


@require_safe
@login_required
@never_cache
def overview(request: HttpRequest) -> HttpResponse:
    """Publication, categories, rules in judged order, and lists."""
    viewer = access.reader_or_404(request.user)
    return render(
        request,
        "filtering/overview.html",
        {
            "viewer": viewer,
            "publication": Publication.objects.first(),
            "publishing": listing.publishing_state(),
            "categories": listing.category_rows(),
            "rules": listing.rule_rows(),
            "makers": listing.makers(),
            "held_versions": listing.held_versions(),
            "pending_names": listing.pending_names().count(),
            "unlisted": unlisted.waiting().count(),
            "nodes": nodes.node_rows(),
        },
    )


@require_safe
@login_required
@never_cache
def held(request: HttpRequest) -> HttpResponse:
    """Popular names that one list alone holds: rightly or wrongly?"""
    viewer = access.reader_or_404(request.user)
    category, chosen = request.GET.get("category", ""), request.GET.get("list", "")
    names = listing.pending_names(category, chosen)
    page = Paginator(names, A_PAGE).get_page(request.GET.get("page"))
    sources = listing.pending_sources()
    waiting = Category.objects.filter(sources__held_names__in=listing.pending_names())
    context = {
        "viewer": viewer,
        "page": page,
        "category": category,
        "chosen": next((source for source, _ in sources if source.key == chosen), None),
        "sources": sources,
        "categories": waiting.distinct().values_list("key", "name"),
    }
    return render(request, "filtering/held.html", context)


@require_POST
@login_required
def change_rule(request: HttpRequest, key: str) -> HttpResponse:
    """``do``: enable, disable, up or down. What is changed is published at once."""
    actor = access.decider_or_404(request.user).actor
    rule = get_object_or_404(Rule, key=key)
    changes: dict[str, Callable[[], Rule]] = {
        "enable": lambda: actions.set_rule_enabled(rule, enabled=True, actor=actor),
        "disable": lambda: actions.set_rule_enabled(rule, enabled=False, actor=actor),
        "up": lambda: actions.move_rule(rule, up=True, actor=actor),
        "down": lambda: actions.move_rule(rule, up=False, actor=actor),
    }
    change = changes.get(request.POST.get("do", ""))
    if change is None:
        raise Http404
    if live.act(request, change):
        live.rules_changed(request, actor)
    return redirect("filter")


@require_POST
@login_required
def decide_version(request: HttpRequest, pk: int) -> HttpResponse:
    """``do``: accept or dismiss a held version of a list."""
    actor = access.decider_or_404(request.user).actor
    version = get_object_or_404(ListVersion, pk=pk)
    decisions: dict[str, Callable[[], None]] = {
        "accept": lambda: accept_version(version, actor=actor),
        "dismiss": lambda: actions.dismiss_version(version, actor=actor),
    }
    decision = decisions.get(request.POST.get("do", ""))
    if decision is None:
        raise Http404
    if live.act(request, decision):
        jobs.publish_soon(actor)
        messages.success(request, f"Decided. {version.source.key} is published within a minute.")
    return redirect("filter")


@require_POST
@login_required
def decide_name(request: HttpRequest, pk: int) -> HttpResponse:
    """``do``: block (listed rightly) or drop (listed wrongly)."""
    actor = access.decider_or_404(request.user).actor
    name = get_object_or_404(HeldName, pk=pk)
    decision = request.POST.get("do", "")
    if decision not in (HeldName.Decision.BLOCK, HeldName.Decision.DROP):
        raise Http404
    if live.act(request, lambda: decide_held_name(name, decision, actor=actor)):
        jobs.publish_soon(actor)
        told = HeldName.Decision(decision).label.lower()
        messages.success(request, f"{name.name}: {told}. It is published within a minute.")
    return redirect(_held_page(request))


@require_POST
@login_required
def decide_names(request: HttpRequest, pk: int) -> HttpResponse:
    """``do``: block or drop, for every name of one list that still waits."""
    actor = access.decider_or_404(request.user).actor
    source = get_object_or_404(ListSource, pk=pk)
    decision = request.POST.get("do", "")
    if decision not in (HeldName.Decision.BLOCK, HeldName.Decision.DROP):
        raise Http404
    if live.act(request, lambda: decide_held_names(source, decision, actor=actor)):
        jobs.publish_soon(actor)
        told = HeldName.Decision(decision).label.lower()
        messages.success(
            request, f"All names of {source.key}: {told}. They are published within a minute."
        )
    return redirect("filter-held")


@require_POST
@login_required
def publish_now(request: HttpRequest) -> HttpResponse:
    """Let the worker publish lists, rules and seats as they are now."""
    jobs.publish_soon(access.decider_or_404(request.user).actor)
    messages.success(request, "A new publication is being made.")
    return redirect("filter")


def _held_page(request: HttpRequest) -> str:
    """Back to the same page of the same category and list."""
    place = {
        key: request.POST[key] for key in ("category", "list", "page") if request.POST.get(key)
    }
    return f"{reverse('filter-held')}?{urlencode(place)}"
