"""When which time slot holds: the district's week, its school calendar, and the next change.

The wall clock of the district decides. So the hour that a change to daylight saving time skips
is never looked up, and the hour that it repeats is judged the same twice.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from hornbook.kernel.rulebook import Rulebook

MINUTES_A_DAY = 24 * 60
FAR = 8  # days that are searched for the next change: a week, and the day after it
_MINUTE = timedelta(minutes=1)


class Timetable:
    """The slots of one rulebook in time."""

    def __init__(self, rulebook: Rulebook) -> None:
        self.zone = ZoneInfo(rulebook.time_zone)
        self._week = rulebook.week.reshape(7, MINUTES_A_DAY)
        self._days = {
            date.fromisoformat(day): rulebook.plans[plan] for day, plan in rulebook.dates.items()
        }

    def day(self, day: date) -> NDArray[np.uint8]:
        """The slot of each minute of that day (1440,): its own plan, or its weekday's."""
        found: NDArray[np.uint8] = self._days.get(day, self._week[day.weekday()])
        return found

    def slot(self, now: float) -> int:
        """The slot at that Unix time."""
        local = datetime.fromtimestamp(now, self.zone)
        return int(self.day(local.date())[local.hour * 60 + local.minute])

    def at(self, now: float) -> tuple[int, float]:
        """The slot at ``now`` (Unix time), and until when it surely holds (Unix time)."""
        local = datetime.fromtimestamp(now, self.zone)
        minute = local.hour * 60 + local.minute
        slot = int(self.day(local.date())[minute])
        left = self._minutes_left(local.date(), minute, slot)
        start = local.replace(second=0, microsecond=0)
        until = start.astimezone(UTC) + left * _MINUTE
        if until.astimezone(self.zone).utcoffset() != local.utcoffset():
            until = self._clock_change(start.astimezone(UTC), until)
        return slot, until.timestamp()

    def _minutes_left(self, day: date, minute: int, slot: int) -> int:
        """Minutes of the wall clock until another slot; FAR days when none comes sooner."""
        passed = -minute
        for ahead in range(FAR):
            row = self.day(day + timedelta(days=ahead))
            others = np.flatnonzero(row[minute if ahead == 0 else 0 :] != slot)
            if len(others):
                return passed + int(others[0]) + (minute if ahead == 0 else 0)
            passed += MINUTES_A_DAY
        return passed

    def _clock_change(self, before: datetime, after: datetime) -> datetime:
        """The first minute between the two whose offset from UTC is not the first one's."""
        offset = before.astimezone(self.zone).utcoffset()
        low, high = 0, int((after - before) / _MINUTE)
        while high - low > 1:
            middle = (low + high) // 2
            same = (before + middle * _MINUTE).astimezone(self.zone).utcoffset() == offset
            low, high = (middle, high) if same else (low, middle)
        return before + high * _MINUTE
