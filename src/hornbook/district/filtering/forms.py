"""What people type on the pages of this room."""

from __future__ import annotations

from django import forms

from hornbook.district.filtering.explaining import ExplainError, read_target
from hornbook.district.filtering.models import Category, CategoryKind


class TrialForm(forms.Form):
    """Whom, what and when. It is sent by GET, so that a test can be linked."""

    person = forms.CharField(
        label="Who",
        max_length=200,
        required=False,
        help_text="A name or an e-mail address. Leave it empty for yourself.",
    )
    target = forms.CharField(
        label="Which address", max_length=2000, help_text="Such as play.example or a whole link."
    )
    at = forms.DateTimeField(
        label="When",
        required=False,
        help_text="District time. Leave it empty for now.",
        input_formats=["%Y-%m-%dT%H:%M"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )

    def clean_target(self) -> str:
        target = str(self.cleaned_data["target"])
        try:
            read_target(target)
        except ExplainError as error:
            raise forms.ValidationError(str(error)) from error
        return target


class DecisionForm(forms.Form):
    """Why a request is granted or refused, in words that the asker may read."""

    reason = forms.CharField(
        label="Your reason",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="One or two sentences. Whoever asked may read them.",
    )


class UnlistedForm(forms.Form):
    """What a name in no list is, and why it is listed here or left open."""

    category = forms.ModelChoiceField(
        Category.objects.filter(kind=CategoryKind.TOPIC),
        label="If you list it: which kind",
        to_field_name="key",
        empty_label=None,
    )
    reason = forms.CharField(
        label="Your reason",
        max_length=300,
        help_text="What you saw. It stands in the ledger and, if you list it, beside the name.",
    )
