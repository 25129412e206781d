"""``/today``: what needs whoever works here, and nothing else."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from hornbook.district.learning import access
from hornbook.district.learning.plan import minutes
from hornbook.district.overview.home import needs_of
from hornbook.district.people.permissions import person_of

_HERE = ("sign", "training")
"""Cards whose things stand on this page one by one."""


@require_safe
@login_required
@never_cache
def today(request: HttpRequest) -> HttpResponse:
    """Things to sign first, then what is good to know."""
    person = person_of(request.user)
    on = timezone.localdate()
    needs = needs_of(person, timezone.localtime())
    waiting = list(access.to_sign(person)) if person else []
    trainings = [(row, row.is_late(on)) for row in access.to_learn(person)] if person else []
    wanted = [row for row in waiting if row.state == "open"]
    times = {row.pk: minutes(row.campaign.revision, 1) for row in wanted}
    context = {
        "person": person,
        "needs": needs,
        "urgent": (urgent := [card for card in needs.urgent if card.room not in _HERE]),
        "waiting": [(row, times[row.pk], row.is_late(on)) for row in wanted],
        "minutes": sum(times.values()),
        "trainings": trainings,
        "count": len(wanted) + len(trainings) + len(urgent),
        "signed": list(access.own_signatures(person)[:3]) if person else [],
        "today": on,
    }
    return render(request, "learning/today.html", context)
