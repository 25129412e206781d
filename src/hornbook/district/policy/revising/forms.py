"""What people type while they revise a policy."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils import timezone

from hornbook.district.policy.models import EvidenceKind, Force, Holder, Policy
from hornbook.district.policy.revising.actions import Wording, tidy
from hornbook.district.policy.revising.models import DraftClause

_READ = ("", "Read it from the words")
_DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class OpenForm(forms.Form):
    policy = forms.ModelChoiceField(
        label="Which policy", queryset=Policy.objects.all(), to_field_name="key", empty_label=None
    )
    why = forms.CharField(
        label="Why it should change",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="One or two sentences. The board reads them with the draft.",
    )


class WordingForm(forms.Form):
    """New words of one clause. ``version`` is the one that the writer opened."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    official = forms.CharField(
        label="Official words", max_length=20_000, widget=forms.Textarea(attrs={"rows": 7})
    )
    force = forms.ChoiceField(label="How strong", required=False, choices=[_READ, *Force.choices])
    holder = forms.ChoiceField(
        label="Who is bound", required=False, choices=[_READ, *Holder.choices]
    )
    plain = forms.CharField(
        label="In plain words",
        required=False,
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="One or two short sentences that explain. They do not replace.",
    )
    plain_fits = forms.BooleanField(
        label="The plain words still fit the new official words",
        required=False,
        help_text="Without this, a plain line that nobody touched is dropped with the old words.",
    )

    def wording(self, clause: DraftClause | None = None) -> Wording:
        """What was typed. A plain line that was left alone falls with the words it explained."""
        typed = self.cleaned_data
        plain = typed["plain"]
        if clause and not typed["plain_fits"] and _untouched(clause, typed):
            plain = ""
        return Wording(
            typed["official"],
            plain,
            Force(typed["force"]) if typed["force"] else None,
            Holder(typed["holder"]) if typed["holder"] else None,
        )


def _untouched(clause: DraftClause, typed: dict[str, Any]) -> bool:
    same_plain = typed["plain"].strip() == clause.plain.strip()
    return same_plain and tidy(typed["official"]) != clause.official


class EvidenceForm(forms.Form):
    kind = forms.ChoiceField(label="What happened", choices=EvidenceKind.choices)
    on = forms.DateField(label="On which day", widget=_DAY)
    words = forms.CharField(
        label="Where it can be found",
        max_length=200,
        help_text="Such as: Web site and Telegraph Herald; minutes of 17 August, item 7b.",
    )

    def clean_on(self) -> date:
        day: date = self.cleaned_data["on"]
        if day > timezone.localdate():
            raise forms.ValidationError("This day has not come yet. File it when it has happened")
        return day


class AdoptForm(forms.Form):
    effective_on = forms.DateField(label="It binds from", widget=_DAY)
    minute_ref = forms.CharField(
        label="Minute of the decision",
        max_length=200,
        help_text="Such as: 17 August 2026, item 7b.",
    )
    agreed = forms.BooleanField(
        label="I read every change, and the board adopted these words",
    )


class PlainForm(forms.Form):
    plain = forms.CharField(
        label="In plain words",
        required=False,
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="One or two sentences of up to 20 words. “You” is the reader.",
    )
