"""What people type in this room."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.db.models.functions import Lower
from django.utils import timezone

from hornbook.district.learning.models import (
    Assignment,
    AssignmentState,
    Duty,
    Question,
    Signature,
)
from hornbook.district.people.access import search
from hornbook.district.people.models import Person, Role, Site, SiteKind
from hornbook.district.policy.models import Clause, ClauseText, Revision

LATE = "late"
_DAY = forms.DateInput(attrs={"type": "date"})


class AnswerForm(forms.Form):
    choice = forms.ChoiceField(
        label="Your answer",
        widget=forms.RadioSelect,
        error_messages={"required": "Choose one answer."},
    )

    def __init__(self, question: Question, data: Any = None) -> None:
        super().__init__(data)
        choices = [(str(n), choice["text"]) for n, choice in enumerate(question.choices)]
        self.fields["choice"].choices = choices  # type: ignore[attr-defined]
        self.fields["choice"].label = question.prompt


class RefuseForm(forms.Form):
    words = forms.CharField(
        label="What you want to say about it",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Human resources and your supervisor can read it.",
    )


class PlanForm(forms.Form):
    """Which duty, which adopted wording, by when."""

    duty = forms.ModelChoiceField(
        label="Duty", queryset=Duty.objects.none(), to_field_name="key", empty_label=None
    )
    revision = forms.ModelChoiceField(label="Wording", queryset=Revision.objects.none())
    due_on = forms.DateField(
        label="Sign by",
        required=False,
        widget=_DAY,
        help_text="Left empty, the duty's number of school days from today.",
    )
    again = forms.BooleanField(
        label="Ask also those who have signed this wording already", required=False
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        duties = Duty.objects.filter(enabled=True, kind=Duty.Kind.SIGN)
        self.fields["duty"].queryset = duties  # type: ignore[attr-defined]
        known = Revision.objects.exclude(text="").select_related("policy").order_by("policy", "-no")
        self.fields["revision"].queryset = known  # type: ignore[attr-defined]
        self.fields["revision"].label_from_instance = _in_words  # type: ignore[attr-defined]


def _in_words(revision: Revision) -> str:
    return f"{revision.policy.title}, in force from {revision.effective_on:%-d %B %Y}"


class ReasonForm(forms.Form):
    reason = forms.CharField(label="Why", max_length=500)


class ListFilter(forms.Form):
    """Narrow a campaign's list; what cannot be read is left out, never an error page."""

    q = forms.CharField(label="Name or e-mail contains", required=False, max_length=100)
    state = forms.ChoiceField(
        label="State",
        required=False,
        choices=[("", "Everybody"), (LATE, "Late"), *AssignmentState.choices],
    )
    site = forms.ModelChoiceField(
        label="Site",
        required=False,
        queryset=Site.objects.none(),
        to_field_name="key",
        empty_label="Any site",
    )

    def __init__(self, data: Any, sites: QuerySet[Site]) -> None:
        super().__init__(data)
        self.fields["site"].queryset = sites  # type: ignore[attr-defined]

    def apply(self, rows: QuerySet[Assignment]) -> QuerySet[Assignment]:
        self.is_valid()
        chosen = self.cleaned_data
        if words := chosen.get("q"):
            rows = rows.filter(person__in=search(Person.objects.all(), words))
        if chosen.get("state") == LATE:
            rows = rows.filter(state=AssignmentState.OPEN, due_on__lt=timezone.localdate())
        elif chosen.get("state"):
            rows = rows.filter(state=chosen["state"])
        if chosen.get("site"):
            rows = rows.filter(sites__contains=[chosen["site"].pk])
        return rows


class PaperForm(forms.Form):
    method = forms.ChoiceField(
        label="How it was signed",
        choices=[
            (Signature.Method.PAPER, "The person signed on paper"),
            (Signature.Method.BEHALF, "Somebody signed for them"),
        ],
    )
    signed_on = forms.DateField(label="Day of the signature", widget=_DAY)
    witness = forms.CharField(
        label="Who saw it", required=False, max_length=200, help_text="Needed for paper."
    )
    note = forms.CharField(
        label="Note",
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Where the paper is kept; or who signed for the person, and why they may.",
    )
    scan = forms.FileField(
        label="Scan",
        required=False,
        help_text="Only its SHA-256 is kept here, so that the scan can be proved later.",
    )


