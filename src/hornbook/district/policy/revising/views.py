"""Drafts: begin, look, propose, file what happened in public, adopt."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from hornbook.district.overview.nav import address_of
from hornbook.district.policy.linting.library import library_on, library_with
from hornbook.district.policy.linting.lint import lint
from hornbook.district.policy.linting.model import Finding
from hornbook.district.policy.models import EvidenceKind, Policy
from hornbook.district.policy.reading.blocks import PolicyRefused
from hornbook.district.policy.revising import access, actions, adopting
from hornbook.district.policy.revising.access import Viewer
from hornbook.district.policy.revising.changes import changes_of
from hornbook.district.policy.revising.forms import AdoptForm, EvidenceForm, OpenForm
from hornbook.district.policy.revising.impact import impact_of
from hornbook.district.policy.revising.models import Draft, DraftState
from hornbook.district.policy.revising.ordering import ends, moved


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def revise(request: HttpRequest) -> HttpResponse:
    """Every draft, and the form that begins one."""
    viewer = access.reader_or_404(request.user)
    form = OpenForm(request.POST or None)
    if request.method == "POST":
        access.writer_or_404(request.user)
        if form.is_valid():
            return _begin(request, viewer, form)
    policies = Policy.objects.filter(revisions__isnull=False).distinct().order_by("title")
    context = {"viewer": viewer, "form": form, "rows": _rows(viewer), "policies": policies}
    return render(request, "revising/drafts.html", context, status=422 if form.errors else 200)


def _begin(request: HttpRequest, viewer: Viewer, form: OpenForm) -> HttpResponse:
    typed = form.cleaned_data
    try:
        made = actions.open_draft(actor=viewer.actor, policy=typed["policy"], why=typed["why"])
    except actions.DraftRefused as error:
        messages.error(request, f"{error}.")
        return redirect("revise")
    messages.success(request, "The draft has the words in force. Open a clause to change it.")
    return redirect("draft", made.pk)


def _rows(viewer: Viewer) -> list[tuple[Draft, int]]:
    return [(draft, len(changes_of(draft))) for draft in access.drafts(viewer)]


@require_safe
@login_required
@never_cache
def check(request: HttpRequest) -> HttpResponse:
    """What a careful colleague would say about the policies in force."""
    viewer = access.reader_or_404(request.user)
    today = timezone.localdate()
    report = lint(library_on(today))
    policies = sorted({one.policy for one in library_on(today).openly})
    context = {
        "viewer": viewer,
        "report": report,
        "by_policy": [(key, report.about(key)) for key in policies],
    }
    return render(request, "revising/check.html", context)


@require_safe
@login_required
@never_cache
def draft(request: HttpRequest, pk: int) -> HttpResponse:
    """One draft: what it changes, touches and still needs."""
    viewer = access.reader_or_404(request.user)
    found = access.draft_or_404(viewer, pk)
    return render(request, "revising/draft.html", _draft_context(viewer, found, EvidenceForm()))


def _draft_context(viewer: Viewer, found: Draft, evidence_form: EvidenceForm) -> dict[str, object]:
    on = found.effective_on or timezone.localdate()
    finished = found.state in (DraftState.ADOPTED, DraftState.WITHDRAWN)
    clauses = list(found.clauses.select_related("before"))
    places, (first, last) = moved(clauses), ends(clauses)
    fresh, old = ([], []) if finished else findings_of(found, on)
    return {
        "viewer": viewer,
        "draft": found,
        "impact": impact_of(found, on),
        "clauses": [
            (one, places.get(one.key, ""), one.key not in first, one.key not in last)
            for one in clauses
        ],
        "clashes": found.clauses.exclude(clash=""),
        "fresh": fresh,
        "old": old,
        "evidence": [(EvidenceKind(one["kind"]).label, one) for one in found.evidence],
        "evidence_form": evidence_form,
        "hindrances": [] if finished else adopting.hindrances(found, None, "minute"),
        "stale": not finished and actions.newest_revision(found.policy) != found.base,
        "may_adopt": viewer.may_adopt(found),
        "rehearsal_url": address_of("rehearsal"),
    }


def findings_of(found: Draft, on: date) -> tuple[list[Finding], list[Finding]]:
    """What the draft brings in, and what its policy has already."""
    today = timezone.localdate()
    now = {(one.check.key, one.clause) for one in lint(library_on(today)).findings}
    then = [one for one in lint(library_with(found, on)).findings if one.policy == found.policy.key]
    fresh = [one for one in then if (one.check.key, one.clause) not in now]
    return fresh, [one for one in then if (one.check.key, one.clause) in now]


@require_POST
@login_required
def move(request: HttpRequest, pk: int) -> HttpResponse:
    """``do``: propose, take-back, withdraw or catch-up."""
    viewer = access.writer_or_404(request.user)
    found = access.draft_or_404(viewer, pk)
    actor, person = viewer.actor, viewer.person
    moves: dict[str, Callable[[], str]] = {
        "propose": lambda: _said(
            actions.propose(actor=actor, person=person, draft=found),
            "Proposed. Another person adopts it.",
        ),
        "take-back": lambda: _said(
            actions.take_back(actor=actor, draft=found), "The draft is open for writing again."
        ),
        "withdraw": lambda: _said(
            actions.withdraw(actor=actor, draft=found), "Withdrawn. Its words stay readable."
        ),
        "catch-up": lambda: _caught_up(actions.catch_up(actor=actor, draft=found)),
    }
    chosen = moves.get(request.POST.get("do", ""))
    if chosen is None:
        raise Http404
    try:
        messages.success(request, chosen())
    except actions.DraftRefused as error:
        messages.error(request, f"{error}.")
    return redirect("draft", pk)


def _said(_: Draft, words: str) -> str:
    return words


def _caught_up(clashes: list[str]) -> str:
    if clashes:
        return f"Brought up to date. Both sides changed {', '.join(clashes)}: settle them below."
    return "Brought up to date. Nothing clashes."


@require_POST
@login_required
@never_cache
def evidence(request: HttpRequest, pk: int) -> HttpResponse:
    """File a notice, hearing, meeting or vote."""
    viewer = access.reader_or_404(request.user)
    found = access.draft_or_404(viewer, pk)
    form = EvidenceForm(request.POST)
    if not form.is_valid():
        context = _draft_context(viewer, found, form)
        return render(request, "revising/draft.html", context, status=422)
    typed = form.cleaned_data
    try:
        actions.file_evidence(
            actor=viewer.actor,
            draft=found,
            kind=EvidenceKind(typed["kind"]),
            on=typed["on"],
            words=typed["words"],
        )
        messages.success(request, "Filed.")
    except actions.DraftRefused as error:
        messages.error(request, f"{error}.")
    return redirect("draft", pk)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def adopt(request: HttpRequest, pk: int) -> HttpResponse:
    """The second person reads everything once more and puts it in force."""
    viewer = access.adopter_or_404(request.user)
    found = access.draft_or_404(viewer, pk)
    form = AdoptForm(request.POST or None, initial={"effective_on": timezone.localdate()})
    if request.method == "POST" and form.is_valid() and _adopted(request, viewer, found, form):
        return redirect("policy-of", found.policy.key)
    context = {
        "viewer": viewer,
        "draft": found,
        "form": form,
        "impact": impact_of(found, timezone.localdate()),
        "hindrances": adopting.hindrances(found, None, "minute"),
        "may_adopt": viewer.may_adopt(found),
    }
    return render(request, "revising/adopt.html", context, status=422 if form.errors else 200)


def _adopted(request: HttpRequest, viewer: Viewer, found: Draft, form: AdoptForm) -> bool:
    typed = form.cleaned_data
    try:
        done = adopting.adopt(
            actor=viewer.actor,
            person=viewer.person,
            draft=found,
            effective_on=typed["effective_on"],
            minute_ref=typed["minute_ref"],
        )
    except (actions.DraftRefused, PolicyRefused) as error:
        form.add_error(None, f"{error}.")
        return False
    day = f"{done.revision.effective_on:%-d %B %Y}"
    messages.success(request, f"Adopted as revision {done.revision.no}. It binds from {day}.")
    return True
