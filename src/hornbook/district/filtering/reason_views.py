"""Why people went on past a warning: for whoever looks after the rules."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from hornbook.district.filtering import access, jobs
from hornbook.district.filtering.models import Reason, Rule
from hornbook.district.ledger.actions import look

A_PAGE = 20


@require_safe
@login_required
@never_cache
def reasons(request: HttpRequest) -> HttpResponse:
    """The newest first, without names, and by the day: the hour would tell whose they are."""
    viewer = access.reader_or_404(request.user)
    look(actor=viewer.actor, object="reasons at warnings", every_time=False)
    page = Paginator(Reason.objects.all(), A_PAGE).get_page(request.GET.get("page"))
    names = dict(Rule.objects.values_list("key", "name"))
    rows = [{"reason": one, "rule": names.get(one.rule, one.rule)} for one in page]
    context = {
        "viewer": viewer,
        "page": page,
        "rows": rows,
        "warns": Rule.objects.filter(minutes__gt=0, enabled=True).exists(),
        "aside": jobs.REASONS.files_aside(),
    }
    return render(request, "filtering/reasons.html", context)
