"""*Test a rule*: a person, an address and a time; the verdict with its whole chain of reasons."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from hornbook.district.filtering import access
from hornbook.district.filtering.actions import record_look
from hornbook.district.filtering.explaining import explain_for
from hornbook.district.filtering.forms import TrialForm
from hornbook.district.filtering.subjects import (
    Subject,
    UnknownSubject,
    find_subject,
    is_address,
)
from hornbook.district.people.access import search
from hornbook.district.people.models import Person
from hornbook.instance import InstanceError

CHOICES = 10


@require_safe
@login_required
@never_cache
def trial(request: HttpRequest) -> HttpResponse:
    """The form and, when it was sent, its answer. A look at somebody else is a leaf."""
    viewer = access.tester_or_404(request.user)
    sent = "target" in request.GET
    form = TrialForm(request.GET if sent else None)
    context: dict[str, Any] = {"viewer": viewer, "form": form}
    if sent and form.is_valid():
        context |= _answer(viewer, form)
    return render(request, "filtering/test.html", context)


def _answer(viewer: access.Viewer, form: TrialForm) -> dict[str, Any]:
    asked = form.cleaned_data["person"].strip()
    subjects = _subjects(viewer, asked)
    if not subjects:
        form.add_error("person", f"Nobody whom you may look up is called “{asked}”.")
        return {}
    if len(subjects) > 1:
        return {
            "choices": [subject.person for subject in subjects],
            "more": len(subjects) == CHOICES,
            "target": form.data["target"],
        }
    moment = form.cleaned_data["at"] or timezone.now()
    try:
        return {"told": _explain(viewer, subjects[0], form.cleaned_data["target"], moment)}
    except InstanceError as error:
        return {"trouble": str(error)}


def _explain(
    viewer: access.Viewer, subject: Subject, target: str, moment: datetime
) -> dict[str, Any]:
    told = explain_for(subject.person, target, moment, address=subject.address)
    if subject.person and subject.person != viewer.person:
        record_look(
            actor=viewer.actor,
            person=subject.person,
            name=told["target"]["name"],
            clause=told["verdict"]["clause"],
        )
    return told


def _subjects(viewer: access.Viewer, asked: str) -> list[Subject]:
    """Whom the words may mean, of those whom the viewer may look up; at most ten."""
    if not asked:
        return [Subject(viewer.person)]
    exact = _exactly(viewer, asked)
    if exact:
        return [exact]
    found = search(access.testable_people(viewer), asked).order_by("family_name", "given_name")
    return [Subject(person) for person in found[:CHOICES]]


def _exactly(viewer: access.Viewer, asked: str) -> Subject | None:
    try:
        subject = find_subject(asked)
    except UnknownSubject:
        return None
    if is_address(asked):
        return subject if viewer.decides else None
    return subject if _may_see(viewer, subject.person) else None


def _may_see(viewer: access.Viewer, person: Person | None) -> bool:
    return person is not None and access.testable_people(viewer).filter(pk=person.pk).exists()
