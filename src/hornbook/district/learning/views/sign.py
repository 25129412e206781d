"""The way to a signature: what changed, read, questions, confirm. Works without script."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from hornbook.district.learning import access
from hornbook.district.learning.actions import signing, sitting
from hornbook.district.learning.forms import AnswerForm, RefuseForm
from hornbook.district.learning.models import Assignment, AssignmentState, Sitting
from hornbook.district.learning.paper import Paper
from hornbook.district.learning.strength import auth_strength
from hornbook.district.learning.views import posted
from hornbook.district.learning.writing import languages
from hornbook.district.people.access import viewer_or_404
from hornbook.district.people.models import Person
from hornbook.district.people.permissions import actor_of

View = Callable[..., HttpResponse]
STEPS = ("What changed", "Read", "Questions", "Confirm")


@require_safe
@login_required
@never_cache
def to_sign(request: HttpRequest) -> HttpResponse:
    """What waits for me, and what I have signed."""
    person = viewer_or_404(request.user)
    context = {
        "waiting": [(row, row.is_late(access.today())) for row in access.to_sign(person)],
        "signatures": access.own_signatures(person),
        "today": access.today(),
    }
    return render(request, "learning/to_sign.html", context)


def step(view: View) -> View:
    """One's own assignment, and its sitting with the paper that is true now.

    Who has signed is shown the signature; where nothing can be signed, the page says why.
    """

    @login_required
    @never_cache
    @wraps(view)
    def inner(request: HttpRequest, key: UUID) -> HttpResponse:
        person = viewer_or_404(request.user)
        mine = access.own_assignment_or_404(person, key)
        if mine.state == AssignmentState.SIGNED:
            return redirect(
                "signature", mine.signatures.filter(withdrawal=None).latest("pk").number
            )
        stopped = signing.halt(mine, timezone.localdate())
        if stopped:
            return render(request, "learning/halted.html", {"mine": mine, "stopped": stopped})
        sat = sitting.sit_down(assignment=mine, lang=request.GET.get("lang", ""))
        return view(request, person, mine, sitting.freshen(sitting=sat))

    return inner


@require_safe
@step
def changed(request: HttpRequest, person: Person, mine: Assignment, sat: Sitting) -> HttpResponse:
    """Step 1: what changed for you."""
    paper = Paper.read(sat.shown.body)
    context = _about(mine, sat, 1) | {
        "title": paper.blocks[0].text,
        "blocks": paper.section("changes"),
        "facts": paper.blocks[1:3],
        "languages": languages(mine.campaign.revision),
        "coming": _coming(mine),
    }
    return render(request, "learning/sign_changes.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@step
def read(request: HttpRequest, person: Person, mine: Assignment, sat: Sitting) -> HttpResponse:
    """Step 2: the whole text and the notice of monitoring."""
    if request.method == "POST":
        try:
            sitting.say_read(sitting=sat, sha256=request.POST.get("sha256", ""))
        except sitting.WordingChanged as error:
            messages.warning(request, str(error))
            return redirect("sign-changes", mine.key)
        return redirect("sign-question", mine.key)
    paper = Paper.read(sat.shown.body)
    context = _about(mine, sat, 2) | {
        "title": paper.blocks[0].text,
        "blocks": paper.section("policy"),
        "notice": paper.section("notice"),
    }
    return render(request, "learning/sign_read.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@step
def question(request: HttpRequest, person: Person, mine: Assignment, sat: Sitting) -> HttpResponse:
    """Step 3: the next question that is still open. A wrong answer explains, and one may retry."""
    asked = sitting.questions_of(mine, sat.lang)
    left = [one for one in asked if one.pk not in sat.answered]
    if not left:
        return redirect("sign-confirm", mine.key)
    here, chosen = left[0], None
    form = AnswerForm(here, posted(request))
    if request.method == "POST" and form.is_valid():
        choice = int(form.cleaned_data["choice"])
        chosen = here.choices[choice]
        sitting.answer(sitting=sat, question=here, choice=choice)
        if chosen["right"]:
            left = left[1:]
    context = _about(mine, sat, 3) | {
        "question": here,
        "form": form,
        "chosen": chosen,
        "number": asked.index(here) + 1,
        "count": len(asked),
        "more": bool(left),
    }
    return render(request, "learning/sign_question.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@step
def confirm(request: HttpRequest, person: Person, mine: Assignment, sat: Sitting) -> HttpResponse:
    """Step 4: the exact sentence, and the button."""
    if request.method == "POST":
        return _sign(request, person, mine, sat)
    if sat.read_at is None:
        return redirect("sign-read", mine.key)
    sentence = Paper.read(sat.shown.body).section("sentence")
    return render(request, "learning/sign_confirm.html", _about(mine, sat, 4) | {"said": sentence})


def _sign(request: HttpRequest, person: Person, mine: Assignment, sat: Sitting) -> HttpResponse:
    try:
        signature = signing.sign(
            actor=actor_of(person),
            sitting=sat,
            sha256=request.POST.get("sha256", ""),
            strength=auth_strength(request),
        )
    except sitting.WordingChanged as error:
        messages.warning(request, str(error))
        return redirect("sign-changes", mine.key)
    except sitting.CannotSign as error:
        messages.warning(request, str(error))
        return redirect("sign-question", mine.key)
    messages.success(request, "Signed. Thank you.")
    return redirect("signature", signature.number)


@require_http_methods(["GET", "HEAD", "POST"])
@step
def refuse(request: HttpRequest, person: Person, mine: Assignment, sat: Sitting) -> HttpResponse:
    """Say no, with or without a word about why."""
    form = RefuseForm(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            signing.refuse(
                actor=actor_of(person), assignment=mine, words=form.cleaned_data["words"]
            )
            messages.success(request, "Noted. You may still sign at any time.")
        except sitting.CannotSign as error:
            messages.warning(request, str(error))
        return redirect("sign")
    return render(request, "learning/sign_refuse.html", {"mine": mine, "form": form})


@require_safe
@step
def paper(request: HttpRequest, person: Person, mine: Assignment, sat: Sitting) -> HttpResponse:
    """Exactly the bytes whose digest is signed."""
    return _as_text(bytes(sat.shown.body))


def _as_text(body: bytes) -> HttpResponse:
    return HttpResponse(body, content_type="text/plain; charset=utf-8")


def _about(mine: Assignment, sat: Sitting, number: int) -> dict[str, Any]:
    return {
        "mine": mine,
        "sat": sat,
        "step": number,
        "steps": list(enumerate(STEPS, 1)),
    }


def _coming(mine: Assignment) -> Any:
    """A newer wording that is adopted and comes into force later."""
    later = mine.campaign.revision.policy.revisions.filter(no__gt=mine.campaign.revision.no)
    return later.exclude(text="").order_by("effective_on").first()


@require_safe
@login_required
@never_cache
def signature(request: HttpRequest, number: str) -> HttpResponse:
    """The evidence of one signature, for the signer and those who look after them."""
    viewer = viewer_or_404(request.user)
    found = access.signature_or_404(viewer, number)
    context = {
        "signature": found,
        "mine": found.person_id == viewer.pk,
        "ended": getattr(found, "withdrawal", None),
        "run_out": found.valid_to is not None and found.valid_to < access.today(),
    }
    return render(request, "learning/signature.html", context)


@require_safe
@login_required
@never_cache
def signature_paper(request: HttpRequest, number: str) -> HttpResponse:
    found = access.signature_or_404(viewer_or_404(request.user), number)
    return _as_text(bytes(found.shown.body))
