"""The report as one question a page. Everything lies in the forms; no session remembers it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms

from hornbook.district.conduct.kinds import kinds
from hornbook.district.people.models import Site, SiteKind

MOST = 10_000  # characters
STEPS = ("kind", "site", "what", "who", "talk", "send")
FIELDS = {
    "kind": ("kind",),
    "site": ("site",),
    "what": ("what",),
    "who": ("who", "office"),
    "talk": ("talk",),
    "send": (),
}
ASKS = {
    "kind": "What is it about?",
    "site": "Where was it?",
    "what": "What happened?",
    "who": "Who was part of it?",
    "talk": "May we ask you something later?",
    "send": "Read it once more, then send it",
}
OFFICE = (
    ("no", "No, or I do not know"),
    ("staff", "Yes, about somebody who works there"),
    ("office", "Yes, about the principal or somebody in the principal\u2019s office"),
)


def _area(rows: int) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows, "autocomplete": "off"})


class ReportForm(forms.Form):
    """All questions; a page shows the fields of one step and carries the others along."""

    kind = forms.ChoiceField(label="Choose what fits best", widget=forms.RadioSelect)
    site = forms.ModelChoiceField(
        label="School or office",
        queryset=Site.objects.all(),
        to_field_name="key",
        empty_label="Choose one",
        help_text="On line, on the way or at home: choose the school of the people in it.",
    )
    what = forms.CharField(
        label="Tell it in your own words",
        max_length=MOST,
        widget=_area(8),
        help_text="What happened, when, and where. Names help us to help.",
    )
    who = forms.CharField(
        label="Who did it, who was hurt, who saw it",
        required=False,
        max_length=MOST,
        widget=_area(4),
        help_text="As far as you know. You need not say who you are.",
    )
    office = forms.ChoiceField(
        label="Is it about a grown-up who works there?",
        choices=OFFICE,
        initial="no",
        widget=forms.RadioSelect,
        help_text="Then somebody else reads it. Nobody reads a report about themselves.",
    )
    talk = forms.ChoiceField(
        label="We never see who you are. We can leave a question for you with the number that you "
        "get at the end.",
        choices=(("yes", "Yes, I will look again"), ("no", "No")),
        initial="yes",
        widget=forms.RadioSelect,
    )

    def __init__(self, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data, label_suffix="", initial=_INITIAL)
        kind: Any = self.fields["kind"]
        kind.choices = [(key, law.words) for key, law in kinds().items()]
        site: Any = self.fields["site"]
        site.queryset = Site.objects.order_by("kind", "name")
        site.label_from_instance = _place

    def errors_of(self, step: str) -> bool:
        """Whether a field of that step is wrong; the errors of all others are put away."""
        mine = FIELDS[step]
        for name in list(self.errors):
            if name not in mine:
                del self.errors[name]
        return bool(self.errors)

    def carried(self, step: str) -> list[tuple[str, str]]:
        """What the page of that step must not lose: (name, value) of the other fields."""
        return [
            (name, self.data[name])
            for name in self.fields
            if name not in FIELDS[step] and self.data.get(name)
        ]


_INITIAL = {"office": "no", "talk": "yes"}


def _place(site: Site) -> str:
    return "Somewhere else, or I do not know" if site.kind == SiteKind.DISTRICT else site.name
