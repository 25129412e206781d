"""What templates of cases share: the way of a case as a line of steps, outcomes in words."""

from __future__ import annotations

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from hornbook.district.conduct.models import Case, Stage
from hornbook.district.conduct.process.outcomes import outcomes

register = template.Library()


@register.simple_tag
def way(case: Case) -> SafeString:
    """Every stage in order; where the case is, and what lies behind it."""
    stages = list(Stage)
    here = stages.index(Stage(case.stage))
    rows = []
    for n, stage in enumerate(stages):
        look = "here" if n == here else "past" if n < here else "to-come"
        said = " (now)" if n == here else ""
        rows.append((look, stage.label, said))
    items = format_html_join(
        "", '<li class="{}">{}<span class="visually-hidden">{}</span></li>', rows
    )
    return format_html('<ol class="way" aria-label="The way of this case">{}</ol>', items)


@register.filter
def outcome_words(key: str) -> str:
    found = outcomes().get(key)
    return found.words if found else key
