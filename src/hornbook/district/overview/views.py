"""The front door, the pages about the site itself, and the two addresses that machines ask."""

from __future__ import annotations

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from hornbook.district.overview.front import front_door
from hornbook.district.overview.health import all_up, health, readiness, this_instance
from hornbook.district.overview.home import needs_of
from hornbook.district.people.permissions import person_of


@require_safe
@never_cache
def home(request: HttpRequest) -> HttpResponse:
    """The public front door, or what needs the person who is signed in."""
    if not request.user.is_authenticated:
        return render(request, "overview/front.html", {"door": front_door(timezone.localdate())})
    person = person_of(request.user)
    needs = needs_of(person, timezone.localtime())
    return render(request, "overview/home.html", {"person": person, "needs": needs})


@require_safe
@never_cache
def status(request: HttpRequest) -> HttpResponse:
    parts = health(this_instance())
    return render(request, "overview/status.html", {"parts": parts, "up": all_up(parts)})


@require_safe
def help_sheet(request: HttpRequest) -> HttpResponse:
    return render(request, "overview/help.html")


@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    return render(request, "overview/accessibility.html")


@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    return render(request, "overview/privacy.html")


@require_safe
@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """The process answers. It says nothing about the database; ``/readyz`` does."""
    return JsonResponse({"ok": True})


@require_safe
@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """200 when pages can be served: the database answers and its tables are up to date."""
    found = readiness()
    ready = HTTPStatus.OK if found["ready"] else HTTPStatus.SERVICE_UNAVAILABLE
    return JsonResponse(found, status=ready)
