"""Deadlines and the filter read one calendar: breaks, and single days that win over them."""

from __future__ import annotations

from datetime import date, time

import pytest

from hornbook.district.conduct import clocks
from hornbook.district.filtering.compiler.rules import read_calendar
from hornbook.district.filtering.compiler.windows import Day
from hornbook.district.filtering.models import SchoolDay
from hornbook.district.learning import days
from hornbook.district.learning.models import NoSchool

MONDAY = date(2026, 3, 9)


def on(day: int) -> date:
    return date(2026, 3, day)


@pytest.mark.django_db
def test_a_single_day_wins_over_a_break_and_over_its_weekday() -> None:
    NoSchool.objects.create(first=on(9), last=on(13), name="Spring break")
    SchoolDay.objects.create(day=on(11), name="Make-up day", starts=time(9))
    SchoolDay.objects.create(day=on(14), name="Saturday school", ends=time(12))
    SchoolDay.objects.create(day=on(16), name="Storm", closed=True)
    is_school_day = days.calendar()
    assert [d for d in range(8, 18) if is_school_day(on(d))] == [11, 14, 17]
    assert clocks.after(MONDAY, 2) == on(17)
    found = read_calendar(MONDAY)
    assert [d.day for d, told in sorted(found.items()) if told.closed] == [9, 10, 12, 13, 16]
    assert found[on(11)] == Day(starts=540)


@pytest.mark.django_db
def test_a_break_that_never_ends_does_not_fill_the_rules() -> None:
    NoSchool.objects.create(first=on(9), last=date.max, name="A slip of the pen")
    assert len(read_calendar(MONDAY)) < 1000
