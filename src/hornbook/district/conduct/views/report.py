"""Tell something, and come back with the receipt. Nobody is known here (``quiet.py``)."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from hornbook.district.conduct import receipts
from hornbook.district.conduct.actions import Refused
from hornbook.district.conduct.actions import reports as actions
from hornbook.district.conduct.files import MOST, MOST_FILES, BadFile, Cleaned, clean
from hornbook.district.conduct.flood import Limit
from hornbook.district.conduct.kinds import clause_on, words_of_danger
from hornbook.district.conduct.models import Report
from hornbook.district.conduct.quiet import BUCKET
from hornbook.district.conduct.report_forms import ASKS, FIELDS, STEPS, ReportForm
from hornbook.district.overview.context import district_name

TELLING = Limit(each=20, all=600, seconds=3600)
GUESSING = Limit(each=10, all=200, seconds=600)
_BAD = HTTPStatus.UNPROCESSABLE_ENTITY
NEUTRAL = "https://www.weather.gov/"


def _page(
    request: HttpRequest, name: str, told: dict[str, Any], status: HTTPStatus = HTTPStatus.OK
) -> HttpResponse:
    frame = {"district": district_name(), "neutral": NEUTRAL}
    return render(request, f"conduct/{name}.html", {**frame, **told}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def report(request: HttpRequest) -> HttpResponse:
    """The first page, or the next question; the last one sends it."""
    if request.method != "POST":
        return _page(request, "report_start", {})
    form = ReportForm(request.POST)
    step = _step(request.POST.get("step", ""))
    if step is None:
        return _question(request, ReportForm(), STEPS[0])
    if "back" in request.POST:
        return _question(request, _unjudged(form), STEPS[max(STEPS.index(step) - 1, 0)])
    if step == STEPS[-1]:
        return _send(request, form)
    if form.errors_of(step):
        return _question(request, form, step, _BAD)
    return _question(request, _unjudged(form), STEPS[STEPS.index(step) + 1])


def _step(word: str) -> str | None:
    return word if word in STEPS else None


def _unjudged(form: ReportForm) -> ReportForm:
    """The same answers, without complaints about questions that nobody has seen yet."""
    fresh = ReportForm()
    fresh.data = form.data
    fresh.initial = {**fresh.initial, **{name: form.data[name] for name in _given(form)}}
    return fresh


def _given(form: ReportForm) -> list[str]:
    return [name for name in form.fields if form.data.get(name)]


def _question(
    request: HttpRequest,
    form: ReportForm,
    step: str,
    status: HTTPStatus = HTTPStatus.OK,
    trouble: str = "",
) -> HttpResponse:
    data = form.data
    told: dict[str, Any] = {
        "form": form,
        "step": step,
        "title": ASKS[step],
        "number": STEPS.index(step) + 1,
        "steps": len(STEPS),
        "fields": [form[name] for name in FIELDS[step]],
        "carried": form.carried(step),
        "trouble": trouble,
        "danger": words_of_danger(f"{data.get('what', '')}\n{data.get('who', '')}"),
    }
    if step == STEPS[-1]:
        told["answers"] = _answers(form)
    return _page(request, "report_question", told, status)


def _answers(form: ReportForm) -> list[tuple[str, str, str]]:
    """(question, answer, step) of everything that was answered, for the last look."""
    rows = []
    for step in STEPS[:-1]:
        for name in FIELDS[step]:
            choices = dict(getattr(form.fields[name], "choices", ()) or ())
            value = str(form.data.get(name, ""))
            words = next((str(w) for key, w in choices.items() if str(key) == value), value)
            if words:
                rows.append((str(form.fields[name].label), words, step))
    return rows


def _files(request: HttpRequest) -> list[Cleaned]:
    """What was sent along, cleaned. Raises BadFile that says what to send instead."""
    sent = request.FILES.getlist("files")
    if len(sent) > MOST_FILES:
        raise BadFile(f"These are {len(sent)} files. Send at most {MOST_FILES}.")
    keep = "keep" in request.POST
    return [clean(one.read(MOST + 1), keep_original=keep) for one in sent]


def _send(request: HttpRequest, form: ReportForm) -> HttpResponse:
    bucket = request.META.get(BUCKET, "")
    if not form.is_valid():
        first = next(step for step in STEPS if any(name in form.errors for name in FIELDS[step]))
        form.errors_of(first)
        return _question(request, form, first, _BAD)
    try:
        files = _files(request)
    except BadFile as error:
        return _question(request, _unjudged(form), STEPS[-1], _BAD, str(error))
    if not TELLING.allows(bucket):
        return _page(request, "report_busy", {}, HTTPStatus.TOO_MANY_REQUESTS)
    TELLING.note(bucket)
    data = form.cleaned_data
    done = actions.receive(
        actions.Told(
            kind=data["kind"],
            site=data["site"],
            what=data["what"],
            who=data["who"],
            office=data["office"] == "office",
            staff=data["office"] == "staff",
            talk=data["talk"] == "yes",
            files=files,
        )
    )
    told = {"report": done.report, "receipt": receipts.in_groups(done.receipt)}
    return _page(request, "report_sent", told)


@require_http_methods(["GET", "HEAD", "POST"])
def check(request: HttpRequest) -> HttpResponse:
    """What became of it, for who holds the number; and a line more from them."""
    if request.method != "POST":
        return _page(request, "check", {})
    bucket = request.META.get(BUCKET, "")
    if not GUESSING.allows(bucket):
        return _page(request, "report_busy", {"check": True}, HTTPStatus.TOO_MANY_REQUESTS)
    typed = request.POST.get("receipt", "")[:60]
    found = actions.by_receipt(typed)
    if found is None:
        GUESSING.note(bucket)
        told = {"typed": typed, "wrong": receipts.read_receipt(typed) is None}
        return _page(request, "check", {**told, "miss": True}, HTTPStatus.UNPROCESSABLE_ENTITY)
    error = _said(request, found)
    found.refresh_from_db()
    return _page(request, "check_report", _shown(found, typed, error))


def _said(request: HttpRequest, found: Report) -> str:
    words = request.POST.get("words", "")[:10_000]
    if "say" not in request.POST:
        return ""
    try:
        actions.say(found, words)
    except Refused as error:
        return str(error)
    return ""


def _shown(found: Report, receipt: str, error: str) -> dict[str, Any]:
    clause = found.clause_text or clause_on(found.kind, found.received_at.date())
    return {
        "report": found,
        "receipt": receipt,
        "clause": clause,
        "lines": actions.talk_of(found),
        "trouble": error,
    }
