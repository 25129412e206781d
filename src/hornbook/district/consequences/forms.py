"""Forms for accounts elsewhere and charges."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.conf import settings

from hornbook.district.consequences.charge_actions import MOST
from hornbook.district.consequences.outside import read_systems
from hornbook.district.incidents.forms import clauses_in_force
from hornbook.district.policy.models import Clause


def _text(label: str, rows: int, **more: Any) -> forms.CharField:
    return forms.CharField(label=label, widget=forms.Textarea(attrs={"rows": rows}), **more)


def _dollars(label: str, least: str, **more: Any) -> forms.DecimalField:
    return forms.DecimalField(
        label=label,
        min_value=Decimal(least),
        max_value=Decimal(MOST) / 100,
        decimal_places=2,
        **more,
    )


class SystemsForm(forms.Form):
    systems = forms.MultipleChoiceField(
        label="In which systems",
        widget=forms.CheckboxSelectMultiple,
        help_text="They are switched on again by themselves when this ends.",
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        field: Any = self.fields["systems"]
        known = read_systems(settings.INSTANCE).values()
        field.choices = [(system.key, system.name) for system in known]


class ChargeForm(forms.Form):
    what = forms.CharField(
        label="What it is for", max_length=200, help_text="For example: screen of laptop MV-017"
    )
    amount = _dollars("How many dollars", "0.01")
    clause = forms.ModelChoiceField(
        label="The clause that it rests on",
        queryset=Clause.objects.none(),
        to_field_name="key",
        empty_label="Choose",
    )
    evidence = _text(
        "What shows that it is so",
        3,
        max_length=4000,
        help_text="Bill, ticket number, photo number, who saw it. The person reads this.",
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        clause: Any = self.fields["clause"]
        clause.queryset = clauses_in_force()


class ContestForm(forms.Form):
    words = _text(
        "Why it is not right",
        4,
        max_length=4000,
        help_text="Another person reads it and decides. While they do, nothing is asked of you.",
    )


class HearForm(forms.Form):
    amount = _dollars("What is asked for from now on", "0", help_text="0 waives it.")
    reason = _text("Why", 3, max_length=4000, help_text="The person reads it.")


class SettleForm(forms.Form):
    how = forms.CharField(
        label="How it was settled",
        max_length=200,
        help_text="Paid at the office, by insurance, or made good. Never from pay.",
    )


class WaiveForm(forms.Form):
    reason = _text("Why it is not asked for any more", 2, max_length=2000)


def cents(dollars: Decimal) -> int:
    return int(dollars * 100)
