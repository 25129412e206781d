"""A rule as people write it: who, what, when, and under which clause."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone

from hornbook.district.filtering.access import OVERRIDES
from hornbook.district.filtering.compiler.windows import DAY_NAMES, BadWindow, read_windows
from hornbook.district.filtering.models import Action, Category, Profile, Rule
from hornbook.district.policy.models import Clause, ClauseText, LegalBasis
from hornbook.kernel.rulebook import LONGEST_PASS

NOT_CHOSEN = (LegalBasis.CIPA_MINOR, LegalBasis.CIPA_ADULT, LegalBasis.PROTECTED, LegalBasis.CLASS)


ASK_WHY = "ask-why"  # a rule that warns and has minutes


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
            (ASK_WHY, "Warn, and let people go on with a reason"),
            (Action.INSPECT, "Look inside: judge page by page, and look at texts and pictures"),
        ],
        help_text="Before you look inside: tell people (the notice of monitoring), and give their "
        "devices the District’s authority (Devices). Banks, health, counsel and crisis lines are "
        "never looked into.",
    )
    minutes = forms.IntegerField(
        label="After a warning: for how many minutes",
        required=False,
        min_value=1,
        max_value=LONGEST_PASS,
        help_text="Of a rule that warns. It also ends when the hours of the rules change. The "
        "warning is shown on pages that come by the proxy and can be seen there; elsewhere the "
        "site opens, and the record says that it was warned of.",
    )
    unknown_too = forms.BooleanField(
        label="After a warning: people whom the filter does not know may go on too", required=False
    )
    keeps_paths = forms.BooleanField(
        label="Looking inside: keep in the record which page it was",
        required=False,
        help_text="Without what stands behind a question mark. A page says more about somebody "
        "than a site: only a purpose with a second person opens it.",
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
        choices=[("", "Nobody"), *((role.value, role.label) for role in OVERRIDES)],
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
        self._settle_action(data)
        return data

    def _settle_action(self, data: dict[str, Any]) -> None:
        """What goes with the chosen action; asking why is stored as *warn* with minutes."""
        asks = data.get("action") == ASK_WHY
        if asks and not data.get("minutes") and "minutes" not in self.errors:
            self.add_error("minutes", "Say for how many minutes a reason opens the site.")
        data["minutes"] = (data.get("minutes") or 0) if asks else 0
        data["known_only"] = not (asks and data.get("unknown_too"))
        data["keeps_paths"] = data.get("action") == Action.INSPECT and data.get(
            "keeps_paths", False
        )
        if asks:
            data["action"] = Action.WARN

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
        "action": ASK_WHY if rule.minutes else rule.action,
        "minutes": rule.minutes or None,
        "unknown_too": not rule.known_only,
        "keeps_paths": rule.keeps_paths,
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
