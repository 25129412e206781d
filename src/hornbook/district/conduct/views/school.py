"""Pictures of what waits for the reader, and whether the District treats like cases alike."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from hornbook.district.conduct import access, figures, pictures
from hornbook.district.conduct.models import CaseClock, Decision
from hornbook.district.ledger.actions import look
from hornbook.district.people.permissions import actor_of


@require_safe
@login_required
@never_cache
def school(request: HttpRequest) -> HttpResponse:
    """The queue, clocks that run out, lanes, the week, outcomes: of what the viewer may see."""
    viewer = access.reader_or_404(request.user)
    look(actor=actor_of(viewer), object="pictures of cases", every_time=False)
    today, cases = timezone.localdate(), access.visible_cases(viewer)
    reports = access.visible_reports(viewer)
    clocks = CaseClock.objects.filter(stopped_at__isnull=True, case__in=cases.values("pk"))
    rows, week = figures.lanes_of(cases, today), figures.week_of(reports)
    told: dict[str, Any] = {
        "reports": reports.filter(closed_at__isnull=True).select_related("site")[:20],
        "clocks": clocks.select_related("case").order_by("due_on")[:20],
        "rows": rows,
        "lanes": pictures.lanes(rows),
        "week": pictures.week_grid(week),
        "bands": pictures.BANDS,
        "days": [
            (words, [week.get((day, n), 0) for n in range(len(pictures.BANDS))])
            for day, words in enumerate(pictures.DAYS)
        ],
        "heads": figures.heads(),
        "clauses": figures.by_clause(
            Decision.objects.filter(case__in=cases.values("pk")).order_by()
        ),
        "smallest": figures.SMALLEST,
        "today": today,
    }
    return render(request, "conduct/school.html", told)


@require_safe
@login_required
@never_cache
def even(request: HttpRequest) -> HttpResponse:
    """Outcomes by school, grade and clause over the whole District, without small cells."""
    viewer = access.overseer_or_404(request.user)
    look(actor=actor_of(viewer), object="outcomes of the District", every_time=False)
    rows = figures.standing()
    told = {
        "tables": [
            ("By school", figures.by_school(rows)),
            ("By grade", figures.by_person(rows)),
            ("By clause", figures.by_clause(rows)),
        ],
        "heads": figures.heads(),
        "smallest": figures.SMALLEST,
    }
    return render(request, "conduct/even.html", told)
