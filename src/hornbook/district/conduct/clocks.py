"""School days of the district: Monday to Friday, without the days that two calendars close.

Human resources keeps breaks (``learning.NoSchool``), IT single days (``filtering.SchoolDay``).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta

from django.utils import timezone

from hornbook.district.filtering.models import SchoolDay
from hornbook.district.learning import days

IsSchoolDay = Callable[[date], bool]


def calendar() -> IsSchoolDay:
    """Is that day a school day? Two questions to the database, for as many days as wanted."""
    opened = days.calendar()
    closed = set(SchoolDay.objects.filter(closed=True).values_list("day", flat=True))
    return lambda day: opened(day) and day not in closed


def after(day: date, school_days: int, is_school_day: IsSchoolDay | None = None) -> date:
    """The day that many school days later; with 0 the day itself, or the next school day."""
    return days.after(day, school_days, is_school_day or calendar())


def closes_at(day: date) -> datetime:
    """The midnight behind that day, in district time."""
    return timezone.make_aware(datetime.combine(day + timedelta(days=1), time()))
