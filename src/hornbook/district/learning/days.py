"""School days: people are given time in days on which they work.

Monday to Friday without the breaks that human resources keeps (``NoSchool``); a day that stands in
the filter's calendar (``filtering.SchoolDay``) is as it says there. The filter reads the same two.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from hornbook.district.filtering.models import SchoolDay
from hornbook.district.learning.models import NoSchool

_SATURDAY = 5
_LONGEST = 1000
_A_DAY = timedelta(days=1)
IsSchoolDay = Callable[[date], bool]


def calendar() -> IsSchoolDay:
    """Is that day a school day? Two questions to the database, for as many days as wanted."""
    breaks = list(NoSchool.objects.values_list("first", "last"))
    single = dict(SchoolDay.objects.values_list("day", "closed"))

    def is_school_day(day: date) -> bool:
        if day in single:
            return not single[day]
        return day.weekday() < _SATURDAY and not any(first <= day <= last for first, last in breaks)

    return is_school_day


def after(day: date, school_days: int, is_school_day: IsSchoolDay | None = None) -> date:
    """The day that many school days later; with 0 the day itself, or the next school day."""
    return _walk(day, school_days, _A_DAY, is_school_day or calendar())


def before(day: date, school_days: int, is_school_day: IsSchoolDay | None = None) -> date:
    """The day that many school days earlier; with 0 the day itself, or the school day before."""
    return _walk(day, school_days, -_A_DAY, is_school_day or calendar())


def _walk(day: date, school_days: int, step: timedelta, is_school_day: IsSchoolDay) -> date:
    """A calendar without any school day ends the walk after ``_LONGEST`` days."""
    left = school_days
    for _ in range(_LONGEST):
        if is_school_day(day):
            if left == 0:
                return day
            left -= 1
        day += step
    return day
