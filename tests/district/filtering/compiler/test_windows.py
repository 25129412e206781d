"""The district's week, cut at the edges of its time windows."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from hornbook.district.filtering.compiler.windows import (
    DAY,
    WEEK,
    BadWindow,
    cut_week,
    describe,
    is_open,
    minute_of_week,
    read_windows,
)

CHICAGO = ZoneInfo("America/Chicago")
SCHOOL_HOURS = [{"days": [0, 1, 2, 3, 4], "from": "08:00", "to": "15:00"}]
NIGHTS = [{"days": [4, 6], "from": "22:00", "to": "06:00"}]


def at(day: int, hour: int, minute: int = 0) -> int:
    return day * DAY + hour * 60 + minute


@pytest.mark.parametrize(
    ("minute", "expected"),
    [
        (at(0, 7, 59), False),
        (at(0, 8), True),
        (at(4, 14, 59), True),
        (at(4, 15), False),
        (at(5, 10), False),
    ],
)
def test_edges(minute: int, expected: bool) -> None:
    assert is_open(read_windows(SCHOOL_HOURS), minute) is expected


@pytest.mark.parametrize(
    ("minute", "expected"),
    [
        (at(4, 21, 59), False),
        (at(4, 22), True),
        (at(5, 0), True),
        (at(5, 5, 59), True),
        (at(5, 6), False),
        (at(6, 23, 59), True),
        (at(0, 0), True),
        (at(0, 6), False),
    ],
)
def test_a_window_may_pass_midnight_and_the_week_s_end(minute: int, expected: bool) -> None:
    assert is_open(read_windows(NIGHTS), minute) is expected


def test_a_whole_day_ends_at_24() -> None:
    windows = read_windows([{"days": [2], "from": "00:00", "to": "24:00"}])
    assert [is_open(windows, at(2, 0) + offset) for offset in (-1, 0, DAY - 1, DAY)] == [
        False,
        True,
        True,
        False,
    ]


def test_the_week_is_cut_into_slots_and_equal_stretches_are_merged() -> None:
    slots = cut_week([read_windows(SCHOOL_HOURS), (), read_windows(SCHOOL_HOURS)])
    assert len(slots.minutes) == 2
    assert slots.week.shape == (WEEK,)
    assert slots.week[at(0, 8)] == slots.week[at(4, 14, 59)] == 1
    assert slots.week[at(0, 7, 59)] == slots.week[at(6, 12)] == 0


def test_without_windows_there_is_one_slot() -> None:
    assert cut_week([(), ()]).minutes == (0,)


def test_more_slots_than_a_byte_holds_are_refused() -> None:
    windows = [
        read_windows([{"days": [0], "from": f"{m // 60:02}:{m % 60:02}", "to": "24:00"}])
        for m in range(1, 300)
    ]
    with pytest.raises(BadWindow, match="255"):
        cut_week(windows)


@pytest.mark.parametrize(
    ("moment", "day", "hour", "minute"),
    [
        # The last minute before the clock jumps from 02:00 to 03:00, and the first after it.
        (datetime(2026, 3, 8, 7, 59, tzinfo=UTC), 6, 1, 59),
        (datetime(2026, 3, 8, 8, 0, tzinfo=UTC), 6, 3, 0),
        # 01:30 comes twice when the clock goes back: the same minute both times.
        (datetime(2026, 11, 1, 6, 30, tzinfo=UTC), 6, 1, 30),
        (datetime(2026, 11, 1, 7, 30, tzinfo=UTC), 6, 1, 30),
        # School begins at 08:00 on the wall, in winter and in summer.
        (datetime(2026, 1, 5, 14, 0, tzinfo=UTC), 0, 8, 0),
        (datetime(2026, 7, 6, 13, 0, tzinfo=UTC), 0, 8, 0),
    ],
)
def test_the_wall_clock_decides(moment: datetime, day: int, hour: int, minute: int) -> None:
    assert minute_of_week(moment, CHICAGO) == at(day, hour, minute)


@pytest.mark.parametrize(
    "window",
    [
        {"days": [], "from": "08:00", "to": "15:00"},
        {"days": [7], "from": "08:00", "to": "15:00"},
        {"days": [0], "from": "8", "to": "15:00"},
        {"days": [0], "from": "08:00", "to": "25:00"},
        {"days": [0], "from": "08:00", "to": "08:00"},
        {"days": [0], "from": "24:00", "to": "08:00"},
        {"days": [0], "to": "08:00"},
    ],
)
def test_a_window_that_cannot_be_read_is_refused(window: dict[str, Any]) -> None:
    with pytest.raises(BadWindow):
        read_windows([window])


def test_windows_in_plain_words() -> None:
    assert describe(read_windows(SCHOOL_HOURS)) == "Monday to Friday 08:00–15:00"
    assert describe(read_windows(NIGHTS)) == "Friday, Sunday 22:00–06:00"
    assert describe(()) == "always"
