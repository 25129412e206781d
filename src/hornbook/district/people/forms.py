"""The filters above the list of people."""

from __future__ import annotations

from datetime import datetime, timedelta

from django import forms
from django.db.models import QuerySet
from django.utils import timezone

from hornbook.district.people.access import search
from hornbook.district.people.models import Person, Role, RoleAssignment, Site

LEFT = "left"


class TokenForm(forms.Form):
    """What a new token is for, and for how long it is good."""

    label = forms.CharField(
        label="What it is for", max_length=100, help_text="Such as: laptop at home."
    )
    days = forms.IntegerField(
        label="Good for how many days",
        required=False,
        min_value=1,
        max_value=3650,
        help_text="Leave it empty for a token that does not end by itself.",
    )

    def ends_at(self) -> datetime | None:
        days = self.cleaned_data["days"]
        return timezone.now() + timedelta(days=days) if days else None


class PeopleFilter(forms.Form):
    """Everything is optional; what cannot be read is left out, never an error page."""

    q = forms.CharField(label="Name or e-mail contains", required=False, max_length=100)
    role = forms.ChoiceField(
        label="Role", required=False, choices=[("", "Any role"), *Role.choices]
    )
    site = forms.ModelChoiceField(
        label="Site",
        required=False,
        queryset=Site.objects.none(),
        to_field_name="key",
        empty_label="Any site",
    )
    show = forms.ChoiceField(
        label="Who",
        required=False,
        choices=[("", "People who are here"), (LEFT, "People who left")],
    )

    def __init__(self, data: object, sites: QuerySet[Site]) -> None:
        super().__init__(data)  # type: ignore[arg-type]
        self.fields["site"].queryset = sites  # type: ignore[attr-defined]

    def apply(self, people: QuerySet[Person]) -> QuerySet[Person]:
        self.is_valid()
        chosen = self.cleaned_data
        people = search(people, chosen.get("q") or "")
        people = people.filter(active=chosen.get("show") != LEFT)
        held = RoleAssignment.objects.active(timezone.localdate())
        if chosen.get("show") == LEFT:
            held = RoleAssignment.objects.all()
        wanted = {name: chosen[name] for name in ("role", "site") if chosen.get(name)}
        return people.filter(pk__in=held.filter(**wanted).values("person")) if wanted else people
