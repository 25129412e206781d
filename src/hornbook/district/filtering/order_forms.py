"""What people type on the pages of lessons, the switchboard, openings and the school calendar."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone

from hornbook.district.filtering.models import Category, SchoolDay
from hornbook.district.people.models import Person, SchoolClass, Site

_SITES = "One site a line, such as nasa.gov. All that stands below it is meant too."
_NAMES = forms.Textarea(attrs={"rows": 3, "spellcheck": "false", "autocapitalize": "none"})


def lines(text: str) -> list[str]:
    """Words of a text box: one a line, or parted by commas or blanks."""
    return text.replace(",", " ").split()


class LessonForm(forms.Form):
    """A class session. It ends by itself."""

    names = forms.CharField(
        label="Sites for this lesson", required=False, max_length=8000, widget=_NAMES,
        help_text=_SITES,
    )  # fmt: skip
    minutes = forms.TypedChoiceField(
        label="For how long",
        coerce=int,
        initial="45",
        choices=[(str(n), f"{n} minutes") for n in (15, 30, 45, 60, 90)],
    )
    focus = forms.BooleanField(
        label="Close everything else for the class",
        required=False,
        help_text="Sign-in and help in a crisis stay open.",
    )

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if not lines(data.get("names", "")) and not data.get("focus"):
            self.add_error("names", "Name a site, or close everything else.")
        return data


class SwitchForm(forms.Form):
    """An application that is to be shut."""

    name = forms.CharField(
        label="Application", max_length=100, help_text="Such as TikTok, or the app's own name."
    )
    names = forms.CharField(
        label="Its sites", max_length=8000, widget=_NAMES, required=False,
        help_text="One a line. Leave it empty for an application that we know.",
    )  # fmt: skip
    sites = forms.ModelMultipleChoiceField(
        Site.objects.all(),
        label="Only at these schools",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Choose none to shut it everywhere.",
    )
    hours = forms.TypedChoiceField(
        label="Until when",
        coerce=int,
        initial="24",
        choices=[("1", "One hour"), ("24", "One day"), ("168", "One week"), ("0", "Until ended")],
    )
    reason = forms.CharField(
        label="Why",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="People whom it hits may read it in the ledger.",
    )

    def ends_at(self) -> datetime | None:
        hours = self.cleaned_data["hours"]
        return timezone.now() + timedelta(hours=hours) if hours else None


class SchoolDayForm(forms.ModelForm[SchoolDay]):
    """A date that is not like its weekday."""

    class Meta:
        model = SchoolDay
        fields = ("day", "name", "closed", "starts", "ends")
        labels = {
            "day": "Date",
            "name": "What it is called",
            "closed": "No school on that day",
            "starts": "School begins at",
            "ends": "School ends at",
        }
        help_texts = {
            "name": "Such as Labor Day, or Early out.",
            "starts": "Only if it begins later than on other days.",
            "ends": "Only if it ends earlier than on other days.",
        }
        widgets = {
            "day": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            "starts": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
            "ends": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        }

    def _post_clean(self) -> None:
        """The action says what is wrong; the row itself is not made here."""

    def clean(self) -> dict[str, Any]:
        return self.cleaned_data


class OpeningForm(forms.Form):
    """One name for one person or class, for some days."""

    name = forms.CharField(label="Which site", max_length=255, help_text="Such as nasa.gov.")
    holder = forms.CharField(
        label="For whom",
        max_length=255,
        help_text="The e-mail address of a person, or the title of a class.",
    )
    days = forms.IntegerField(label="For how many days", min_value=1, max_value=365, initial=7)
    reason = forms.CharField(label="Why", max_length=300, widget=forms.Textarea(attrs={"rows": 2}))

    def clean_holder(self) -> str:
        text = self.cleaned_data["holder"].strip()
        self.person = Person.objects.filter(email__iexact=text, active=True).first()
        classes = list(SchoolClass.objects.filter(title__iexact=text, active=True)[:2])
        self.school_class = classes[0] if len(classes) == 1 else None
        if self.person is None and self.school_class is None:
            several = "Several classes have that title; give the pupils' addresses instead."
            raise forms.ValidationError(
                several if classes else f"Nobody and no class is called “{text}”."
            )
        return str(text)

    def ends_at(self) -> datetime:
        return timezone.now() + timedelta(days=self.cleaned_data["days"])


class GrantForm(forms.Form):
    """A kind of site that stands under a locked rule, for one adult."""

    person = forms.CharField(
        label="For whom", max_length=255, help_text="The e-mail address of an adult."
    )
    category = forms.ModelChoiceField(
        Category.objects.filter(basis__startswith="cipa").order_by("name"),
        label="Which kind of site",
        empty_label=None,
    )
    days = forms.IntegerField(label="For how many days", min_value=1, max_value=90, initial=7)
    reason = forms.CharField(
        label="For which research or other lawful purpose",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def clean_person(self) -> Person:
        text = self.cleaned_data["person"].strip()
        found = Person.objects.filter(email__iexact=text, active=True).first()
        if found is None:
            raise forms.ValidationError(f"Nobody has the address “{text}”.")
        return found

    def ends_at(self) -> datetime:
        return timezone.now() + timedelta(days=self.cleaned_data["days"])


class EntryForm(forms.Form):
    """A name that the district lists itself."""

    name = forms.CharField(
        label="Which site",
        max_length=255,
        help_text="Such as nasa.gov. With a path, such as sites.google.com/view/games, it means "
        "those pages alone, and only the proxy sees them: the DNS knows no paths.",
    )
    category = forms.ModelChoiceField(
        Category.objects.exclude(kind="rewrite").order_by("name"),
        label="What it is",
        empty_label=None,
        help_text="“Sites that the district opened” opens it for everybody.",
    )
    reason = forms.CharField(label="Why", max_length=300, widget=forms.Textarea(attrs={"rows": 2}))
    days = forms.IntegerField(
        label="For how many days",
        required=False,
        min_value=1,
        max_value=3650,
        help_text="Leave it empty for an entry that stays.",
    )

    def ends_at(self) -> datetime | None:
        days = self.cleaned_data["days"]
        return timezone.now() + timedelta(days=days) if days else None
