"""*Rehearse*: a form for a small draft, and what it would have done. Nothing is changed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.contrib.humanize.templatetags.humanize import intcomma
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from hornbook.district.activity.reading import Words, lake_at
from hornbook.district.activity.rehearsal.draft import Draft, DraftError, read_draft
from hornbook.district.activity.rehearsal.picture import draw
from hornbook.district.activity.rehearsal.rehearse import Rehearsal, rehearse
from hornbook.district.filtering.access import reader_or_404
from hornbook.district.filtering.models import Category, CategoryKind, Rule
from hornbook.district.ledger.actions import look
from hornbook.district.overview.health import this_instance
from hornbook.instance import InstanceError
from hornbook.record.lake import LakeError

SPANS = {
    "day": ("the last 24 hours", timedelta(days=1)),
    "week": ("the last 7 days", timedelta(days=7)),
    "month": ("the last 30 days", timedelta(days=30)),
}
MAX_TEXT = 1500
FEW = 5  # persons; smaller groups are not counted exactly


class RehearsalForm(forms.Form):
    """One change of a rule, some names, and the window. Sent by GET, so that it can be linked."""

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


@require_safe
@never_cache
@login_required
def rehearsal(request: HttpRequest) -> HttpResponse:
    """The form, and its answer when it was sent. The look at the record is a leaf."""
    viewer = reader_or_404(request.user)
    sent = "last" in request.GET
    form = RehearsalForm(request.GET if sent else None, initial={"last": "week"})
    context: dict[str, Any] = {"form": form, "few": FEW}
    if sent and form.is_valid():
        words, span = SPANS[form.cleaned_data["last"]]
        look(actor=viewer.actor, object="rehearsal", detail={"window": words}, every_time=False)
        now = timezone.now()
        try:
            found = rehearse(form.draft, lake_at(this_instance().record), now - span, now)
            context |= _told(found, words)
        except LakeError:
            context["trouble"] = "The record cannot be read just now."
        except InstanceError as error:
            context["trouble"] = str(error)
    return render(request, "activity/rehearsal.html", context)


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
