"""What people type on the pages of this room."""

from __future__ import annotations

from django import forms

from hornbook.district.filtering.explaining import ExplainError, read_target


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
