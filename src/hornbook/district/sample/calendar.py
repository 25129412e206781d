"""School years, grades and birth dates relative to a day, so that ages fit grades for ever."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

_STARTS = (8, 20)
_CUT_OFF = (9, 15)  # Iowa: five years old by 15 September to enter kindergarten


def school_year(today: date) -> int:
    """The calendar year in which the running school year began."""
    return today.year if (today.month, today.day) >= _STARTS else today.year - 1


def year_starts(today: date) -> date:
    return date(school_year(today), *_STARTS)


def hired(number: int, today: date) -> date:
    """Since when the employee of that number works here: one in six began this school year."""
    starts = year_starts(today)
    return starts if number % 6 == 5 else starts - timedelta(days=366)


def year_ends(today: date) -> date:
    return date(school_year(today) + 1, 6, 5)


def born_in_grade(grade: int, today: date, chance: Random) -> date:
    """A birth date of somebody in that grade (0: kindergarten) in the running school year."""
    last = date(school_year(today) - 5 - grade, *_CUT_OFF)
    return last - timedelta(days=chance.randrange(365))


def born_at_age(age: int, today: date) -> date:
    """A birth date that gives this age today and for some months more."""
    return today - timedelta(days=round(365.25 * age) + 60)


def grade_of(born: date, today: date) -> int:
    """The grade in the running school year of somebody born that day."""
    turned_five = born.year + 5 + ((born.month, born.day) > _CUT_OFF)
    return school_year(today) - turned_five


def grade_code(grade: int) -> str:
    """CEDS: ``KG``, ``01`` … ``12``."""
    return f"{grade:02}" if grade else "KG"
