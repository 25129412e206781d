"""The monitoring notice, for the sign-in page and the privacy page."""

from __future__ import annotations

from django import template
from django.utils import timezone

from hornbook.district.learning.notice import Notice, notice

register = template.Library()


@register.inclusion_tag("learning/_notice.html")
def monitoring_notice() -> dict[str, Notice]:
    """The clauses that the district chose, as worded today, and what is really kept."""
    return {"told": notice(timezone.localdate())}
