"""The school calendar: days on which there is no school, or other hours."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from hornbook.district.filtering import access, live
from hornbook.district.filtering.actions import Refused
from hornbook.district.filtering.calendar_actions import drop_school_day, set_school_day
from hornbook.district.filtering.models import Rule, SchoolDay
from hornbook.district.filtering.order_forms import SchoolDayForm
from hornbook.district.learning.models import NoSchool


@require_safe
@login_required
@never_cache
def calendar(request: HttpRequest) -> HttpResponse:
    return _page(request, access.reader_or_404(request.user), SchoolDayForm(label_suffix=""))


@require_POST
@login_required
@never_cache
def set_day(request: HttpRequest) -> HttpResponse:
    """Add a day, or change one that is known."""
    viewer = access.decider_or_404(request.user)
    form = SchoolDayForm(request.POST, label_suffix="")
    if not form.is_valid():
        return _page(request, viewer, form)
    try:
        set_school_day(actor=viewer.actor, **form.cleaned_data)
    except Refused as error:
        form.add_error(None, str(error))
        return _page(request, viewer, form)
    live.rules_changed(request, viewer.actor)
    return redirect("filter-calendar")


@require_POST
@login_required
def drop_day(request: HttpRequest, pk: int) -> HttpResponse:
    viewer = access.decider_or_404(request.user)
    drop_school_day(get_object_or_404(SchoolDay, pk=pk), actor=viewer.actor)
    live.rules_changed(request, viewer.actor)
    return redirect("filter-calendar")


def _page(request: HttpRequest, viewer: access.Viewer, form: SchoolDayForm) -> HttpResponse:
    today = timezone.localdate()
    rules = [
        rule
        for rule in Rule.objects.filter(enabled=True)
        if any(window.get("school") for window in rule.windows)
    ]
    context = {
        "viewer": viewer,
        "form": form,
        "breaks": NoSchool.objects.filter(last__gte=today),
        "days": SchoolDay.objects.filter(day__gte=today),
        "past": SchoolDay.objects.filter(day__lt=today).order_by("-day")[:20],
        "rules": rules,
    }
    return render(request, "filtering/calendar.html", context)
