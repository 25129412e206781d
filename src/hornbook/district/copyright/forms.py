"""Forms for notices, counter-notices and the agent."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone

from hornbook.district.copyright.models import Agent, Notice
from hornbook.district.incidents.forms import clauses_in_force
from hornbook.district.people.models import Person
from hornbook.district.policy.models import Clause
from hornbook.district.records.forms import PersonField


def _text(label: str, rows: int, **more: Any) -> forms.CharField:
    return forms.CharField(label=label, widget=forms.Textarea(attrs={"rows": rows}), **more)


class NoticeForm(forms.Form):
    """From anybody. Only what is needed to answer must be there; the rest is told as missing."""

    claimant = forms.CharField(label="Your name", max_length=200)
    email = forms.EmailField(label="Your e-mail address")
    phone = forms.CharField(label="Your telephone number", max_length=40, required=False)
    address = forms.CharField(label="Your postal address", max_length=300, required=False)
    owner = forms.CharField(label="Who owns the right, if not you", max_length=200, required=False)
    works = _text(
        "Which work is it about?",
        3,
        max_length=4000,
        help_text="Title and maker, or a list of the works.",
    )
    material = _text(
        "Which material should be taken down, and where is it?",
        3,
        max_length=4000,
        help_text="Addresses, or the class and page: enough for us to find it.",
    )
    good_faith = forms.BooleanField(
        label="I believe in good faith that this use is not authorized by the owner, its agent "
        "or the law.",
        required=False,
    )
    perjury = forms.BooleanField(
        label="What I write is accurate, and under penalty of perjury: I may act for the owner.",
        required=False,
    )
    signature = forms.CharField(
        label="Sign with your full name",
        max_length=200,
        required=False,
        help_text="Typing it is an electronic signature.",
    )


class DeskNoticeForm(NoticeForm):
    """One that came by mail or letter, written down by the desk."""

    via = forms.ChoiceField(
        label="How it came",
        choices=[(one.value, one.label) for one in (Notice.Via.MAIL, Notice.Via.PAPER)],
    )

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        for name in ("email", "works", "material"):
            self.fields[name].required = False


class MoreForm(NoticeForm):
    """What came later: everything may stay empty."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        for field in self.fields.values():
            field.required = False


class CounterForm(forms.Form):
    """All four elements of 512(g)(3) or none: an incomplete one starts no clock."""

    name = forms.CharField(label="Your full name", max_length=200)
    address = forms.CharField(label="Your postal address", max_length=300)
    phone = forms.CharField(label="Your telephone number", max_length=40)
    email = forms.EmailField(label="Your e-mail address", required=False)
    material = _text("What was taken down, and where was it before?", 3, max_length=4000)
    reasons = _text("Why is it a mistake?", 3, max_length=4000, required=False)
    perjury = forms.BooleanField(
        label="Under penalty of perjury: I believe in good faith that it was taken down by "
        "mistake or because it was taken for something else."
    )
    consent = forms.BooleanField(
        label="I consent to the jurisdiction of the Federal District Court for my address, and "
        "accept service of process from the one who complained."
    )
    signature = forms.CharField(
        label="Sign with your full name",
        max_length=200,
        help_text="Typing it is an electronic signature.",
    )

    def told(self) -> dict[str, Any]:
        """What is kept: the two statements were made, or the form would not be valid."""
        return {k: v for k, v in self.cleaned_data.items() if k not in ("perjury", "consent")}


class AgentForm(forms.Form):
    name = forms.CharField(label="Name or title of the designated agent", max_length=200)
    organization = forms.CharField(label="Organization", max_length=200)
    address = forms.CharField(label="Postal address", max_length=300)
    phone = forms.CharField(label="Telephone", max_length=40)
    email = forms.EmailField(label="E-mail address")
    registration = forms.CharField(
        label="Registration number at the Copyright Office", max_length=60, required=False
    )
    registered_on = forms.DateField(
        label="Registered or renewed on",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text="It must be renewed within three years (37 CFR 201.38(c)(4)).",
    )
    clause = forms.ModelChoiceField(
        label="The clause on copyright",
        required=False,
        queryset=Clause.objects.none(),
        to_field_name="key",
        empty_label="None yet",
        help_text="Without it nobody's material can be taken down as somebody's.",
    )

    def __init__(self, data: Any, agent: Agent | None) -> None:
        names = list(self.base_fields)
        first = {name: getattr(agent, name) for name in names} if agent else {}
        if agent and agent.clause:
            first["clause"] = agent.clause.key
        super().__init__(data, initial=first)
        clause: Any = self.fields["clause"]
        clause.queryset = clauses_in_force()

    def clean_registered_on(self) -> Any:
        day = self.cleaned_data["registered_on"]
        if day and day > timezone.localdate():
            raise forms.ValidationError("That day is in the future.")
        return day


class DisableForm(forms.Form):
    subscriber = PersonField(
        label="Whose material it is",
        required=False,
        help_text="Name or e-mail. They are told how to answer. Empty: nobody here.",
    )

    def __init__(self, data: Any = None, **more: Any) -> None:
        super().__init__(data, **more)
        subscriber: Any = self.fields["subscriber"]
        subscriber.people = Person.objects.filter(active=True)


class WordsForm(forms.Form):
    words = _text("What you did", 2, max_length=450)


class ReasonForm(forms.Form):
    reason = _text("Why it is not acted on", 2, max_length=450)
