"""What templates share: badges for verdicts, force and legal basis, clause links, form controls."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms, template
from django.contrib.messages.storage.base import Message
from django.forms import BoundField
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from hornbook.district.filtering.models import Action
from hornbook.district.policy.models import Force, LegalBasis

register = template.Library()

# Shapes differ as well as colours. Sixteen units square, one path each.
_SHAPES = {
    "allow": "M2 8.500l4 4 8-9",
    "block": "M3 3l10 10M13 3L3 13",
    "warn": "M8 2v7M8 12.500v1",
    "look": "M11 11l4 4M12 7A5 5 0 1 1 2 7a5 5 0 0 1 10 0z",
    "turn": "M2 5h9a3 3 0 0 1 0 6H6M8 8l-3 3 3 3",
}
_VERDICTS = {
    Action.ALLOW: ("allow", "allow", "Allowed"),
    Action.BLOCK: ("block", "block", "Blocked"),
    Action.WARN: ("warn", "warn", "Warned"),
    Action.INSPECT: ("note", "look", "Looked inside"),
    Action.REWRITE: ("note", "turn", "Sent elsewhere"),
}
_FORCE_STYLES = {
    Force.MUST: "strong",
    Force.MUST_NOT: "strong",
    Force.SHALL: "strong",
    Force.NEVER: "strong",
    Force.PROMISE: "note",
    Force.DEFINITION: "soft",
}
_GRADES = {"KG": "K", "TK": "Transitional K", "PK": "Pre-K", "PR": "Preschool", "IT": "Infant"}
_ALERTS = {"error": "danger", "debug": "info"}


def tag(style: str, label: object, shape: str = "") -> SafeString:
    """A small label; ``shape`` is a key of the drawn shapes, hidden from screen readers."""
    picture: SafeString = mark_safe("")
    if shape:
        picture = format_html(
            '<svg viewBox="0 0 16 16" aria-hidden="true"><path d="{}" fill="none" '
            'stroke="currentColor" stroke-width="2.2" stroke-linecap="round"/></svg>',
            _SHAPES[shape],
        )
    return format_html('<span class="tag tag-{}">{}{}</span>', style, picture, label)


@register.filter
def verdict_badge(action: str) -> SafeString:
    """``block`` → the badge "Blocked"; an unknown action is shown as it is written."""
    style, shape, label = _VERDICTS.get(action, ("plain", "", action))  # type: ignore[call-overload]
    return tag(style, label, shape)


@register.filter
def force_badge(force: str) -> SafeString:
    """How strong the words are: filled for binding words, dashed for definitions."""
    label = Force(force).label if force in Force.values else force
    return tag(_FORCE_STYLES.get(force, "plain"), label)  # type: ignore[call-overload]


@register.filter
def basis_badge(basis: str) -> SafeString:
    """The legal basis in words."""
    return tag("plain", LegalBasis(basis).label if basis in LegalBasis.values else basis)


@register.filter
def clause_ref(version: str) -> SafeString | str:
    """``PRO-1@2`` → a link to the clause's page (the key alone where there is no such page)."""
    if not version:
        return ""
    try:
        address = reverse("clause", args=[version.split("@")[0]])
    except NoReverseMatch:
        return format_html('<span class="clause-key">{}</span>', version)
    return format_html('<a class="clause-key" href="{}">{}</a>', address, version)


@register.filter
def day(value: date | str) -> str:
    """A date, or one written as 2025-06-09, as "9 June 2025"; anything else as it is written."""
    try:
        moment = date.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        return str(value)
    return f"{moment:%-d %B %Y}"


@register.filter
def grade(code: str) -> str:
    """A grade as a school says it: ``03`` is "3", ``KG`` is "K" (CEDS codes of OneRoster)."""
    return _GRADES.get(code.upper(), code.lstrip("0") or code)


@register.filter
def alert_kind(message: Message) -> str:
    """Bootstrap's alert for the level of a message."""
    return _ALERTS.get(message.level_tag, message.level_tag)


@register.filter
def is_checkbox(field: BoundField) -> bool:
    return isinstance(field.field.widget, forms.CheckboxInput)


@register.filter
def control(field: BoundField) -> SafeString:
    """The field's widget with the class that the look needs."""
    widget = field.field.widget
    if isinstance(widget, forms.CheckboxInput):
        look = "form-check-input"
    elif isinstance(widget, forms.RadioSelect | forms.CheckboxSelectMultiple):
        return field.as_widget()
    else:
        look = "form-select" if isinstance(widget, forms.Select) else "form-control"
    if field.errors:
        look += " is-invalid"
    widget.attrs.pop("placeholder", None)  # the label says it, and stays when one types
    return field.as_widget(attrs={"class": f"{widget.attrs.get('class', '')} {look}".strip()})


@register.simple_tag(takes_context=True)
def page_link(context: dict[str, Any], number: int) -> str:
    """The same address with another ``page``; all other filters stay."""
    query = context["request"].GET.copy()
    query["page"] = str(number)
    return f"?{query.urlencode()}"
