"""The case room: everything about one case, for who has a seat in it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from hornbook.district.conduct import access
from hornbook.district.conduct.actions import Refused, cases
from hornbook.district.conduct.forms import NoteForm
from hornbook.district.conduct.models import Case
from hornbook.district.ledger.actions import look
from hornbook.district.people.models import Person
from hornbook.district.people.permissions import actor_of


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def case(request: HttpRequest, key: UUID) -> HttpResponse:
    """Facts, timeline, people, seats. A look is a leaf."""
    viewer = access.reader_or_404(request.user)
    found = access.case_or_404(viewer, key)
    form = NoteForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            cases.note(found, actor=viewer, **form.cleaned_data)
            messages.success(request, "Noted.")
            return redirect("case", found.key)
        except Refused as error:
            form.add_error(None, str(error))
    look(actor=actor_of(viewer), object=f"case:{found.key}", purpose="to work on a case")
    told = room(viewer, found) | {"form": form}
    return render(request, "conduct/case.html", told, status=422 if form.errors else 200)


def room(viewer: Person, found: Case) -> dict[str, Any]:
    """What the pages of a case show."""
    return {
        "case": found,
        "capacities": access.capacities(viewer, found),
        "events": found.events.all(),
        "seats": found.seats.filter(ended_at__isnull=True).select_related("person"),
        "clocks": found.clocks.filter(stopped_at__isnull=True),
        "reports": access.visible_reports(viewer).filter(cases=found),
        "today": timezone.localdate(),
    }
