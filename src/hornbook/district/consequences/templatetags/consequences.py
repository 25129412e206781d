"""What one's own page shows of what follows and of charges."""

from __future__ import annotations

from typing import Any

from django import template

from hornbook.district.conduct.models import Consequence
from hornbook.district.people.models import Person

register = template.Library()


@register.inclusion_tag("consequences/_own.html")
def own_consequences(person: Person) -> dict[str, Any]:
    """The newest first; nothing where there is none."""
    rows = Consequence.objects.filter(decision__case__subject=person).order_by("-made_at")
    return {"rows": rows[:20], "charges": person.charges.all()[:20]}
