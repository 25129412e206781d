"""When a slot begins and ends, on plain days, holidays, and when the clocks change."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hornbook.kernel import rulebook
from hornbook.kernel.parts import encode_part, open_part
from hornbook.kernel.rulebook import MINUTES_A_WEEK, Rulebook, Verdict, build_rulebook
from tests.kernel.helpers import store

ZONE = ZoneInfo("America/Chicago")
SCHOOL, HOLIDAY = 1, 0
EIGHT, NOON, THREE = 8 * 60, 12 * 60, 15 * 60


def make(folder: Path, special: dict[date, tuple[int, int] | None] | None = None) -> Rulebook:
    """School is Monday to Friday 8:00 to 15:00; special days have other hours, or none."""
    week = np.zeros((7, 1440), np.uint8)
    week[:5, EIGHT:THREE] = SCHOOL
    days = {}
    for day, hours in (special or {}).items():
        plan = days[day.isoformat()] = np.zeros(1440, np.uint8)
        if hours:
            plan[slice(*hours)] = SCHOOL
    made = build_rulebook(
        profiles=["student"],
        verdicts=[Verdict("allow"), Verdict("block")],
        matrix=np.array([[[0]], [[1]]], np.uint16),
        week=week.reshape(MINUTES_A_WEEK),
        time_zone=ZONE.key,
        notice={},
        catalogue_hash="",
        days=days,
    )
    return Rulebook(open_part(store(folder, encode_part(rulebook.KIND, *made)), rulebook.KIND))


def at(book: Rulebook, text: str) -> tuple[int, str]:
    now = datetime.fromisoformat(text).replace(tzinfo=ZONE)
    slot, until = book.timetable.at(now.timestamp())
    return slot, datetime.fromtimestamp(until, ZONE).strftime("%a %H:%M:%S")


def test_a_school_day_has_two_edges(tmp_path: Path) -> None:
    book = make(tmp_path)
    assert at(book, "2026-09-14T07:59:30") == (HOLIDAY, "Mon 08:00:00")
    assert at(book, "2026-09-14T08:00:00") == (SCHOOL, "Mon 15:00:00")
    assert at(book, "2026-09-18T15:00:00") == (HOLIDAY, "Mon 08:00:00"), "over the weekend"


def test_a_holiday_has_no_school_and_an_early_day_ends_early(tmp_path: Path) -> None:
    book = make(tmp_path, {date(2026, 9, 7): None, date(2026, 9, 9): (EIGHT, NOON)})
    assert at(book, "2026-09-07T10:00:00") == (HOLIDAY, "Tue 08:00:00"), "Labor Day"
    assert at(book, "2026-09-09T11:59:59") == (SCHOOL, "Wed 12:00:00")
    assert at(book, "2026-09-09T13:00:00") == (HOLIDAY, "Thu 08:00:00")
    assert at(book, "2026-09-14T10:00:00") == (SCHOOL, "Mon 15:00:00"), "other Mondays stay"


def test_where_nothing_ever_changes_the_end_is_far(tmp_path: Path) -> None:
    calm = make(tmp_path, {date(2026, 9, 14) + timedelta(days=n): None for n in range(9)})
    slot, until = calm.timetable.at(datetime(2026, 9, 14, tzinfo=ZONE).timestamp())
    assert slot == HOLIDAY
    assert until - datetime(2026, 9, 14, tzinfo=ZONE).timestamp() >= 7 * 86_400


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(minutes=st.integers(0, 21 * 1440), start=st.sampled_from(["2026-10-26", "2026-03-02"]))
def test_the_slot_holds_up_to_the_edge_also_when_clocks_change(
    tmp_path: Path, minutes: int, start: str
) -> None:
    book = make(tmp_path, {date(2026, 11, 3): None, date(2026, 3, 10): (EIGHT, NOON)})
    now = datetime.fromisoformat(start).replace(tzinfo=ZONE).timestamp() + 60 * minutes + 7
    slot, until = book.timetable.at(now)
    assert until > now
    assert slot == book.timetable.slot(now)
    inside = np.arange(now, min(until, now + 3 * 86_400), 300).tolist()
    assert {book.timetable.slot(moment) for moment in [*inside, until - 0.01]} == {slot}
