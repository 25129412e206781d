"""Forms of the case room, one for each thing that can be done."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms

from hornbook.district.conduct.actions.evidence import add_file
from hornbook.district.conduct.files import MOST, BadFile, Cleaned, clean
from hornbook.district.conduct.forms import day_field, words_field
from hornbook.district.conduct.models import (
    Allegation,
    Appeal,
    Case,
    Consequence,
    Finding,
    Notice,
    Party,
    Seat,
)
from hornbook.district.conduct.papers import CopyLaw
from hornbook.district.conduct.process.facts import upheld_allegations
from hornbook.district.conduct.process.outcomes import days, outcomes, severities
from hornbook.district.conduct.process.statutes import statute_of
from hornbook.district.filtering.models import Category, CategoryKind
from hornbook.district.people.models import Person, Role
from hornbook.district.policy.models import ClauseText
from hornbook.district.records.forms import PersonField


class OfCase(forms.Form):
    """A form about one case; ``submit`` is what its button says."""

    submit = "Do it"

    def __init__(self, case: Case, data: Any = None, files: Any = None) -> None:
        super().__init__(data, files, label_suffix="")
        self.case = case
        self.prepare()

    def prepare(self) -> None:
        """Choices that depend on the case."""

    def people(self, name: str) -> None:
        field: Any = self.fields[name]
        field.people = Person.objects.filter(active=True)


class _Texts(forms.ModelChoiceField[ClauseText]):
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.version}: {obj.official[:110]}"


class SubjectForm(OfCase):
    submit = "This is whom it is about"
    person = PersonField(label="Whom the case is about", help_text="Name or e-mail.")

    def prepare(self) -> None:
        self.people("person")


class SeatForm(OfCase):
    submit = "Let them in"
    person = PersonField(label="Who needs to know", help_text="Name or e-mail.")
    capacity = forms.ChoiceField(
        label="As what", choices=[row for row in Seat.Capacity.choices if row[0] != "lead"]
    )
    why = forms.CharField(label="Why they need to know", max_length=300)

    def prepare(self) -> None:
        field: Any = self.fields["person"]
        staff = set(Role) - {Role.STUDENT, Role.GUARDIAN}
        field.people = Person.objects.filter(active=True, roles__role__in=staff).distinct()


class PartyForm(OfCase):
    submit = "Add them"
    name = forms.CharField(label="Name", max_length=200)
    part = forms.ChoiceField(label="What they have to do with it", choices=Party.Part.choices)


class TaskForm(OfCase):
    submit = "Add the task"
    words = forms.CharField(label="What is to be done", max_length=300)
    owner = forms.ModelChoiceField(
        label="Who does it", queryset=Person.objects.none(), required=False, empty_label="Anybody"
    )
    due_on = day_field("By when", required=False)

    def prepare(self) -> None:
        field: Any = self.fields["owner"]
        seats = self.case.seats.filter(ended_at__isnull=True)
        field.queryset = Person.objects.filter(pk__in=seats.values("person"))


class AllegeForm(OfCase):
    submit = "Allege it"
    text = _Texts(
        label="Which wording",
        queryset=ClauseText.objects.none(),
        empty_label="Choose one",
        help_text="Only wording that was in force on the day of what happened.",
    )
    words = words_field("What was done", 3)

    def prepare(self) -> None:
        field: Any = self.fields["text"]
        texts = ClauseText.objects.in_force(self.case.conduct_on).filter(lang="en")
        field.queryset = texts.exclude(holder="district").order_by("clause__key")


class NoticeForm(OfCase):
    submit = "Give notice"
    how = forms.ChoiceField(label="How it is given", choices=Notice.How.choices)
    school_days = forms.IntegerField(
        label="School days to answer",
        min_value=1,
        max_value=60,
        help_text="The rule gives at least",
    )
    more = words_field("Anything else to say", 3, required=False)

    def prepare(self) -> None:
        least = days("answer")
        self.fields["school_days"].initial = least
        self.fields["school_days"].help_text = f"At least {least}. It runs from today."


class AnswerForm(OfCase):
    submit = "Write it down"
    words = words_field("What they said", 4, required=False)
    declined = forms.BooleanField(label="They said that they will say nothing", required=False)
    how = forms.CharField(
        label="How they said it", max_length=200, help_text="Such as: in a talk, with their father."
    )


class FindForm(OfCase):
    submit = "Find"
    allegation = forms.ModelChoiceField(
        label="Which allegation", queryset=Allegation.objects.none(), empty_label=None
    )
    result = forms.ChoiceField(label="What was found", choices=Finding.Result.choices)
    reason = words_field("Why", 3)

    def prepare(self) -> None:
        field: Any = self.fields["allegation"]
        rows = self.case.allegations.filter(withdrawn_at__isnull=True)
        field.queryset = rows.select_related("clause_text__clause", "clause_text__revision")
        field.label_from_instance = lambda row: f"{row.clause_text}: {row.words[:100]}"


class StatuteForm(OfCase):
    submit = "Find on the statute"
    met = forms.MultipleChoiceField(
        label="What is met", required=False, widget=forms.CheckboxSelectMultiple
    )
    reason = words_field("Why", 3)

    def prepare(self) -> None:
        law = statute_of(self.case.kind, self.case.conduct_on)
        field: Any = self.fields["met"]
        if law is not None:
            field.choices = list(law.elements.items())
            field.help_text = f"{law.title}. {law.citation}"


class DecideForm(OfCase):
    submit = "Decide"
    severity = forms.ChoiceField(label="How severe it was", widget=forms.RadioSelect)
    repeat = forms.BooleanField(label="It happened before, and was decided then", required=False)
    outcome = forms.ChoiceField(label="What follows, at most", widget=forms.RadioSelect)
    reason = words_field("Why", 4, help_text="The subject reads this.")
    outside_why = words_field(
        "Why this is unlike alike cases", 2, required=False, help_text="Only where it is."
    )
    advice_why = words_field(
        "Why something follows from words that only advise",
        2,
        required=False,
        help_text="Only where they do.",
    )

    def prepare(self) -> None:
        severity: Any = self.fields["severity"]
        severity.choices = list(severities().items())
        outcome: Any = self.fields["outcome"]
        outcome.choices = [(one.key, one.words) for one in outcomes().values()]


class ClosedForm(OfCase):
    """What is closed for somebody."""

    only = forms.BooleanField(label="Only what is essential stays open", required=False)
    categories = forms.ModelMultipleChoiceField(
        label="Kinds of sites that are closed",
        queryset=Category.objects.filter(kind=CategoryKind.TOPIC),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )


class FollowForm(ClosedForm):
    submit = "Begin it"
    field_order = ("sort", "text", "words", "ends_on", "only", "categories")
    sort = forms.ChoiceField(label="What follows", choices=Consequence.Sort.choices)
    text = _Texts(label="Under which wording", queryset=ClauseText.objects.none(), empty_label=None)
    words = forms.CharField(
        label="In words", max_length=500, help_text="The subject reads this: what, and how it ends."
    )
    ends_on = day_field("Last day", required=False, help_text="Needed for restricted access.")

    def prepare(self) -> None:
        field: Any = self.fields["text"]
        grounds = [row.clause_text_id for row in upheld_allegations(self.case)]
        texts = ClauseText.objects.filter(pk__in=grounds)
        field.queryset = texts.select_related("clause", "revision")


class EmergencyForm(ClosedForm):
    submit = "Restrict now"
    field_order = ("text", "reason", "only", "categories")
    text = _Texts(label="Under which wording", queryset=ClauseText.objects.none(), empty_label=None)
    reason = words_field("Which danger cannot wait until somebody was heard", 3)

    def prepare(self) -> None:
        field: Any = self.fields["text"]
        field.queryset = ClauseText.objects.filter(
            allegations__case=self.case, valid_to__isnull=True
        ).select_related("clause", "revision")


class HearForm(OfCase):
    submit = "Answer the appeal"
    result = forms.ChoiceField(
        label="What becomes of the decision",
        choices=Appeal.Result.choices,
        widget=forms.RadioSelect,
    )
    reason = words_field("Why", 4, help_text="The subject reads this.")


class ReasonForm(OfCase):
    submit = "Do it"
    reason = words_field("Why", 2)


class HandOverForm(OfCase):
    submit = "Hand it over"
    to = PersonField(label="Who runs it from now on", help_text="Name or e-mail.")
    why = forms.CharField(label="Why", max_length=300)

    def prepare(self) -> None:
        self.people("to")


class LinkForm(OfCase):
    submit = "Link it"
    name = forms.CharField(label="What it is", max_length=200)
    pointer = forms.CharField(
        label="Where it lies", max_length=200, help_text="Such as: purpose 12, finding 4, export 7."
    )
    why = forms.CharField(label="Why it belongs here", max_length=300)


class FileForm(OfCase):
    submit = "Take it in"
    file = forms.FileField(
        label="The file", help_text="A picture, a PDF or plain text, up to 8 MB, exactly as it is."
    )
    name = forms.CharField(label="What it is", max_length=200)
    why = forms.CharField(label="Where it comes from", max_length=300)

    def clean_file(self) -> Cleaned:
        try:
            return clean(self.cleaned_data["file"].read(MOST + 1), keep_original=True)
        except BadFile as error:
            raise forms.ValidationError(str(error)) from error


class CopyForm(OfCase):
    """``laws``: the sorts of copies that the viewer may make."""

    sort = forms.ChoiceField(label="Which copy", widget=forms.RadioSelect)
    to = forms.CharField(label="Who gets it", max_length=200)
    email = forms.EmailField(
        label="Their e-mail",
        required=False,
        help_text="Corrections are told to this address. No copy is sent by mail.",
    )
    why = forms.CharField(
        label="Why they get it", max_length=250, help_text="It stands on the copy."
    )

    def __init__(self, case: Case, laws: Iterable[CopyLaw], data: Any = None) -> None:
        self._laws = list(laws)
        super().__init__(case, data)

    def prepare(self) -> None:
        field: Any = self.fields["sort"]
        field.choices = [(law.key, law.label) for law in self._laws]
        field.initial = self._laws[0].key


def take_in(case: Case, who: Person, told: dict[str, Any]) -> object:
    """The file of ``FileForm`` as evidence."""
    return add_file(case, actor=who, **told)
