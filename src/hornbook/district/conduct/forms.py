"""Forms of the case room."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils import timezone

from hornbook.district.conduct.models import Case, Event, Kind, Report, ReportFile
from hornbook.district.people.models import Person, Site


def day_field(label: str, **options: Any) -> forms.DateField:
    return forms.DateField(label=label, widget=forms.DateInput(attrs={"type": "date"}), **options)


def words_field(label: str, rows: int = 4, **options: Any) -> forms.CharField:
    return forms.CharField(
        label=label, max_length=10_000, widget=forms.Textarea(attrs={"rows": rows}), **options
    )


class OpenCaseForm(forms.Form):
    title = forms.CharField(
        label="What you call it",
        max_length=120,
        help_text="In a few plain words, without names: “Messages in the class chat”.",
    )
    kind = forms.ChoiceField(label="What it is about", choices=Kind.choices)
    site = forms.ModelChoiceField(label="Where", queryset=Site.objects.all(), empty_label=None)
    conduct_on = day_field(
        "Day of what happened", help_text="The wording and the law of that day count."
    )

    def __init__(self, viewer: Person, report: Report | None, data: Any = None) -> None:
        told = {"kind": report.kind, "site": report.site} if report else {}
        super().__init__(
            data, label_suffix="", initial={"conduct_on": timezone.localdate(), **told}
        )


class _Cases(forms.ModelChoiceField[Case]):
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.number}: {obj.title}"


class _Files(forms.ModelMultipleChoiceField[ReportFile]):
    def label_from_instance(self, obj: Any) -> str:
        sort = "original" if obj.original else "file"
        return f"{sort} {obj.pk}, {obj.media_type}, {obj.size:,} octets".capitalize()


class JoinForm(forms.Form):
    """``cases``: those that the viewer runs."""

    case = _Cases(label="Which case", queryset=Case.objects.none(), empty_label="Choose one")
    words = forms.BooleanField(
        label="Put what it tells on the timeline", required=False, initial=True
    )
    take = _Files(
        label="Take these files in as evidence",
        queryset=ReportFile.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    why = forms.CharField(label="Why they belong together", max_length=300)

    def __init__(self, cases: QuerySet[Case], report: Report, data: Any = None) -> None:
        super().__init__(data, label_suffix="", auto_id="id_join_%s")
        case: Any = self.fields["case"]
        case.queryset = cases
        files: Any = self.fields["take"]
        files.queryset = report.files.all()
        if not report.files.exists():
            del self.fields["take"]


class NoteForm(forms.Form):
    sort = forms.ChoiceField(
        label="What it is",
        choices=[row for row in Event.Sort.choices if row[0] in ("fact", "said", "link")],
        help_text="A fact, what somebody said, or where another record of it lies.",
    )
    happened_at = forms.DateTimeField(
        label="When it happened",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    words = words_field("What happened", help_text="It cannot be changed later, only corrected.")
    source = forms.CharField(
        label="How you know", max_length=200, required=False, help_text="Who said it, or where."
    )

    def __init__(self, data: Any = None) -> None:
        now = timezone.localtime().replace(second=0, microsecond=0)
        super().__init__(data, label_suffix="", initial={"happened_at": now})
