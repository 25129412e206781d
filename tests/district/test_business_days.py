"""Business days, with and without holidays."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hornbook.district.business_days import after, is_business_day, public_holidays

DAYS = st.dates(date(2000, 1, 1), date(2100, 1, 1))


def test_the_holidays_of_a_known_year() -> None:
    assert sorted(public_holidays(2026)) == [
        date(2026, 1, 1),
        date(2026, 1, 19),
        date(2026, 2, 16),
        date(2026, 5, 25),
        date(2026, 6, 19),
        date(2026, 7, 3),  # the Fourth is a Saturday
        date(2026, 9, 7),
        date(2026, 10, 12),
        date(2026, 11, 11),
        date(2026, 11, 26),
        date(2026, 12, 25),
        date(2027, 1, 1),
    ]


def test_new_years_day_on_a_saturday_is_kept_in_the_year_before() -> None:
    assert date(2021, 12, 31) in public_holidays(2021)  # 1 January 2022 was a Saturday


@pytest.mark.parametrize(
    ("day", "number", "holidays", "expected"),
    [
        (date(2026, 11, 25), 5, False, date(2026, 12, 2)),
        (date(2026, 11, 25), 5, True, date(2026, 12, 3)),  # Thanksgiving lies between
        (date(2026, 11, 28), 1, True, date(2026, 11, 30)),  # from a Saturday
        (date(2026, 11, 25), 0, True, date(2026, 11, 25)),
    ],
)
def test_counting(day: date, number: int, holidays: bool, expected: date) -> None:
    assert after(day, number, holidays=holidays) == expected


@given(day=DAYS, number=st.integers(1, 30), holidays=st.booleans())
def test_exactly_that_many_business_days_lie_behind(day: date, number: int, holidays: bool) -> None:
    end = after(day, number, holidays=holidays)
    passed = [day + timedelta(days=n) for n in range(1, (end - day).days + 1)]
    assert sum(is_business_day(one, holidays=holidays) for one in passed) == number
    assert is_business_day(end, holidays=holidays)
    assert end >= after(day, number, holidays=False)
