"""What one's own page shows of the reasons that one wrote at warnings."""

from __future__ import annotations

from typing import Any

from django import template

from hornbook.district.filtering.access import reasons_of
from hornbook.district.filtering.models import Rule
from hornbook.district.people.models import Person
from hornbook.district.records.law import schedule

register = template.Library()
NEWEST = 200


@register.inclusion_tag("filtering/_own_reasons.html")
def own_reasons(person: Person) -> dict[str, Any]:
    """The newest first, and how long they are kept; nothing where there is none."""
    found = reasons_of(person)
    names = dict(Rule.objects.values_list("key", "name"))
    rows = [{"reason": one, "rule": names.get(one.rule, one.rule)} for one in found[:NEWEST]]
    total = found.count() if len(rows) == NEWEST else len(rows)
    return {"rows": rows, "total": total, "kept": schedule().entries["activity"].words}
