"""*Rehearse*: a form for a small draft, and what it would have done. Nothing is changed.

The worker carries it out; the page shows how far it is.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.humanize.templatetags.humanize import intcomma
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from hornbook.district.activity.models import RehearsalRun
from hornbook.district.activity.reading import Words
from hornbook.district.activity.rehearsal.actions import (
    ask_rehearsal,
    cancel_rehearsal,
    resume_rehearsal,
)
from hornbook.district.activity.rehearsal.draft import Draft, DraftError, as_read, read_draft
from hornbook.district.activity.rehearsal.picture import draw
from hornbook.district.activity.rehearsal.rehearse import Rehearsal, read_result
from hornbook.district.filtering.access import Viewer, reader_or_404
from hornbook.district.filtering.models import Category, CategoryKind, Rule
from hornbook.district.ledger.actions import look
from hornbook.instance import InstanceError

SPANS = {
    "day": ("the last 24 hours", timedelta(days=1)),
    "week": ("the last 7 days", timedelta(days=7)),
    "month": ("the last 30 days", timedelta(days=30)),
}
MAX_TEXT = 1500
FEW = 5  # persons; smaller groups are not counted exactly


class RehearsalForm(forms.Form):
    """One change of a rule, some names, and the window. A link may fill it in."""

    last = forms.ChoiceField(
        label="On what", choices=[(k, w.capitalize()) for k, (w, _) in SPANS.items()]
    )
    rule = forms.ModelChoiceField(
        Rule.objects.all(),
        to_field_name="key",
        required=False,
        label="Which rule",
        empty_label="None",
    )
    do = forms.ChoiceField(
        label="What if it",
        required=False,
        choices=[
            ("", "stayed as it is"),
            ("off", "were off"),
            ("on", "were on"),
            ("block", "blocked"),
            ("warn", "warned"),
            ("allow", "allowed"),
        ],
    )
    names = forms.CharField(
        label="Names to list",
        required=False,
        max_length=MAX_TEXT,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="One a line, such as play.example. Names below it are meant too.",
    )
    category = forms.ModelChoiceField(
        Category.objects.exclude(kind=CategoryKind.REWRITE),
        to_field_name="key",
        required=False,
        label="As which kind of site",
        empty_label="None",
    )

    def clean(self) -> dict[str, Any]:
        told = super().clean() or {}
        if bool(told.get("names", "").strip()) != bool(told.get("category")):
            self.add_error("category", "Give names and a kind of site together, or neither.")
        if not self.errors:
            try:
                self.draft = _draft(told)
            except DraftError as error:
                self.add_error("names", str(error))
        return told


def _draft(told: dict[str, Any]) -> Draft:
    raw: dict[str, Any] = {}
    if told.get("rule") and told.get("do"):
        change = {"off": {"enabled": False}, "on": {"enabled": True}}
        raw["rules"] = [{"key": told["rule"].key} | change.get(told["do"], {"action": told["do"]})]
    if told.get("category"):
        listed = {"category": told["category"].key, "names": told["names"].split()}
        raw["names"] = [listed]
    return read_draft(raw)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
def rehearsal(request: HttpRequest) -> HttpResponse:
    """The form, and what was rehearsed before. Sent, the worker begins; the look is a leaf.

    Other pages link here with what they are about: ``?rule=``, ``?do=``, ``?names=``.
    """
    viewer = reader_or_404(request.user)
    sent = request.method == "POST"
    form = RehearsalForm(request.POST if sent else None, initial={"last": "week"} | _meant(request))
    if sent and form.is_valid():
        words, span = SPANS[form.cleaned_data["last"]]
        look(actor=viewer.actor, object="rehearsal", detail={"window": words}, every_time=False)
        now = timezone.now()
        try:
            run = ask_rehearsal(
                actor=viewer.person, draft=form.draft, since=now - span, until=now, words=words
            )
            return redirect("rehearsal-run", run.key)
        except InstanceError as error:
            form.add_error(None, str(error))
    told = {"form": form, "runs": RehearsalRun.objects.select_related("person")[:20]}
    return render(request, "activity/rehearsal.html", told)


def _meant(request: HttpRequest) -> dict[str, str]:
    """What the link that led here fills in."""
    return {name: request.GET[name] for name in RehearsalForm.base_fields if name in request.GET}


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
def rehearsal_run(request: HttpRequest, key: UUID) -> HttpResponse:
    """How far a rehearsal is, or what came of it; ``do``: cancel, resume or again."""
    viewer = reader_or_404(request.user)
    run = get_object_or_404(RehearsalRun.objects.select_related("person"), key=key)
    if request.method == "POST":
        return _act(request, viewer, run)
    context: dict[str, Any] = {"run": run, "few": FEW, "draft": _draft_in_words(run)}
    if run.result is not None:
        look(actor=viewer.actor, object="rehearsal", detail={"run": str(key)}, every_time=False)
        context |= _told(read_result(run.result), run.words)
    return render(request, "activity/rehearsal_run.html", context)


def _act(request: HttpRequest, viewer: Viewer, run: RehearsalRun) -> HttpResponse:
    try:
        match request.POST.get("do"):
            case "cancel":
                cancel_rehearsal(run, actor=viewer.actor)
            case "resume":
                resume_rehearsal(run, actor=viewer.actor)
            case "again":
                draft = read_draft(as_read(run.draft))
                run = ask_rehearsal(actor=viewer.person, draft=draft, since=run.since,
                                    until=run.until, words=run.words)  # fmt: skip
            case _:
                raise Http404
    except InstanceError as error:
        messages.error(request, str(error))
    return redirect("rehearsal-run", run.key)


def _draft_in_words(run: RehearsalRun) -> list[str]:
    """What the draft changes, a line each."""
    found = [
        f"The rule {rule['key']}: "
        + ", ".join(f"{name} {value}" for name, value in rule.items() if name != "key")
        for rule in run.draft.get("rules", ())
    ]
    listed = run.draft.get("names", {})
    found += [f"Listed as {key}: {', '.join(names)}" for key, names in listed.items()]
    dropped = run.draft.get("drop", ())
    return found + ([f"In no list: {', '.join(dropped)}"] if dropped else [])


def _told(found: Rehearsal, words: str) -> dict[str, Any]:
    Words.today().put_into(found.schools)
    title = finding(found, words)
    return {
        "found": found,
        "finding": title,
        "picture": draw(found.before, found.after, title),
        "actions": [
            (action, found.before.get(action, 0), found.after.get(action, 0))
            for action in dict.fromkeys((*found.before, *found.after))
        ],
    }


def finding(found: Rehearsal, words: str) -> str:
    """The rehearsal in one sentence."""
    if not found.rows:
        return f"Nothing was asked in {words}, so there is nothing to try the draft on"
    if not found.flipped:
        return f"None of {intcomma(found.rows)} questions of {words} would be answered otherwise"
    persons = (
        f"{intcomma(found.persons)} people" if found.persons >= FEW else f"fewer than {FEW} people"
    )
    return (
        f"{intcomma(found.flipped)} of {intcomma(found.rows)} questions of {words} "
        f"would be answered otherwise, for {persons}"
    )
