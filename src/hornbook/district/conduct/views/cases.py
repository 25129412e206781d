"""What waits for the reader: reports and cases; reading a report; opening a case."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from hornbook.district.conduct import access
from hornbook.district.conduct.actions import Refused, cases, reports
from hornbook.district.conduct.actions.joining import join
from hornbook.district.conduct.forms import JoinForm, OpenCaseForm
from hornbook.district.conduct.models import Report, Stage
from hornbook.district.ledger.actions import look
from hornbook.district.people.models import Person
from hornbook.district.people.permissions import actor_of

A_PAGE = 50
OPEN = "open"


@require_safe
@login_required
@never_cache
def case_list(request: HttpRequest) -> HttpResponse:
    """New reports, worst first, then the cases in which the viewer has a seat."""
    viewer = access.reader_or_404(request.user)
    look(actor=actor_of(viewer), object="list of cases", every_time=False)
    stage = request.GET.get("stage", OPEN)
    found = access.visible_cases(viewer).select_related("site", "subject", "lead")
    if stage in Stage.values:
        found = found.filter(stage=stage)
    elif stage == OPEN:
        found = found.filter(closed_at__isnull=True)
    waiting = access.visible_reports(viewer).filter(
        closed_at__isnull=True, state__in=[*_UNREAD, Report.State.QUESTION]
    )
    return render(
        request,
        "conduct/cases.html",
        {
            "reports": waiting.select_related("site")[:A_PAGE],
            "page": Paginator(found, A_PAGE).get_page(request.GET.get("page")),
            "stages": Stage.choices,
            "stage": stage,
            "today": timezone.localdate(),
        },
    )


_UNREAD = (Report.State.RECEIVED, Report.State.READ)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def report(request: HttpRequest, key: UUID) -> HttpResponse:
    """One report, opened; answer it, close it, or open a case on it."""
    viewer = access.reader_or_404(request.user)
    found = access.report_or_404(viewer, key)
    form = OpenCaseForm(viewer, found, request.POST if "open" in request.POST else None)
    mine = access.running_cases(viewer).exclude(subject__in=_told_by(found))
    joining = JoinForm(mine, found, request.POST if "join" in request.POST else None)
    if request.method == "POST":
        done = _done(request, viewer, found, form, joining)
        if done is not None:
            return done
    told = {
        "report": found,
        "opened": reports.open_report(found, actor=viewer),
        "files": found.files.all(),
        "cases": access.visible_cases(viewer).filter(reports=found),
        "form": form,
        "joining": joining if mine else None,
    }
    wrong = form.errors or joining.errors
    return render(request, "conduct/report.html", told, status=422 if wrong else 200)


def _told_by(found: Report) -> list[Person]:
    """Nobody's own report goes into a case about them by mistake."""
    return [found.reporter] if found.reporter else []


def _done(
    request: HttpRequest, viewer: Person, found: Report, form: OpenCaseForm, joining: JoinForm
) -> HttpResponse | None:
    """What was asked for; None where the page must be shown again with what is wrong."""
    try:
        if "open" in request.POST:
            if not form.is_valid():
                return None
            case = cases.open_case(actor=viewer, reports=[found], **form.cleaned_data)
            messages.success(request, f"Case {case.number} is open. Only you can see it.")
            return redirect("case", case.key)
        if "join" in request.POST:
            return _join(request, viewer, found, joining)
        _say_or_close(request, viewer, found)
    except Refused as error:
        messages.error(request, str(error))
    return redirect("case-report", found.key)


def _join(
    request: HttpRequest, viewer: Person, found: Report, form: JoinForm
) -> HttpResponse | None:
    if not form.is_valid():
        return None
    told = dict(form.cleaned_data)
    case, files = told.pop("case"), told.pop("take", ())
    taken = join(case, actor=viewer, report=found, files=files, **told)
    messages.success(request, f"Case {case.number} has {', '.join(taken)} now.")
    return redirect("case", case.key)


def _say_or_close(request: HttpRequest, viewer: Person, found: Report) -> None:
    do, words = request.POST.get("do"), request.POST.get("words", "")
    if do in ("say", "ask"):
        reports.say(found, words, actor=viewer, asks=do == "ask")
        messages.success(request, "It stands behind their number now.")
    elif do == "close":
        reports.close_report(found, actor=viewer, why=words)
        messages.success(request, "The report is closed.")
    else:
        raise Http404


@require_POST
@login_required
@never_cache
def report_file(request: HttpRequest, key: UUID, pk: int) -> HttpResponse:
    """A file that came with a report, to save; a look of its own."""
    viewer = access.reader_or_404(request.user)
    file = access.report_file_or_404(viewer, key, pk)
    octets = reports.read_file(file, actor=viewer)
    answer = HttpResponse(octets, content_type="application/octet-stream")
    answer["Content-Disposition"] = f'attachment; filename="report-file-{file.pk}"'
    return answer
