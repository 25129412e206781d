"""Forms about records."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils import timezone

from hornbook.district.people.access import search
from hornbook.district.people.models import Person, Site
from hornbook.district.records.actions import LONGEST
from hornbook.district.records.law import purposes
from hornbook.district.records.models import Level, Mode, RecordingRule
from hornbook.district.records.public import last_day


def _day(label: str, *, required: bool = True, help_text: str = "") -> forms.DateField:
    day = forms.DateInput(attrs={"type": "date"})
    return forms.DateField(label=label, required=required, widget=day, help_text=help_text)


class PurposeForm(forms.Form):
    kind = forms.ChoiceField(label="What it is for")
    reason = forms.CharField(
        label="Why you need to look",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="One or two sentences. The person reads them later: name nobody else.",
    )
    level = forms.ChoiceField(
        label="How much you need to see",
        choices=Level.choices,
        help_text="Sums open at once. For single questions a second person has to agree.",
    )
    since = _day("First day")
    until = _day("Last day")
    days = forms.IntegerField(
        label="For how many days you need it",
        min_value=1,
        max_value=LONGEST.days,
        initial=7,
        help_text=f"It ends by itself, after {LONGEST.days} days at the latest.",
    )

    def __init__(self, data: Any = None) -> None:
        today = timezone.localdate()
        super().__init__(data, initial={"since": today - timedelta(days=7), "until": today})
        kind: Any = self.fields["kind"]
        kind.choices = [(law.key, f"{law.label}: {law.words}") for law in purposes().values()]

    def clean(self) -> dict[str, Any]:
        told: dict[str, Any] = super().clean() or {}
        if told.get("since") and told.get("until") and told["since"] > told["until"]:
            self.add_error("until", "The last day lies before the first day.")
        return told


class PersonField(forms.CharField):
    """Words that mean exactly one person of those whom the viewer may name."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=100, **options)
        self.people: QuerySet[Person] = Person.objects.none()

    def clean(self, value: Any) -> Person | None:
        words = super().clean(value)
        if not words:
            return None
        found = list(search(self.people, words)[:2])
        if len(found) != 1:
            few = "Nobody fits" if not found else "More than one person fits"
            raise ValidationError(f"{few} “{words}”. Write the whole name or the e-mail address.")
        return found[0]


class HoldForm(forms.Form):
    matter = forms.CharField(label="Matter", max_length=200, help_text="Such as: Doe v. District")
    reason = forms.CharField(
        label="Why nothing may be destroyed",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    person = PersonField(
        label="Whose records", required=False, help_text="Name or e-mail. Empty: everybody's."
    )
    site = forms.ModelChoiceField(
        label="At which site", required=False, queryset=Site.objects.all(), empty_label="Everywhere"
    )
    since = _day("First day", required=False, help_text="Empty: from the beginning.")
    until = _day("Last day", required=False, help_text="Empty: and everything to come.")

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        person: Any = self.fields["person"]
        person.people = Person.objects.all()


class ReleaseForm(forms.Form):
    reason = forms.CharField(
        label="Why it may be released", max_length=1000, widget=forms.Textarea(attrs={"rows": 2})
    )


class InspectionForm(forms.Form):
    person = PersonField(label="Whose records", help_text="Name or e-mail.")
    asked_by = forms.CharField(
        label="Who asked", max_length=200, help_text="A parent, or a student of 18 years."
    )
    asked_on = _day("Asked on")

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, initial={"asked_on": timezone.localdate()})
        person: Any = self.fields["person"]
        person.people = Person.objects.all()


class ExportForm(forms.Form):
    person = PersonField(
        label="Whose records",
        required=False,
        help_text="Name or e-mail. Empty: a period of everybody's, with pseudonyms for people.",
    )
    since = _day("First day", required=False, help_text="Empty: from the beginning.")
    until = _day("Last day", required=False, help_text="Empty: until now.")
    reason = forms.CharField(
        label="What it is for", max_length=300, help_text="It stands in the ledger for ever."
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        person: Any = self.fields["person"]
        person.people = Person.objects.all()


class PublicForm(forms.Form):
    """Counts by day, site, answer, category and clause, for people outside."""

    REQUEST, PUBLISH = "request", "publish"
    since = _day("First day")
    until = _day(
        "Last day", help_text="Days must be over for two days, so that nothing is missing."
    )
    release = forms.ChoiceField(
        label="For whom",
        choices=[
            (REQUEST, "For somebody who asked for records"),
            (PUBLISH, "For everybody, on the page of public numbers"),
        ],
    )
    reason = forms.CharField(
        label="What it is for",
        max_length=300,
        help_text="Such as the number of the request. It stands in the ledger for ever.",
    )

    def __init__(self, data: Any = None) -> None:
        last = last_day()
        super().__init__(data, initial={"since": last - timedelta(days=29), "until": last})


class Lines(forms.CharField):
    """One entry a line; empty lines are nothing."""

    def __init__(self, **options: Any) -> None:
        rows = forms.Textarea(attrs={"rows": 3, "spellcheck": "false"})
        super().__init__(required=False, max_length=2000, widget=rows, **options)

    def clean(self, value: Any) -> list[str]:
        return [line.strip() for line in super().clean(value).splitlines() if line.strip()]


class RecordingForm(forms.Form):
    """What nodes may record. It begins with what is in force."""

    hours = Lines(
        label="The District's hours",
        help_text="One a line, such as mon-fri 06:30-18:00. Empty: there are no other hours.",
    )
    off_hours = forms.ChoiceField(label="What is asked outside of them is", choices=Mode.choices)
    campus = Lines(
        label="The District's own networks",
        help_text="One a line, such as 10.0.0.0/8. Empty: everywhere counts as on campus.",
    )
    off_campus = forms.ChoiceField(label="What is asked from elsewhere is", choices=Mode.choices)
    reason = forms.CharField(
        label="Why", max_length=300, help_text="It stands in the ledger for ever."
    )

    def __init__(self, data: Any = None, *, rule: RecordingRule | None = None) -> None:
        before: dict[str, Any] = {}
        if rule:
            before = rule.told | {name: "\n".join(rule.told[name]) for name in ("hours", "campus")}
        super().__init__(data, initial=before)
