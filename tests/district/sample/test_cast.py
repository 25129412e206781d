from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from hornbook.district.people.roster.oneroster import read_oneroster
from hornbook.district.people.roster.rows import Known
from hornbook.district.sample.cast import make_cast
from hornbook.district.sample.roster import one_roster

DAYS = st.dates(date(2025, 1, 1), date(2045, 12, 31))


def age(born: date, today: date) -> int:
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


@given(DAYS)
def test_ages_fit_grades_on_any_day(today: date) -> None:
    for pupil in make_cast(today).pupils:
        assert pupil.grade in pupil.school.grades
        assert 4 <= age(pupil.born, today) - pupil.grade <= 7


@given(DAYS)
def test_the_three_seated_pupils_keep_their_age_for_months(today: date) -> None:
    cast = make_cast(today)
    for school, years in (("cedar", 9), ("middle", 12), ("high", 17)):
        pupil = next(p for p in cast.pupils if p.school.id == school)
        assert age(pupil.born, today) == years
        assert age(pupil.born, today + timedelta(days=290)) == years


def test_the_same_people_come_every_time_and_nobody_twice() -> None:
    first, second = make_cast(date(2026, 11, 1)), make_cast(date(2026, 11, 1))
    assert first == second
    names = [(pupil.given, pupil.family) for pupil in first.pupils]
    names += [(employee.given, employee.family) for employee in first.employees]
    names += first.spare
    assert len(set(names)) == len(names)


def test_the_export_is_read_without_complaint() -> None:
    roster = read_oneroster(one_roster(make_cast(date(2026, 11, 1))), Known())
    assert roster.findings.refusals == []
    assert roster.findings.notices == []
    assert {person.grade for person in roster.people} >= {"KG", "01", "12"}
