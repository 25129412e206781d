"""Business days: Monday to Friday, without the legal public holidays of 5 U.S.C. 6103.

Statutes that count “business days” seldom say which. Whoever must not be late counts without
holidays, whoever must not be early counts with them: each caller says so.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache

_SATURDAY = 5
_A_DAY = timedelta(days=1)


def after(day: date, number: int, *, holidays: bool) -> date:
    """The business day that many business days after ``day``, which itself does not count.

    ``holidays``: they are no business days, so that the answer is later.
    """
    left = number
    while left:
        day += _A_DAY
        left -= is_business_day(day, holidays=holidays)
    return day


def is_business_day(day: date, *, holidays: bool) -> bool:
    return day.weekday() < _SATURDAY and not (holidays and day in public_holidays(day.year))


@cache
def public_holidays(year: int) -> frozenset[date]:
    """The days on which they are kept: of a Saturday the Friday, of a Sunday the Monday."""
    fixed = [date(year, 1, 1), date(year, 6, 19), date(year, 7, 4), date(year, 11, 11)]
    fixed += [date(year, 12, 25), date(year + 1, 1, 1)]  # the next one may be kept in December
    moving = [
        _nth(year, 1, 0, 3),  # Martin Luther King, Jr.
        _nth(year, 2, 0, 3),  # Washington
        _nth(year, 6, 0, 1) - timedelta(days=7),  # Memorial Day: the last Monday of May
        _nth(year, 9, 0, 1),  # Labor Day
        _nth(year, 10, 0, 2),  # Columbus Day
        _nth(year, 11, 3, 4),  # Thanksgiving
    ]
    return frozenset([*moving, *(_kept(day) for day in fixed)])


def _nth(year: int, month: int, weekday: int, number: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (number - 1))


def _kept(day: date) -> date:
    return day + {5: -_A_DAY, 6: _A_DAY}.get(day.weekday(), timedelta())
