"""Keep and destroy: the schedule, tonight's plan, holds, inspections, certificates, exports."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.forms import Form
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from hornbook.district.ledger.actions import look
from hornbook.district.ledger.proofs import prove
from hornbook.district.people.models import Person
from hornbook.district.people.permissions import actor_of
from hornbook.district.records import access, actions
from hornbook.district.records.certificates import as_pdf
from hornbook.district.records.exporting import EVER, PUBLIC, ExportRefused, Scope, export
from hornbook.district.records.forms import (
    ExportForm,
    HoldForm,
    InspectionForm,
    PublicForm,
    ReleaseForm,
)
from hornbook.district.records.law import BadSchedule, schedule
from hornbook.district.records.models import Certificate, Export, Hold, Inspection
from hornbook.district.records.public import K
from hornbook.district.records.retention import plan

A_PAGE = 50


@require_safe
@login_required
@never_cache
def records(request: HttpRequest) -> HttpResponse:
    """What is kept how long, what would go tonight, and what stops it."""
    viewer = access.reader_or_404(request.user)
    look(actor=actor_of(viewer), object="records and retention", every_time=False)
    told: dict[str, Any] = {
        "keeper": access.is_keeper(viewer),
        "holds": Hold.objects.active().prefetch_related("persons", "sites"),
        "released": Hold.objects.filter(released_at__isnull=False)[:10],
        "inspections": Inspection.objects.filter(closed_on__isnull=True).select_related("subject"),
        "certificates": Certificate.objects.select_related("leaf")[:20],
    }
    try:
        told["keep"] = schedule().entries.values()
        tonight = plan(timezone.now())
        told |= {
            "tonight": tonight,
            "page": Paginator(tonight.due, A_PAGE).get_page(request.GET.get("page")),
            "goes": sum(due.goes for due in tonight.due),
            "stays": sum(not due.goes for due in tonight.due),
        }
    except BadSchedule as error:
        told["trouble"] = str(error)
    return render(request, "records/records.html", told)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def hold_new(request: HttpRequest) -> HttpResponse:
    viewer = access.keeper_or_404(request.user)

    def place(told: dict[str, Any]) -> None:
        actions.place_hold(
            actor=viewer,
            matter=told["matter"],
            reason=told["reason"],
            persons=[told["person"]] if told["person"] else None,
            sites=[told["site"]] if told["site"] else None,
            since=told["since"],
            until=told["until"],
        )
        messages.success(request, "The hold is in force. Nothing in its scope is destroyed.")

    return _filled(request, HoldForm, place, "records/hold_new.html")


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def hold(request: HttpRequest, pk: int) -> HttpResponse:
    """One hold; another keeper may release it."""
    found = access.hold_or_404(access.reader_or_404(request.user), pk)
    viewer = access.reader_or_404(request.user)
    may = access.is_keeper(viewer) and not found.released_at
    told = {
        "hold": found,
        "may": may and found.placed_by != viewer,
        "own": found.placed_by == viewer,
    }
    if request.method != "POST":
        look(actor=actor_of(viewer), object=f"hold {found.pk}", every_time=False)
        return render(request, "records/hold.html", told | {"form": ReleaseForm()})
    viewer = access.keeper_or_404(request.user)

    def release(words: dict[str, Any]) -> None:
        actions.release_hold(found, actor=viewer, reason=words["reason"])
        messages.success(request, "The hold is released. What is past its time goes tonight.")

    return _filled(request, ReleaseForm, release, "records/hold.html", **told)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def inspection_new(request: HttpRequest) -> HttpResponse:
    viewer = access.keeper_or_404(request.user)

    def note(told: dict[str, Any]) -> None:
        found = actions.open_inspection(
            actor=viewer,
            subject=told["person"],
            asked_by=told["asked_by"],
            asked_on=told["asked_on"],
        )
        messages.success(request, f"Noted. The records must be shown by {found.due_on:%-d %B %Y}.")

    return _filled(request, InspectionForm, note, "records/inspection_new.html")


@require_POST
@login_required
def inspection_close(request: HttpRequest, pk: int) -> HttpResponse:
    viewer = access.keeper_or_404(request.user)
    actions.close_inspection(get_object_or_404(Inspection, pk=pk), actor=viewer)
    messages.success(request, "The inspection is closed.")
    return redirect("records")


def _filled(
    request: HttpRequest,
    form_of: Callable[..., Form],
    act: Callable[[dict[str, Any]], None],
    template: str,
    **told: Any,
) -> HttpResponse:
    """The usual way of a form: show it, or do it and go to the records; a refusal is told."""
    form = form_of(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            act(form.cleaned_data)
            return redirect("records")
        except (actions.Refused, ExportRefused) as error:
            form.add_error(None, str(error))
    return render(request, template, told | {"form": form})


# --- certificates --------------------------------------------------------------------------------


@require_safe
@login_required
@never_cache
def certificate(request: HttpRequest, pk: int) -> HttpResponse:
    found = access.certificate_or_404(access.reader_or_404(request.user), pk)
    return render(request, "records/certificate.html", {"certificate": found})


@require_safe
@login_required
@never_cache
def certificate_proof(request: HttpRequest, pk: int) -> HttpResponse:
    """The certificate and its proof as one file, for anybody to check offline."""
    found = access.certificate_or_404(access.reader_or_404(request.user), pk)
    told = prove(found.leaf_id) | {"certificate": found.body}
    answer = JsonResponse(told, json_dumps_params={"indent": 2, "ensure_ascii": False})
    answer["Content-Disposition"] = f'attachment; filename="certificate-{found.pk}.json"'
    return answer


@require_safe
@login_required
@never_cache
def certificate_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    found = access.certificate_or_404(access.reader_or_404(request.user), pk)
    answer = HttpResponse(as_pdf(found), content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="certificate-{found.pk}.pdf"'
    return answer


# --- exports -------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def exports(request: HttpRequest) -> HttpResponse:
    """Exports that are there, and the form for another."""
    viewer = access.keeper_or_404(request.user)

    def make(told: dict[str, Any]) -> None:
        made = export(_scope(told), actor=actor_of(viewer), reason=told["reason"])
        messages.success(request, f"The export is ready: {made.files} files.")

    form = ExportForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            make(form.cleaned_data)
            return redirect("exports")
        except ExportRefused as error:
            form.add_error(None, str(error))
    here = Export.objects.filter(destroyed_at__isnull=True).select_related("subject")
    return render(request, "records/exports.html", {"form": form, "exports": here[:50]})


def _scope(told: dict[str, Any]) -> Scope:
    subject: Person | None = told["person"]
    until = told["until"] and actions.as_moment(told["until"] + timedelta(days=1))
    since = actions.as_moment(told["since"]) if told["since"] else EVER
    return Scope("person" if subject else "request", subject, since, until)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def export_public(request: HttpRequest) -> HttpResponse:
    """The form for counts that anybody may have."""
    viewer = access.keeper_or_404(request.user)
    form = PublicForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        until = actions.as_moment(told["until"] + timedelta(days=1))
        published = told["release"] == PublicForm.PUBLISH
        scope = Scope(
            PUBLIC, since=actions.as_moment(told["since"]), until=until, published=published
        )
        try:
            made = export(scope, actor=actor_of(viewer), reason=told["reason"])
        except ExportRefused as error:
            form.add_error(None, str(error))
        else:
            where = "Everybody can fetch it now." if published else "Hand it out from here."
            messages.success(request, f"The counts are ready: {made.files} files. {where}")
            return redirect("exports")
    return render(request, "records/export_public.html", {"form": form, "k": K})


@require_safe
def numbers(request: HttpRequest) -> HttpResponse:
    """*Numbers for everybody*: the counts that were published, for whoever comes."""
    return render(request, "records/numbers.html", {"exports": access.published(), "k": K})


@require_safe
def numbers_download(request: HttpRequest, key: UUID) -> HttpResponseBase:
    """Published counts as one ZIP file, for whoever comes."""
    return _zipped(access.published_or_404(key))


@require_safe
@login_required
@never_cache
def export_download(request: HttpRequest, key: UUID) -> HttpResponseBase:
    """The whole folder as one ZIP file; handing it out is a look."""
    viewer = access.keeper_or_404(request.user)
    found = access.export_or_404(viewer, key)
    look(actor=actor_of(viewer), object=str(found), detail={"what": "downloaded"})
    return _zipped(found)


def _zipped(found: Export) -> HttpResponseBase:
    packed = BytesIO()
    folder = settings.INSTANCE.root / "exports" / str(found.key)
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        for path in sorted(folder.iterdir()):
            file.write(path, f"export/{path.name}")
    packed.seek(0)
    return FileResponse(packed, as_attachment=True, filename=f"export-{found.made_at:%Y-%m-%d}.zip")
