"""What an audit pack needs from a person."""

from __future__ import annotations

from django import forms
from django.core.validators import RegexValidator
from django.utils import timezone

from hornbook.district.policy.pack.cipa import CERTIFICATIONS, Filing, funding_year_of

_CHOICES = [("", "Leave it open"), *CERTIFICATIONS.items()]


class AuditForm(forms.Form):
    year = forms.TypedChoiceField(label="Funding year", coerce=int)
    billed_entity_number = forms.CharField(
        label="Billed entity number",
        required=False,
        validators=[RegexValidator(r"^\d{1,10}$", "A billed entity number has digits only")],
    )
    fcc_registration_number = forms.CharField(
        label="FCC registration number",
        required=False,
        validators=[RegexValidator(r"^\d{10}$", "An FCC registration number has ten digits")],
    )
    funding_request_numbers = forms.CharField(
        label="Funding request numbers", required=False, max_length=300
    )
    signer = forms.CharField(label="Who certifies", required=False, max_length=100)
    signer_title = forms.CharField(label="Their title", required=False, max_length=100)
    certification = forms.ChoiceField(
        label="What they certify", required=False, choices=_CHOICES, widget=forms.RadioSelect
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        this = funding_year_of(timezone.localdate())
        years = [
            (year, f"{year} (July {year} to June {year + 1})")
            for year in range(this, this - 11, -1)
        ]
        self.fields["year"].choices = years  # type: ignore[attr-defined]

    def filing(self) -> Filing:
        typed = {key: value for key, value in self.cleaned_data.items() if key != "year"}
        return Filing(**typed)
