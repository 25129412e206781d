"""The case room: everything about one case, for who has a seat in it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from hornbook.district.conduct import access
from hornbook.district.conduct.actions import (
    Refused,
    cases,
    consequences,
    evidence,
    hearing,
    people,
)
from hornbook.district.conduct.actions.moves import need
from hornbook.district.conduct.forms import NoteForm
from hornbook.district.conduct.models import Case, Consequence, Correction, Emergency
from hornbook.district.conduct.papers import copies_for
from hornbook.district.conduct.process.facts import findings_of, upheld_allegations
from hornbook.district.conduct.process.outcomes import alike, severities
from hornbook.district.conduct.signed import signed_by
from hornbook.district.conduct.views.acts import ACTS, acts_for
from hornbook.district.filtering.actions import Refused as FilterRefused
from hornbook.district.filtering.live import seats_changed
from hornbook.district.ledger.actions import look
from hornbook.district.people.models import Person
from hornbook.district.people.permissions import actor_of


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def case(request: HttpRequest, key: UUID) -> HttpResponse:
    """Facts, timeline, people, evidence, what can be done now. A look is a leaf."""
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
    """What the page of a case shows."""
    held = access.capacities(viewer, found)
    alleged = found.allegations.filter(withdrawn_at__isnull=True)
    alleged = alleged.select_related("clause_text__clause", "clause_text__revision")
    acts = acts_for(found, held)
    by_line = _by_line(found.corrections.all())
    findings = findings_of(found)
    signed = signed_by(found.subject, alleged)
    events = [(one, by_line.get(f"event {one.pk}", [])) for one in found.events.all()]
    pieces = found.evidence.prefetch_related("custody")
    return {
        "case": found,
        "leads": "lead" in held,
        "may_copy": bool(copies_for(held)),
        "next": [row for row in acts if row[0].main],
        "other": [row for row in acts if not row[0].main],
        "events": events,
        "evidence": [(one, by_line.get(f"evidence {one.pk}", [])) for one in pieces],
        "alleged": [(row, findings.get(row.allegation.pk)) for row in signed],
        "statutes": found.findings.exclude(statute="").filter(round=found.round),
        "notices": found.notices.all(),
        "answers": found.answers.all(),
        "decisions": found.decisions.select_related("decided_by").prefetch_related(
            "consequences__training"
        ),
        "emergencies": found.emergencies.select_related("by", "reviewed_by", "restriction"),
        "seats": found.seats.filter(ended_at__isnull=True).select_related("person"),
        "parties": found.parties.all(),
        "tasks": found.tasks.filter(done_at__isnull=True).select_related("owner"),
        "clocks": found.clocks.filter(stopped_at__isnull=True),
        "steps": found.steps.all(),
        "open_corrections": found.corrections.filter(state=Correction.State.CONTESTED),
        "reports": access.visible_reports(viewer).filter(cases=found),
        "today": timezone.localdate(),
    }


def _by_line(rows: Iterable[Correction]) -> dict[str, list[Correction]]:
    found: dict[str, list[Correction]] = {}
    for row in rows:
        found.setdefault(row.about, []).append(row)
    return found


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def act(request: HttpRequest, key: UUID, what: str) -> HttpResponse:
    """One thing to do in a case: its form, and doing it."""
    viewer = access.reader_or_404(request.user)
    found = access.case_or_404(viewer, key)
    here = {one.key: shut for one, shut in acts_for(found, access.capacities(viewer, found))}
    if what not in here:
        raise Http404
    chosen, posted = ACTS[what], request.method == "POST"
    form = chosen.form(found, request.POST if posted else None, request.FILES or None)
    if posted and form.is_valid():
        try:
            chosen.do(found, viewer, dict(form.cleaned_data))
            return _done(request, viewer, found, seats=chosen.seats)
        except (Refused, FilterRefused) as error:
            form.add_error(None, str(error))
    told = {"case": found, "act": chosen, "form": form, "shut": here[what]}
    if what == "decide":
        told["panel"] = comparison(found)
    return render(request, "conduct/act.html", told, status=422 if form.errors else 200)


def _done(request: HttpRequest, viewer: Person, found: Case, *, seats: bool) -> HttpResponse:
    if seats:
        seats_changed(request, actor_of(viewer), "Done. The filter knows it.")
    else:
        messages.success(request, "Done.")
    still = access.visible_cases(viewer).filter(pk=found.pk).exists()
    return redirect("case", found.key) if still else redirect("cases")


def comparison(found: Case) -> list[dict[str, Any]]:
    """What alike cases got, for every severity, first and again: before anybody decides."""
    texts = [row.clause_text for row in upheld_allegations(found)]
    return [
        {"severity": words, "repeat": repeat, "alike": alike(found, texts, key, repeat)}
        for key, words in severities().items()
        for repeat in (False, True)
    ]


@require_POST
@login_required
@never_cache
def small(request: HttpRequest, key: UUID) -> HttpResponse:
    """The small buttons of a case's page: end a seat, finish a task, settle a correction, …"""
    viewer = access.reader_or_404(request.user)
    found = access.case_or_404(viewer, key)
    do, pk = request.POST.get("do", ""), request.POST.get("pk", "")
    if do not in _SMALL or not pk.isdecimal():
        raise Http404
    try:
        _SMALL[do](found, viewer, int(pk), request.POST.get("words", ""))
    except (Refused, FilterRefused) as error:
        messages.error(request, str(error))
        return redirect("case", found.key)
    return _done(request, viewer, found, seats=do in ("lift", "review-keep", "review-end"))


