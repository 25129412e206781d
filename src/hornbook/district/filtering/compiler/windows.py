"""Time windows in the district's week, and the slots that their edges cut it into.

A minute of the week is 0 (Monday 00:00) to 10079 (Sunday 23:59), read from the clock on the wall.
So the hour that a change to daylight saving time skips is never looked up, and the hour that it
repeats is judged the same twice. Windows for school days follow the school calendar: they are shut
on holidays, and begin late or end early on days that do.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

DAY = 24 * 60
WEEK = 7 * DAY
MAX_SLOTS = 255
_ONE = timedelta(days=1)
DAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)|24:00")


class BadWindow(ValueError):
    """A window cannot be read; the message says which part."""


@dataclass(frozen=True)
class Window:
    """Days (Monday 0) and minutes of the day, the end not included.

    An end before the start runs past midnight into the next day; ``ends`` may be 1440.
    ``school``: only while there is school by the calendar.
    """

    days: frozenset[int]
    starts: int
    ends: int
    school: bool = False

    @property
    def length(self) -> int:
        """Minutes from start to end."""
        return (self.ends - self.starts) % DAY or DAY

    def spans(self) -> list[tuple[int, int]]:
        """Half-open spans of the week's minutes; one that passes Sunday midnight comes as two."""
        length = self.length
        found: list[tuple[int, int]] = []
        for day in sorted(self.days):
            first = day * DAY + self.starts
            found.append((first, min(first + length, WEEK)))
            if first + length > WEEK:
                found.append((0, first + length - WEEK))
        return found


def read_windows(raw: Iterable[Mapping[str, Any]]) -> tuple[Window, ...]:
    """``[{"days": [0..6], "from": "HH:MM", "to": "HH:MM"}]`` as windows; raises BadWindow."""
    return tuple(_read_window(window) for window in raw)


def _read_window(raw: Mapping[str, Any]) -> Window:
    days = raw.get("days")
    if not isinstance(days, list) or not days or not set(days) <= set(range(7)):
        raise BadWindow(f"days must be some of 0 (Monday) to 6 (Sunday), not {days!r}")
    starts, ends = _minutes(raw.get("from")), _minutes(raw.get("to"))
    if starts in (ends, DAY):
        raise BadWindow(f"the window from {raw.get('from')} to {raw.get('to')} has no length")
    return Window(frozenset(days), starts, ends, bool(raw.get("school")))


def _minutes(clock: object) -> int:
    if not isinstance(clock, str) or not _CLOCK.fullmatch(clock):
        raise BadWindow(f"{clock!r} is no time of day; write HH:MM, 00:00 to 24:00")
    hours, minutes = clock.split(":")
    return int(hours) * 60 + int(minutes)


@dataclass(frozen=True)
class Day:
    """What the calendar says of a date: no school, or other hours (minutes of the day)."""

    closed: bool = False
    starts: int = 0
    ends: int = DAY


USUAL = Day()


@dataclass(frozen=True)
class Clock:
    """A minute of the week on a date of which, or of the date before, the calendar speaks."""

    minute: int
    today: Day = USUAL
    before: Day = USUAL


Minute = int | Clock


def is_open(windows: Sequence[Window], minute: Minute) -> bool:
    """Whether one of them covers that minute; no windows at all means always."""
    if not windows:
        return True
    if isinstance(minute, Clock):
        return any(_covers(window, minute) for window in windows)
    return any(first <= minute < end for window in windows for first, end in window.spans())


def _covers(window: Window, clock: Clock) -> bool:
    weekday, minute = divmod(clock.minute, DAY)
    if weekday in window.days and _covers_on(window, clock.today, minute):
        return True
    return (weekday - 1) % 7 in window.days and _covers_on(window, clock.before, minute + DAY)


def _covers_on(window: Window, day: Day, minute: int) -> bool:
    """``minute`` counts from that day's midnight, and goes on into the next day."""
    first, end = window.starts, window.starts + window.length
    if window.school:
        if day.closed:
            return False
        first = max(first, day.starts)
        end = end if day.ends == DAY else min(end, day.ends)
    return first <= minute < end


def clock_at(moment: datetime, zone: ZoneInfo, calendar: Mapping[date, Day]) -> Minute:
    """The minute of the week at that (aware) moment, with what the calendar says of its date."""
    minute = minute_of_week(moment, zone)
    return _on_date(minute, moment.astimezone(zone).date(), calendar)


