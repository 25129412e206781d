"""What a case looks like for whom it is about: notice, answer, decision, appeal."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from hornbook.district.conduct import access
from hornbook.district.conduct.actions import Refused, consequences, deciding, hearing
from hornbook.district.conduct.clocks import closes_at
from hornbook.district.conduct.models import Appeal, Case, Consequence, Stage
from hornbook.district.conduct.process.facts import current_decision, findings_of
from hornbook.district.conduct.signed import signed_by
from hornbook.district.people.models import Person


@require_safe
@login_required
@never_cache
def my_cases(request: HttpRequest) -> HttpResponse:
    """Every notice that was given to the viewer."""
    viewer = access.viewer_or_404(request.user)
    rows = Case.objects.filter(subject=viewer, notices__isnull=False).distinct()
    return render(request, "conduct/my_cases.html", {"cases": rows.order_by("-opened_at")})


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def my_case(request: HttpRequest, key: UUID) -> HttpResponse:
    """The notice and everything since, for the subject."""
    viewer = access.viewer_or_404(request.user)
    found = access.own_case_or_404(viewer, key)
    if request.method == "POST":
        return _done(request, viewer, found)
    notices = list(found.notices.all())
    hearing.open_notice(notices[-1], actor=viewer)
    decision = found.decisions.filter(round=found.round).last()
    alleged = found.allegations.filter(withdrawn_at__isnull=True)
    alleged = alleged.select_related("clause_text__clause", "clause_text__revision")
    findings = findings_of(found)
    told = {
        "case": found,
        "notice": notices[-1],
        "alleged": [
            (row, findings.get(row.allegation.pk) if decision else None)
            for row in signed_by(viewer, alleged)
        ],
        "answers": found.answers.all(),
        "may_answer": found.stage == Stage.ANSWER,
        "decision": decision,
        "consequences": Consequence.objects.filter(decision__case=found),
        "may_appeal": found.stage == Stage.CONSEQUENCE and _appeal_runs(found),
        "appeal": Appeal.objects.filter(decision__case=found).last(),
        "emergencies": found.emergencies.all(),
        "corrections": found.corrections.all(),
        "appeal_ends": closes_at(decision.appeal_by) if decision else None,
    }
    return render(request, "conduct/my_case.html", told)


def _appeal_runs(found: Case) -> bool:
    decision = current_decision(found)
    return decision is not None and decision.no_appeal_at is None


def _answer(request: HttpRequest, viewer: Person, found: Case) -> str:
    words, declined = request.POST.get("words", ""), "declined" in request.POST
    hearing.answer(found, actor=viewer, words=words, declined=declined)
    return "Your answer is in. Nobody decides before it was read."


def _appeal(request: HttpRequest, viewer: Person, found: Case) -> str:
    deciding.appeal(found, actor=viewer, words=request.POST.get("words", ""))
    return "Your appeal is in. Another person looks at it."


def _give_up(request: HttpRequest, viewer: Person, found: Case) -> str:
    deciding.give_up_appeal(found, actor=viewer)
    return "Noted: you do not appeal."


def _contest(request: HttpRequest, viewer: Person, found: Case) -> str:
    pk = request.POST.get("pk", "")
    hearing.contest(
        found, actor=viewer, about=f"allegation {pk}", words=request.POST.get("words", "")
    )
    return "It stands beside it from now on, in every copy."


def _acknowledge(request: HttpRequest, viewer: Person, found: Case) -> str:
    pk = request.POST.get("pk", "0")
    rows = Consequence.objects.filter(decision__case=found).select_related("decision__case")
    row = get_object_or_404(rows, pk=int(pk) if pk.isdecimal() else 0)
    consequences.acknowledge(row, actor=viewer)
    return "Noted: you have read it. That does not mean that you agree."


_DO: dict[str, Callable[[HttpRequest, Person, Case], str]] = {
    "answer": _answer,
    "appeal": _appeal,
    "give-up": _give_up,
    "contest": _contest,
    "acknowledge": _acknowledge,
}


def _done(request: HttpRequest, viewer: Person, found: Case) -> HttpResponse:
    do = request.POST.get("do", "")
    if do not in _DO:
        raise Http404
    try:
        messages.success(request, _DO[do](request, viewer, found))
    except Refused as error:
        messages.error(request, str(error))
    return redirect("my-case", found.key)
