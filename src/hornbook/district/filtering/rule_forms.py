"""A rule as people write it: who, what, when, and under which clause."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone

from hornbook.district.filtering.compiler.windows import DAY_NAMES, BadWindow, read_windows
from hornbook.district.filtering.models import Action, Category, Profile, Rule
from hornbook.district.people.models import Role
from hornbook.district.policy.models import Clause, ClauseText, LegalBasis

NOT_CHOSEN = (LegalBasis.CIPA_MINOR, LegalBasis.CIPA_ADULT, LegalBasis.PROTECTED, LegalBasis.CLASS)
_OVERRIDES = (Role.TEACHER, Role.PRINCIPAL, Role.DIRECTOR, Role.IT)


class RuleForm(forms.Form):
    """One rule with at most one stretch of time; others of a rule that has more are kept."""

    name = forms.CharField(
        label="What it says", max_length=150, help_text="One sentence that a parent understands."
    )
    action = forms.ChoiceField(
        label="What it does",
        choices=[
            (Action.BLOCK, "Block"),
            (Action.ALLOW, "Allow"),
            (Action.WARN, "Allow, and note it in the record"),
        ],
    )
    profiles = forms.ModelMultipleChoiceField(
        Profile.objects.all(),
        label="For whom",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Choose none for everybody.",
    )
    categories = forms.ModelMultipleChoiceField(
        Category.objects.exclude(kind__in=["rewrite", "protected", "private"]).order_by("name"),
        label="Which kinds of sites",
        widget=forms.CheckboxSelectMultiple,
    )
    days = forms.MultipleChoiceField(
        label="On which days",
        required=False,
        choices=[(str(number), name) for number, name in enumerate(DAY_NAMES)],
        widget=forms.CheckboxSelectMultiple,
        help_text="Choose none for always.",
    )
    starts = forms.TimeField(
        label="From", required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    ends = forms.TimeField(
        label="Until",
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        help_text="An end before the start is on the next day.",
    )
    school = forms.BooleanField(label="Only when there is school by the calendar", required=False)
    clause = forms.ModelChoiceField(
        Clause.objects.none(), label="Under which clause", empty_label="Choose a clause"
    )
    basis = forms.ChoiceField(
        label="On which legal basis",
        choices=[(key, label) for key, label in LegalBasis.choices if key not in NOT_CHOSEN],
    )
    override = forms.ChoiceField(
        label="Who may open it",
        required=False,
        choices=[("", "Nobody"), *((role.value, role.label) for role in _OVERRIDES)],
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        in_force = ClauseText.objects.in_force(timezone.localdate()).filter(lang="en")
        self.fields["clause"].queryset = Clause.objects.filter(  # type: ignore[attr-defined]
            pk__in=in_force.values("clause")
        ).order_by("key")

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        timed = [bool(data.get(name)) for name in ("days", "starts", "ends")]
        if any(timed) and not all(timed):
            self.add_error("days", "Choose days, a start and an end; or none of them for always.")
        elif all(timed):
            try:
                read_windows([self.window()])
            except BadWindow as error:
                self.add_error("ends", f"That is no stretch of time: {error}.")
        return data

    def window(self) -> dict[str, Any]:
        data = self.cleaned_data
        return {
            "days": [int(day) for day in data["days"]],
            "from": f"{data['starts']:%H:%M}",
            "to": f"{data['ends']:%H:%M}",
            "school": data["school"],
        }

    def windows(self) -> list[dict[str, Any]]:
        return [self.window()] if self.cleaned_data["days"] else []


def initial_of(rule: Rule) -> dict[str, Any]:
    """What the form shows for a rule that exists."""
    window = rule.windows[0] if rule.windows else {}
    return {
        "name": rule.name,
        "action": rule.action,
        "profiles": rule.profiles.all(),
        "categories": rule.categories.all(),
        "days": [str(day) for day in window.get("days", [])],
        "starts": window.get("from"),
        "ends": window.get("to"),
        "school": window.get("school", False),
        "clause": rule.clause,
        "basis": rule.basis,
        "override": rule.override,
    }
