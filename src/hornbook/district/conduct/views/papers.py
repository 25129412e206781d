"""A case on paper: for who runs, decides or hears it, and for whom it is about."""

from __future__ import annotations

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from hornbook.district.conduct import access
from hornbook.district.conduct.actions import Refused
from hornbook.district.conduct.actions.evidence import make_copy
from hornbook.district.conduct.models import Case
from hornbook.district.conduct.papers import copies_for
from hornbook.district.conduct.room_forms import CopyForm
from hornbook.district.ledger.actions import look
from hornbook.district.people.permissions import actor_of


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def case_copy(request: HttpRequest, key: UUID) -> HttpResponse:
    """For whom, why, and with what left out; the answer is the PDF."""
    viewer = access.reader_or_404(request.user)
    found = access.case_or_404(viewer, key)
    laws = copies_for(access.capacities(viewer, found))
    if not laws:
        raise Http404
    form = CopyForm(found, laws, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            _, body = make_copy(found, actor=viewer, **form.cleaned_data)
            return _paper(found, body)
        except Refused as error:
            form.add_error(None, str(error))
    look(actor=actor_of(viewer), object=f"case:{found.key}", every_time=False)
    told = {"case": found, "form": form, "laws": laws, "copies": found.copies.all()}
    return render(request, "conduct/copy.html", told, status=422 if form.errors else 200)


@require_POST
@login_required
@never_cache
def my_copy(request: HttpRequest, key: UUID) -> HttpResponse:
    """Of a case about the viewer, what their own page shows."""
    viewer = access.viewer_or_404(request.user)
    found = access.own_case_or_404(viewer, key)
    told = {"sort": "subject", "to": str(viewer), "why": "Asked for it on their own page."}
    _, body = make_copy(found, actor=viewer, **told)
    return _paper(found, body)


def _paper(found: Case, body: bytes) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="case-{found.number}.pdf"'}
    return HttpResponse(body, content_type="application/pdf", headers=headers)
