"""What a policy owner decides about one clause of the map."""

from __future__ import annotations

from datetime import date, timedelta

from django import forms
from django.utils import timezone

from hornbook.district.people.models import Person, Role, RoleAssignment
from hornbook.district.policy.coverage.models import Light
from hornbook.district.policy.coverage.promises import measures

_DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
_OWNERS = (
    Role.POLICY_OWNER,
    Role.SUPERINTENDENT,
    Role.HR,
    Role.IT,
    Role.CUSTODIAN,
    Role.DIRECTOR,
    Role.PRINCIPAL,
)


class AssignForm(forms.Form):
    light = forms.ChoiceField(label="Which light", choices=Light.choices)
    owner = forms.ModelChoiceField(
        label="Who looks after it", queryset=Person.objects.none(), empty_label=None
    )
    due_on = forms.DateField(label="By which day", required=False, widget=_DAY)
    note = forms.CharField(label="What to do", required=False, max_length=300)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        held = RoleAssignment.objects.active(timezone.localdate()).filter(role__in=_OWNERS)
        people = Person.objects.filter(active=True, pk__in=held.values("person"))
        self.fields["owner"].queryset = people  # type: ignore[attr-defined]


class WaiveForm(forms.Form):
    light = forms.ChoiceField(label="Which light", choices=Light.choices)
    why = forms.CharField(
        label="Why the clause does not need it",
        max_length=300,
        help_text="Such as: no machine can tell professional language.",
    )


class MeasureForm(forms.Form):
    measure = forms.ChoiceField(label="How it is measured")

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["measure"].choices = [(one.key, one.title) for one in measures()]  # type: ignore[attr-defined]


class VouchForm(forms.Form):
    kept = forms.TypedChoiceField(
        label="Is it kept",
        choices=[("yes", "Yes, it is kept"), ("no", "No, it is not kept")],
        coerce=lambda value: value == "yes",
    )
    words = forms.CharField(
        label="By what you know it",
        max_length=300,
        help_text="Such as: all 41 new teachers had the training on 12 August.",
    )
    until = forms.DateField(label="Look again by", widget=_DAY)

    def clean_until(self) -> date:
        until: date = self.cleaned_data["until"]
        today = timezone.localdate()
        if not today < until <= today + timedelta(days=400):
            raise forms.ValidationError("Choose a day within the next thirteen months")
        return until
