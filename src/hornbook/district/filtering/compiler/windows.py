"""Time windows in the district's week, and the slots that their edges cut it into.

A minute of the week is 0 (Monday 00:00) to 10079 (Sunday 23:59), read from the clock on the wall.
So the hour that a change to daylight saving time skips is never looked up, and the hour that it
repeats is judged the same twice.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

DAY = 24 * 60
WEEK = 7 * DAY
MAX_SLOTS = 255
DAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)|24:00")


class BadWindow(ValueError):
    """A window cannot be read; the message says which part."""


@dataclass(frozen=True)
class Window:
    """Days (Monday 0) and minutes of the day, the end not included.

    An end before the start runs past midnight into the next day; ``ends`` may be 1440.
    """

    days: frozenset[int]
    starts: int
    ends: int

    def spans(self) -> list[tuple[int, int]]:
        """Half-open spans of the week's minutes; one that passes Sunday midnight comes as two."""
        length = (self.ends - self.starts) % DAY or DAY
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
    return Window(frozenset(days), starts, ends)


def _minutes(clock: object) -> int:
    if not isinstance(clock, str) or not _CLOCK.fullmatch(clock):
        raise BadWindow(f"{clock!r} is no time of day; write HH:MM, 00:00 to 24:00")
    hours, minutes = clock.split(":")
    return int(hours) * 60 + int(minutes)


def is_open(windows: Sequence[Window], minute: int) -> bool:
    """Whether one of them covers that minute; no windows at all means always."""
    if not windows:
        return True
    return any(first <= minute < end for window in windows for first, end in window.spans())


def minute_of_week(moment: datetime, zone: ZoneInfo) -> int:
    """The minute that the wall clock in ``zone`` shows at that (aware) moment."""
    local = moment.astimezone(zone)
    return local.weekday() * DAY + local.hour * 60 + local.minute


@dataclass(frozen=True)
class Slots:
    """``week[minute]`` is the slot; ``minutes[slot]`` is one minute that stands for it."""

    week: NDArray[np.uint8]
    minutes: tuple[int, ...]


def cut_week(rules_windows: Sequence[Sequence[Window]]) -> Slots:
    """Cut the week at every edge; stretches in which the same windows are open share a slot.

    ``rules_windows`` holds each rule's windows. Raises BadWindow above 255 slots.
    """
    timed = [windows for windows in rules_windows if windows]
    spans = [span for windows in timed for window in windows for span in window.spans()]
    edges = sorted({0, *(edge for span in spans for edge in span if edge < WEEK)})
    week = np.zeros(WEEK, np.uint8)
    slots: dict[tuple[bool, ...], int] = {}
    minutes: list[int] = []
    for first, end in zip(edges, [*edges[1:], WEEK], strict=True):
        pattern = tuple(is_open(windows, first) for windows in timed)
        if pattern not in slots:
            slots[pattern] = len(minutes)
            minutes.append(first)
        if len(minutes) > MAX_SLOTS:
            raise BadWindow(
                f"the time windows cut the week into more than {MAX_SLOTS} different slots; "
                "let some rules share their hours"
            )
        week[first:end] = slots[pattern]
    return Slots(week, tuple(minutes))


def describe(windows: Sequence[Window]) -> str:
    """In plain words: “Monday to Friday 08:00–15:00”, or “always”."""
    return " and ".join(_describe(window) for window in windows) or "always"


def _describe(window: Window) -> str:
    def clock(minutes: int) -> str:
        return f"{minutes // 60:02}:{minutes % 60:02}"

    return f"{_describe_days(sorted(window.days))} {clock(window.starts)}–{clock(window.ends)}"


def _describe_days(days: list[int]) -> str:
    in_a_row = days == list(range(days[0], days[-1] + 1))
    if len(days) == 7:
        return "every day"
    if in_a_row and len(days) > 2:
        return f"{DAY_NAMES[days[0]]} to {DAY_NAMES[days[-1]]}"
    return ", ".join(DAY_NAMES[day] for day in days)
