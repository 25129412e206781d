"""Compile the cut of a window once for all windows of its shape, and fill its values in.

To build and compile a filter with Ibis takes longer than DuckDB needs for most answers. So it is
compiled with marks in place of its values; every later window of the same shape replaces the
marks. Where a mark cannot be found again, nothing is guessed: the window is compiled by itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count

from hornbook.record.questions import Bounds, Where

_SINCE = datetime(1971, 2, 3, 4, 15, tzinfo=UTC)
_UNTIL = datetime(1972, 3, 4, 5, 30, tzinfo=UTC)
_YEARS = re.compile("197[12]")
_MARK = re.compile(r"hornbook[:@](\d+):")  # no text of ours; with @ it is an exact clause


def _as_compiled(at: datetime) -> str:
    """As Ibis writes a moment for DuckDB."""
    whole = f"{at.year}, {at.month}, {at.day}, {at.hour}, {at.minute}"
    return f"MAKE_TIMESTAMPTZ({whole}, {at.second}.0, 'UTC')"


@dataclass(frozen=True)
class Blanks:
    """A compiled query with marks. ``words`` is in DuckDB's words."""

    words: str

    @classmethod
    def of(cls, compile_: Callable[[Bounds], str], bounds: Bounds) -> Blanks | None:
        """For bounds of that shape; None where the marks do not come out as they went in."""
        words = compile_(_marked(bounds))
        marks = {int(mark) for mark in _MARK.findall(words)}
        left = words.replace(_as_compiled(_SINCE), "").replace(_as_compiled(_UNTIL), "")
        sound = marks == set(range(len(bounds.words))) and not _YEARS.search(left)
        return cls(words) if sound else None

    def filled(self, bounds: Bounds) -> str:
        """The query for these bounds, which must have the shape that it was made for."""
        texts = [text.replace("'", "''") for text in bounds.words]
        words = self.words
        for mark, at in ((_SINCE, bounds.since), (_UNTIL, bounds.until)):
            words = words.replace(_as_compiled(mark), f"TIMESTAMPTZ '{at.isoformat()}'")
        return _MARK.sub(lambda mark: texts[int(mark[1])], words)


def _marked(bounds: Bounds) -> Bounds:
    """Bounds of the same shape with a mark for each value."""
    told, numbers = bounds.where, count()
    exact = bool(told.clause) and "@" in (told.clause or "")

    def mark(sign: str = ":") -> str:
        return f"hornbook{sign}{next(numbers)}:"

    where = Where(
        action=mark() if told.action else None,
        category=mark() if told.category else None,
        clause=mark("@" if exact else ":") if told.clause else None,
        sites=None if told.sites is None else tuple(mark() for _ in told.sites),
        persons=None if told.persons is None else tuple(mark() for _ in told.persons),
    )
    return Bounds(_SINCE, _UNTIL, where)
