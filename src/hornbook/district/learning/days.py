"""School days: people are given time in days on which they work."""

from __future__ import annotations

from datetime import date, timedelta

_SATURDAY = 5
_LONGEST = 1000


def is_school_day(day: date) -> bool:
    return day.weekday() < _SATURDAY


def after(day: date, school_days: int) -> date:
    """The day that many school days later; with 0 the day itself, or the next school day."""
    found = day
    while not is_school_day(found):
        found += timedelta(days=1)
    for _ in range(min(school_days, _LONGEST)):
        found += timedelta(days=1)
        while not is_school_day(found):
            found += timedelta(days=1)
    return found


def before(day: date, school_days: int) -> date:
    """The day that many school days earlier; with 0 the day itself, or the school day before."""
    found = day
    while not is_school_day(found):
        found -= timedelta(days=1)
    for _ in range(min(school_days, _LONGEST)):
        found -= timedelta(days=1)
        while not is_school_day(found):
            found -= timedelta(days=1)
    return found