def _on_date(minute: int, day: date, calendar: Mapping[date, Day]) -> Minute:
    today, before = calendar.get(day), calendar.get(day - _ONE)
    if today is None and before is None:
        return minute
    return Clock(minute, today or USUAL, before or USUAL)


def minute_of_week(moment: datetime, zone: ZoneInfo) -> int:
    """The minute that the wall clock in ``zone`` shows at that (aware) moment."""
    local = moment.astimezone(zone)
    return local.weekday() * DAY + local.hour * 60 + local.minute


@dataclass(frozen=True)
class Slots:
    """``week[minute]`` is the slot; ``minutes[slot]`` is one minute that stands for it.

    ``dates`` hold the slots (1440,) of days that are not like their weekday, by date.
    """

    week: NDArray[np.uint8]
    minutes: tuple[Minute, ...]
    dates: Mapping[date, NDArray[np.uint8]] = field(default_factory=dict)


def cut_week(
    rules_windows: Sequence[Sequence[Window]], calendar: Mapping[date, Day] | None = None
) -> Slots:
    """Cut the week at every edge; stretches in which the same windows are open share a slot.

    ``rules_windows`` holds each rule's windows. Raises BadWindow above 255 slots.
    """
    cutter = _Cutter([windows for windows in rules_windows if windows])
    week = np.zeros(WEEK, np.uint8)
    spans = [span for window in cutter.windows for span in window.spans()]
    edges = sorted({0, *(edge for span in spans for edge in span if edge < WEEK)})
    for first, end in zip(edges, [*edges[1:], WEEK], strict=True):
        week[first:end] = cutter.slot(first)
    known = calendar or {}
    days = sorted({day + after for day in known for after in (timedelta(), _ONE)})
    dates = (
        {day: cutter.day(day, known) for day in days}
        if any(window.school for window in cutter.windows)
        else {}
    )
    return Slots(week, tuple(cutter.minutes), dates)


class _Cutter:
    """Numbers the distinct patterns of open windows in the order in which they are met."""

    def __init__(self, timed: Sequence[Sequence[Window]]) -> None:
        self._timed = timed
        self.windows = [window for windows in timed for window in windows]
        self._slots: dict[tuple[bool, ...], int] = {}
        self.minutes: list[Minute] = []

    def slot(self, minute: Minute) -> int:
        pattern = tuple(is_open(windows, minute) for windows in self._timed)
        if pattern not in self._slots:
            if len(self.minutes) == MAX_SLOTS:
                raise BadWindow(
                    f"the time windows cut the week into more than {MAX_SLOTS} different slots; "
                    "let some rules share their hours"
                )
            self._slots[pattern] = len(self.minutes)
            self.minutes.append(minute)
        return self._slots[pattern]

    def day(self, day: date, calendar: Mapping[date, Day]) -> NDArray[np.uint8]:
        """The slots of one date (1440,)."""
        near = [calendar[d] for d in (day, day - _ONE) if d in calendar]
        edges = {0, *(edge for told in near for edge in (told.starts, told.ends % DAY))}
        edges |= {edge % DAY for window in self.windows for edge in (window.starts, window.ends)}
        row = np.zeros(DAY, np.uint8)
        for first, end in zip(sorted(edges), [*sorted(edges)[1:], DAY], strict=True):
            row[first:end] = self.slot(_on_date(day.weekday() * DAY + first, day, calendar))
        return row


def describe(windows: Sequence[Window]) -> str:
    """In plain words: “Monday to Friday 08:00–15:00”, or “always”."""
    return " and ".join(_describe(window) for window in windows) or "always"


def _describe(window: Window) -> str:
    def clock(minutes: int) -> str:
        return f"{minutes // 60:02}:{minutes % 60:02}"

    hours = f"{_describe_days(sorted(window.days))} {clock(window.starts)}–{clock(window.ends)}"
    return f"{hours} on school days" if window.school else hours


def _describe_days(days: list[int]) -> str:
    in_a_row = days == list(range(days[0], days[-1] + 1))
    if len(days) == 7:
        return "every day"
    if in_a_row and len(days) > 2:
        return f"{DAY_NAMES[days[0]]} to {DAY_NAMES[days[-1]]}"
    return ", ".join(DAY_NAMES[day] for day in days)
