"""A light as it stands on a tile."""

from __future__ import annotations

from functools import cache

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from hornbook.district.policy.coverage.lights import STATE_WORDS, Lit, State
from hornbook.district.policy.coverage.models import Light

register = template.Library()


@register.filter
def lamp(lit: Lit) -> SafeString:
    """Its shape, for the eye; the words beside it say the same."""
    return _lamp(lit.state)


@register.filter
def lamp_item(lit: Lit) -> SafeString:
    """A line of a tile's list. There are twenty of them, and a map has hundreds of tiles."""
    return _item(lit.light, lit.state)


@cache
def _lamp(state: State) -> SafeString:
    return format_html(
        '<svg class="lamp lamp-{}" aria-hidden="true"><use href="#light-{}"/></svg>', state, state
    )


@cache
def _item(light: Light, state: State) -> SafeString:
    return format_html(
        '<li title="{0}">{1}<span class="initial" aria-hidden="true">{2}</span>'
        '<span class="visually-hidden">{0}</span></li>',
        f"{light.label}: {STATE_WORDS[state]}",
        _lamp(state),
        str(light.label)[:1],
    )
