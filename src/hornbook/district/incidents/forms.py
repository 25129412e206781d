"""What people type about incidents and breaches."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils import timezone

from hornbook.district.incidents.breach_actions import HOW, About, Someone, read_people
from hornbook.district.incidents.law import law
from hornbook.district.incidents.models import Breach, Desk, GivenAway
from hornbook.district.policy.models import Clause, ClauseText

AGO = ((1, "Today"), (7, "In the last days"), (30, "Longer ago, or I do not know"))
MOST_PEOPLE = 20_000


def _text(label: str, rows: int, **more: Any) -> forms.CharField:
    return forms.CharField(label=label, widget=forms.Textarea(attrs={"rows": rows}), **more)


def _day(label: str, **more: Any) -> forms.DateField:
    return forms.DateField(
        label=label, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **more
    )


class MoreForm(forms.Form):
    """What the person remembers; nothing of it is needed for the account to be safe."""

    how = forms.ChoiceField(
        label="How did it happen?",
        choices=GivenAway.How.choices,
        initial=GivenAway.How.UNSURE,
        widget=forms.RadioSelect,
    )
    days_ago = forms.TypedChoiceField(
        label="When was it?", choices=AGO, initial=7, coerce=int, widget=forms.RadioSelect
    )
    others = forms.ChoiceField(
        label="With your account, can one see data of students or staff?",
        choices=GivenAway.Data.choices,
        initial=GivenAway.Data.UNSURE,
        widget=forms.RadioSelect,
    )
    elsewhere = forms.BooleanField(
        label="I use the same password somewhere else",
        required=False,
        help_text="Then change it there today, too.",
    )
    words = _text(
        "Anything else that helps us",
        3,
        required=False,
        max_length=2000,
        help_text="Never write a password here.",
    )


class OutsideForm(forms.Form):
    """From somebody who cannot sign in."""

    email = forms.EmailField(label="Your e-mail address at the District")
    reach = forms.CharField(
        label="How can we reach you now?",
        max_length=200,
        required=False,
        help_text="A telephone number is best.",
    )
    words = _text(
        "What happened?",
        3,
        required=False,
        max_length=1000,
        help_text="Never write a password here.",
    )


class NoteForm(forms.Form):
    words = _text("What you did", 2, max_length=450)


class FinishForm(forms.Form):
    finding = _text("What was found", 3, max_length=2000, help_text="Facts, no blame.")


class DeskForm(forms.Form):
    phone = forms.CharField(label="Telephone of the IT desk", max_length=40, required=False)
    place = forms.CharField(
        label="Where it is, and when somebody is there", max_length=200, required=False
    )
    account_clause = forms.ModelChoiceField(
        label="The clause that lets IT close an account that was taken over",
        required=False,
        queryset=Clause.objects.none(),
        to_field_name="key",
        empty_label="None yet",
        help_text="Without it only people themselves can close their account.",
    )
    lesson_clause = forms.ModelChoiceField(
        label="The clause that the lesson explains",
        required=False,
        queryset=Clause.objects.none(),
        to_field_name="key",
        empty_label="None yet",
    )

    def __init__(self, data: Any, desk: Desk) -> None:
        first = {
            "phone": desk.phone,
            "place": desk.place,
            "account_clause": desk.account_clause.key if desk.account_clause else None,
            "lesson_clause": desk.lesson_clause.key if desk.lesson_clause else None,
        }
        super().__init__(data, initial=first)
        for name in ("account_clause", "lesson_clause"):
            field: Any = self.fields[name]
            field.queryset = clauses_in_force()


def clauses_in_force() -> QuerySet[Clause]:
    """Those with a wording that binds today."""
    texts = ClauseText.objects.in_force(timezone.localdate()).values("clause")
    return Clause.objects.filter(pk__in=texts)


# --- breaches -----------------------------------------------------------------------------------


class BreachForm(forms.Form):
    title = forms.CharField(label="Name it in a few words", max_length=120)
    what = _text(
        "What happened",
        4,
        max_length=4000,
        help_text="These words stand in the letters: say it so that a parent understands it.",
    )
    discovered_on = _day("Discovered on")
    happened_on = _day("Happened on or about", required=False)
    kinds = forms.MultipleChoiceField(
        label="Which kinds of information, together with a name, may be out?",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Choose none while none of these is known to be out.",
    )
    unreadable = forms.BooleanField(
        label="All of it was encrypted or redacted, and no key was taken", required=False
    )
    owner = forms.CharField(
        label="Whose information it is, if not the District's own",
        max_length=200,
        required=False,
        help_text="For example a vendor or another district. They must be told at once.",
    )

    def __init__(self, data: Any, breach: Breach | None = None) -> None:
        names = list(self.base_fields)
        first = {name: getattr(breach, name) for name in names} if breach else {}
        super().__init__(data, initial=first or {"discovered_on": timezone.localdate()})
        kinds: Any = self.fields["kinds"]
        kinds.choices = [(kind.key, kind.title) for kind in law().kinds.values()]

    def clean(self) -> dict[str, Any]:
        told: dict[str, Any] = super().clean() or {}
        found, happened = told.get("discovered_on"), told.get("happened_on")
        if found and found > timezone.localdate():
            self.add_error("discovered_on", "That day is in the future.")
        if found and happened and happened > found:
            self.add_error("happened_on", "It cannot have happened after it was discovered.")
        return told

    def about(self) -> About:
        told = self.cleaned_data
        return About(**told | {"kinds": tuple(told["kinds"])})


class PeopleForm(forms.Form):
    people = _text(
        "One person a line: name; street; city; state; ZIP; e-mail",
        8,
        help_text="From a spreadsheet: copy the columns and paste them. "
        "The state is two letters. Whoever is on the list already stays once.",
    )

    def clean_people(self) -> list[Someone]:
        found, wrong = read_people(self.cleaned_data["people"])
        if wrong:
            more = [f"and {len(wrong) - 5} more lines"] if len(wrong) > 5 else []
            raise ValidationError([*wrong[:5], *more])
        if len(found) > MOST_PEOPLE:
            raise ValidationError(f"Paste at most {MOST_PEOPLE:,} lines at a time.")
        return found


class DetermineForm(forms.Form):
    harm_likely = forms.ChoiceField(
        label="Is financial harm to these people reasonably likely?",
        choices=(("yes", "Yes, or we cannot rule it out"), ("no", "No")),
        widget=forms.RadioSelect,
    )
    reasons = _text("What was investigated, and the grounds", 4, max_length=8000)
    consulted = forms.CharField(
        label="Which law-enforcement agency was consulted", max_length=300, required=False
    )


class HoldForm(forms.Form):
    agency = forms.CharField(label="Which agency asked in writing", max_length=200)
    since = _day("On which day")


class DayForm(forms.Form):
    on = _day("On which day")

    def __init__(self, data: Any = None, **more: Any) -> None:
        super().__init__(data, initial={"on": timezone.localdate()}, **more)


class ToldForm(DayForm):
    how = forms.ChoiceField(label="How", choices=list(HOW.items()))