class PaperListForm(forms.Form):
    """A list that many people signed. Addresses say who, since names are not unique."""

    addresses = forms.CharField(
        label="E-mail addresses of those who signed",
        widget=forms.Textarea(attrs={"rows": 10}),
        help_text="One a line. Whoever has signed already may stand on it.",
    )
    signed_on = forms.DateField(label="Day of the signatures", widget=_DAY)
    witness = forms.CharField(label="Who saw them sign", max_length=200)
    note = forms.CharField(
        label="Note", required=False, max_length=1000, help_text="Where the paper is kept."
    )
    scan = forms.FileField(
        label="Scan",
        required=False,
        help_text="Only its SHA-256 is kept here, so that the scan can be proved later.",
    )

    def __init__(self, asked: QuerySet[Assignment], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._asked = asked

    def clean_addresses(self) -> list[int]:
        """The ids of the people. Every line that names nobody is told at once."""
        typed = [line.strip().lower() for line in self.cleaned_data["addresses"].splitlines()]
        lines = {line: n for n, line in enumerate(typed, 1) if line}
        rows = self._asked.annotate(address=Lower("person__email")).filter(address__in=lines)
        found = dict(rows.values_list("address", "person"))
        strange = [f"line {n} ({line})" for line, n in lines.items() if line not in found]
        if strange:
            raise forms.ValidationError(
                f"Nobody of your people is asked under {', '.join(strange[:10])}. Correct the "
                "list; nothing is recorded yet."
            )
        return list(found.values())


class DutyForm(forms.Form):
    """A duty to sign. The audience is the language of the filter's profiles."""

    key = forms.SlugField(
        label="Short name", max_length=50, help_text="Small letters and hyphens: sign-use."
    )
    title = forms.CharField(label="Title, as people read it", max_length=120)
    clause = forms.ModelChoiceField(
        label="Clause on which it rests",
        queryset=Clause.objects.none(),
        to_field_name="key",
        empty_label=None,
    )
    roles = forms.MultipleChoiceField(
        label="Who signs", choices=Role.choices, widget=forms.CheckboxSelectMultiple
    )
    site_kinds = forms.MultipleChoiceField(
        label="Only at these kinds of site",
        choices=SiteKind.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="None chosen: everywhere.",
    )
    sites = forms.ModelMultipleChoiceField(
        label="Only at these sites",
        queryset=Site.objects.all(),
        to_field_name="key",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="None chosen: everywhere.",
    )
    sentence = forms.CharField(
        label="The sentence that people agree to",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    school_days = forms.IntegerField(
        label="School days that people have", min_value=1, max_value=200, initial=10
    )
    repeats_months = forms.IntegerField(
        label="Must be renewed after how many months",
        required=False,
        min_value=1,
        max_value=120,
        help_text="Left empty: only when the words change.",
    )

    def __init__(self, data: Any = None, *, initial: Any = None, fixed_key: bool = False) -> None:
        super().__init__(data, initial=initial)
        on = timezone.localdate()
        bound = ClauseText.objects.in_force(on).filter(lang="en").values("clause")
        self.fields["clause"].queryset = Clause.objects.filter(pk__in=bound)  # type: ignore[attr-defined]
        if fixed_key:
            del self.fields["key"]

    def audience(self) -> dict[str, Any]:
        chosen = self.cleaned_data
        found: dict[str, Any] = {"roles": chosen["roles"]}
        if chosen["site_kinds"]:
            found["site_kinds"] = chosen["site_kinds"]
        if chosen["sites"]:
            found["sites"] = sorted(site.key for site in chosen["sites"])
        return found


def duty_facts(duty: Duty) -> dict[str, Any]:
    """A duty as the form begins with it."""
    return {
        "key": duty.key,
        "title": duty.title,
        "clause": duty.clause.key,
        "roles": duty.audience.get("roles", []),
        "site_kinds": duty.audience.get("site_kinds", []),
        "sites": duty.audience.get("sites", []),
        "sentence": duty.sentence,
        "school_days": duty.school_days,
        "repeats_months": duty.repeats_months,
    }


class QuestionForm(forms.Form):
    """A question with one right and one to three wrong answers; each says why."""

    prompt = forms.CharField(label="Question", max_length=400)
    right = forms.CharField(label="The right answer", max_length=300)
    right_why = forms.CharField(label="Why it is right", max_length=500)
    wrong_1 = forms.CharField(label="A wrong answer", max_length=300)
    wrong_1_why = forms.CharField(label="Why it is wrong", max_length=500)
    wrong_2 = forms.CharField(label="Another wrong answer", max_length=300, required=False)
    wrong_2_why = forms.CharField(label="Why that is wrong", max_length=500, required=False)

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        if bool(found.get("wrong_2")) != bool(found.get("wrong_2_why")):
            self.add_error("wrong_2_why", "Say why the answer is wrong, or leave both empty.")
        return found

    def choices(self) -> list[dict[str, Any]]:
        """In an order that does not give the answer away: by their words."""
        said = self.cleaned_data
        found = [{"text": said["right"], "why": said["right_why"], "right": True}]
        for name in ("wrong_1", "wrong_2"):
            if said.get(name):
                found.append({"text": said[name], "why": said[f"{name}_why"], "right": False})
        return sorted(found, key=lambda choice: str(choice["text"]).lower())


class NoSchoolForm(forms.Form):
    name = forms.CharField(label="What it is", max_length=100, help_text="Such as: winter break.")
    first = forms.DateField(label="First day", widget=_DAY)
    last = forms.DateField(
        label="Last day", required=False, widget=_DAY, help_text="Left empty: one day."
    )

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        found["last"] = found.get("last") or found.get("first")
        if found.get("first") and found["last"] < found["first"]:
            self.add_error("last", "The last day comes after the first.")
        return found


class NoticeForm(forms.Form):
    clauses = forms.ModelMultipleChoiceField(
        label="Clauses that tell people that they are monitored",
        queryset=Clause.objects.none(),
        to_field_name="key",
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, data: Any = None, *, initial: Any = None, on: date | None = None) -> None:
        super().__init__(data, initial=initial)
        texts = ClauseText.objects.in_force(on or timezone.localdate()).filter(lang="en")
        words = {text.clause_id: text for text in texts.order_by("clause__policy", "order")}
        field: Any = self.fields["clauses"]
        field.queryset = Clause.objects.filter(pk__in=words)
        field.label_from_instance = lambda clause: f"{clause.key}: {_said(words[clause.pk])}"


def _said(text: ClauseText) -> str:
    said = text.plain or text.official
    return said if len(said) <= 150 else f"{said[:149]}…"