def _end_seat(found: Case, viewer: Person, pk: int, words: str) -> None:
    need(found, viewer, "lead")
    cases.end_seat(get_object_or_404(found.seats, pk=pk), actor=viewer)


def _task(found: Case, viewer: Person, pk: int, words: str) -> None:
    people.finish_task(get_object_or_404(found.tasks, pk=pk), actor=viewer)


def _settle(found: Case, viewer: Person, pk: int, words: str) -> None:
    hearing.settle(get_object_or_404(found.corrections, pk=pk), actor=viewer, corrected=words)


def _lift(found: Case, viewer: Person, pk: int, words: str) -> None:
    rows = Consequence.objects.filter(decision__case=found).select_related("decision__case")
    consequences.lift(get_object_or_404(rows, pk=pk), actor=viewer, why=words)


def _review(keep: bool) -> Any:
    def reviewed(found: Case, viewer: Person, pk: int, words: str) -> None:
        row = get_object_or_404(Emergency.objects.filter(case=found), pk=pk)
        consequences.review(row, actor=viewer, keep=keep, words=words)

    return reviewed


def _seal(found: Case, viewer: Person, pk: int, words: str) -> None:
    evidence.seal_away(get_object_or_404(found.evidence, pk=pk), actor=viewer, why=words)


def _contest(found: Case, viewer: Person, pk: int, words: str) -> None:
    hearing.contest(found, actor=viewer, about=f"event {pk}", words=words)


_SMALL: dict[str, Any] = {
    "end-seat": _end_seat,
    "task": _task,
    "settle": _settle,
    "lift": _lift,
    "review-keep": _review(True),
    "review-end": _review(False),
    "seal": _seal,
    "contest": _contest,
}


@require_POST
@login_required
@never_cache
def open_evidence(request: HttpRequest, key: UUID, pk: int) -> HttpResponse:
    """The octets of one piece, to save: a link of its chain of custody, with the reason."""
    viewer = access.reader_or_404(request.user)
    found = access.case_or_404(viewer, key)
    row = get_object_or_404(found.evidence, pk=pk)
    try:
        octets = evidence.open_evidence(row, actor=viewer, why=request.POST.get("words", ""))
    except Refused as error:
        messages.error(request, str(error))
        return redirect("case", found.key)
    answer = HttpResponse(octets, content_type="application/octet-stream")
    answer["Content-Disposition"] = f'attachment; filename="evidence-{row.pk}"'
    return answer
