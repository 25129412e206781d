"""Keep duties, questions and the monitoring notice."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from hornbook.district.filtering.jobs import publish_soon
from hornbook.district.learning import access
from hornbook.district.learning.actions import duties as acts
from hornbook.district.learning.changes import words_sha256
from hornbook.district.learning.forms import (
    DutyForm,
    NoSchoolForm,
    NoticeForm,
    QuestionForm,
    duty_facts,
)
from hornbook.district.learning.models import Duty, NoSchool, NoticeClause, Question
from hornbook.district.learning.notice import notice as told_today
from hornbook.district.learning.views import posted
from hornbook.district.people.access import viewer_or_404
from hornbook.district.people.audience import in_words, people_in
from hornbook.district.people.models import Person
from hornbook.district.people.permissions import actor_of
from hornbook.district.policy.access import clause_by_key, last_text, text_in_force
from hornbook.district.policy.models import ClauseText


def _manager(request: HttpRequest) -> Person:
    viewer = viewer_or_404(request.user)
    access.manager_or_404(viewer)
    return viewer


@require_safe
@login_required
@never_cache
def duties(request: HttpRequest) -> HttpResponse:
    _manager(request)
    today = timezone.localdate()
    rows = [
        (duty, in_words(duty.audience), people_in(duty.audience, today).count())
        for duty in Duty.objects.select_related("clause__policy")
    ]
    return render(request, "learning/duties.html", {"rows": rows})


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def duty_new(request: HttpRequest) -> HttpResponse:
    viewer = _manager(request)
    form = DutyForm(posted(request))
    if request.method == "POST" and form.is_valid():
        if Duty.objects.filter(key=form.cleaned_data["key"]).exists():
            form.add_error("key", "There is a duty of that name already. Choose another.")
        else:
            return _save(request, viewer, form, form.cleaned_data["key"])
    return render(request, "learning/duty.html", {"form": form, "duty": None})


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def duty(request: HttpRequest, key: str) -> HttpResponse:
    viewer = _manager(request)
    found = access.duty_or_404(key)
    form = DutyForm(posted(request), initial=duty_facts(found), fixed_key=True)
    if request.method == "POST" and form.is_valid():
        return _save(request, viewer, form, found.key)
    return render(request, "learning/duty.html", {"form": form, "duty": found})


def _save(request: HttpRequest, viewer: Person, form: DutyForm, key: str) -> HttpResponse:
    chosen = form.cleaned_data
    text = text_in_force(chosen["clause"], timezone.localdate())
    if text is None:
        raise Http404
    acts.save_duty(
        actor=actor_of(viewer),
        key=key,
        text=text,
        title=chosen["title"],
        kind=Duty.Kind.SIGN,
        audience=form.audience(),
        sentence=chosen["sentence"],
        school_days=chosen["school_days"],
        repeats_months=chosen["repeats_months"],
    )
    messages.success(request, "Kept.")
    return redirect("duties")


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def questions(request: HttpRequest, key: str) -> HttpResponse:
    """The questions about one clause, and a form for another."""
    viewer = _manager(request)
    clause = clause_by_key(key)
    today = timezone.localdate()
    text = clause.texts.filter(lang="en").select_related("clause", "revision").order_by(
        "-revision__no"
    ).first() or last_text(clause, today)
    if text is None:
        raise Http404
    form = QuestionForm(posted(request))
    if request.method == "POST" and form.is_valid():
        acts.write_question(
            actor=actor_of(viewer),
            text=text,
            prompt=form.cleaned_data["prompt"],
            choices=form.choices(),
        )
        messages.success(request, "Kept. It is asked from now on.")
        return redirect("questions", clause.key)
    return render(request, "learning/questions.html", _about(text) | {"form": form})


def _about(text: ClauseText) -> dict[str, Any]:
    said = words_sha256(text)
    rows = Question.objects.filter(clause=text.clause, enabled=True)
    return {
        "clause": text.clause,
        "text": text,
        "rows": [(question, question.words_sha256 == said) for question in rows],
    }


@require_POST
@login_required
def question_retire(request: HttpRequest, pk: int) -> HttpResponse:
    viewer = _manager(request)
    found = access.question_or_404(pk)
    acts.retire_question(actor=actor_of(viewer), question=found)
    messages.success(request, "It is not asked any more.")
    return redirect("questions", found.clause.key)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def notice(request: HttpRequest) -> HttpResponse:
    """Which clauses tell people about monitoring, and how the notice reads now."""
    viewer = _manager(request)
    chosen = list(NoticeClause.objects.values_list("clause__key", flat=True))
    form = NoticeForm(posted(request), initial={"clauses": chosen})
    if request.method == "POST" and form.is_valid():
        acts.choose_notice(actor=actor_of(viewer), clauses=list(form.cleaned_data["clauses"]))
        messages.success(request, "Kept. The sign-in page shows it now.")
        return redirect("notice")
    told = told_today(timezone.localdate())
    return render(request, "learning/notice.html", {"form": form, "told": told})


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def no_school(request: HttpRequest) -> HttpResponse:
    """The days without school, by which deadlines are reckoned and the filter's school hours."""
    viewer = _manager(request)
    gone = NoSchool.objects.filter(pk=request.POST.get("remove") or 0).first()
    if request.method == "POST" and gone is not None:
        acts.remove_no_school(actor=actor_of(viewer), found=gone)
        publish_soon(actor_of(viewer))
        messages.success(request, "Taken out.")
        return redirect("no-school")
    form = NoSchoolForm(posted(request))
    if request.method == "POST" and form.is_valid():
        acts.add_no_school(actor=actor_of(viewer), **form.cleaned_data)
        publish_soon(actor_of(viewer))
        messages.success(request, "Kept. Deadlines that are set already stay as they are.")
        return redirect("no-school")
    rows = NoSchool.objects.all()
    return render(request, "learning/no_school.html", {"form": form, "rows": rows})
