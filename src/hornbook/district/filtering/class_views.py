"""``/class``: a teacher opens sites for the lesson that is now, or focuses the class."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from hornbook.district.filtering import access, live
from hornbook.district.filtering.compiler.orders import pupils_of
from hornbook.district.filtering.models import Lesson
from hornbook.district.filtering.order_actions import begin_lesson, end_now
from hornbook.district.filtering.order_forms import LessonForm, lines
from hornbook.district.people.models import SchoolClass


@dataclass(frozen=True)
class ClassRow:
    """One class of the teacher, the lesson that runs in it, and the form for another."""

    school_class: SchoolClass
    pupils: int
    lesson: Lesson | None
    last: Lesson | None
    form: LessonForm


@require_safe
@login_required
@never_cache
def classes(request: HttpRequest) -> HttpResponse:
    return _page(request, access.teacher_or_404(request.user))


@require_POST
@login_required
@never_cache
def begin(request: HttpRequest, pk: int) -> HttpResponse:
    """Begin a lesson; one that runs in that class is ended by it."""
    teacher = access.teacher_or_404(request.user)
    school_class = access.class_or_404(teacher, pk)
    form = _form(school_class, request)
    if not form.is_valid():
        return _page(request, teacher, form)
    data = form.cleaned_data
    done = live.act(
        request,
        lambda: begin_lesson(
            actor=teacher.actor,
            teacher=teacher.person,
            school_class=school_class,
            names=lines(data["names"]),
            minutes=data["minutes"],
            focus=data["focus"],
        ),
    )
    if not done:
        return _page(request, teacher, form)
    what = "is focused on its sites" if data["focus"] else "has its sites open"
    live.seats_changed(
        request, teacher.actor, f"{school_class} {what} for {data['minutes']} minutes."
    )
    return redirect("class")


@require_POST
@login_required
def end(request: HttpRequest, pk: int) -> HttpResponse:
    teacher = access.teacher_or_404(request.user)
    school_class = access.class_or_404(teacher, pk)
    lesson = _running(school_class)
    if lesson is None:
        raise Http404
    end_now(lesson, actor=teacher.actor)
    live.seats_changed(request, teacher.actor, f"The lesson of {school_class} is over.")
    return redirect("class")


def _running(school_class: SchoolClass) -> Lesson | None:
    now = timezone.now()
    newest: list[Lesson] = list(school_class.lessons.all()[:20])
    return next((lesson for lesson in newest if lesson.is_running(now)), None)


def _form(school_class: SchoolClass, request: HttpRequest | None = None) -> LessonForm:
    return LessonForm(
        request.POST if request else None, auto_id=f"id_{school_class.pk}_%s", label_suffix=""
    )


def _page(
    request: HttpRequest, teacher: access.Teacher, failed: LessonForm | None = None
) -> HttpResponse:
    now = timezone.now()
    rows = []
    for school_class in teacher.classes:
        form = _form(school_class)
        if failed and failed.auto_id == form.auto_id:
            form = failed
        rows.append(
            ClassRow(
                school_class,
                len(pupils_of([school_class.pk], now)),
                _running(school_class),
                school_class.lessons.first(),
                form,
            )
        )
    return render(request, "filtering/class.html", {"rows": rows, "failed": failed})
