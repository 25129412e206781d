"""Adoption and revision dates in the words of a policy."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal

ReadingKind = Literal["adopted", "revised"]

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec)[a-z]*\.?"
_DATE = re.compile(
    rf"(?P<month>{_MONTH})\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<year>\d{{4}})"
    rf"|(?P<day2>\d{{1,2}})\s+(?P<month2>{_MONTH})\s+(?P<year2>\d{{4}})"
    r"|(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})"
    r"|\b(?P<m3>\d{1,2})(?P<stroke>[/-])(?P<d3>\d{1,2})(?P=stroke)(?P<y3>\d{4}|\d{2})\b",
    re.I,
)
_WORDS = {
    "adopted": "adopted",
    "approved": "adopted",
    "revised": "revised",
    "amended": "revised",
    "reviewed": "",
    "readopted": "revised",
    "updated": "revised",
    "adoption": "adopted",
    "revision": "revised",
}
_KIND = re.compile(rf"\b(?P<kind>{'|'.join(_WORDS)})\b", re.I)
_OPENING = re.compile(
    r"(?:(?:date|dates|of|last|first|originally|policy|board)\s+)*"
    rf"(?:{'|'.join(_WORDS)})(?:\s+(?:on|by the board(?: on)?))?\s*[:–-]?\s*",
    re.I,
)
_SAME_REVISION = re.compile(r"\s*(?:/|&|\band\b)\s*", re.I)
_FILLER = re.compile(
    r"[\s_,;:/&.()–-]|\b(?:and|or|on|of|date|dates|last|first|originally|policy|board)\b", re.I
)


@dataclass(frozen=True)
class Reading:
    kind: ReadingKind
    on: date

    def as_dict(self) -> dict[str, str]:
        return {"kind": self.kind, "on": self.on.isoformat()}


def is_date_line(text: str) -> bool:
    """Whether the line says nothing but when the text was adopted, revised or reviewed."""
    if not _OPENING.match(text):
        return False
    rest = _KIND.sub("", _DATE.sub("", text))
    return len(_FILLER.sub("", rest)) <= 12


def has_unread_date(text: str) -> bool:
    """A date line whose date is in no form that is understood, such as “Revised: Fall 2017”."""
    return is_date_line(text) and not _DATE.search(text)


def read_revisions(lines: Iterable[str]) -> list[tuple[Reading, ...]]:
    """One tuple of readings a revision, oldest first.

    “Revised: August 14, 2017/September 18, 2017” is two readings of one revision; a comma, a
    semicolon or a new line between dates begins the next revision. Reviews without a change
    are passed over. Raises ValueError for a date that the calendar does not have.
    """
    found: dict[tuple[Reading, ...], None] = {}
    for line in lines:
        for group in _groups(line):
            found[group] = None
    return sorted(found, key=effective_on)


def effective_on(readings: tuple[Reading, ...]) -> date:
    """The last reading is the one that binds."""
    return max(reading.on for reading in readings)


def _groups(line: str) -> list[tuple[Reading, ...]]:
    groups: list[list[Reading]] = []
    end_of_last: int | None = None
    for match in _DATE.finditer(line):
        kind = _kind_before(line, match.start())
        if kind is None:
            continue
        between = "" if end_of_last is None else line[end_of_last : match.start()]
        if groups and _SAME_REVISION.fullmatch(between):
            groups[-1].append(Reading(kind, _date(match)))
        else:
            groups.append([Reading(kind, _date(match))])
        end_of_last = match.end()
    return [tuple(group) for group in groups]


def _kind_before(line: str, position: int) -> ReadingKind | None:
    words = [match["kind"].lower() for match in _KIND.finditer(line, 0, position)]
    kind = _WORDS[words[-1]] if words else ""
    if kind == "adopted":
        return "adopted"
    return "revised" if kind == "revised" else None


def _date(match: re.Match[str]) -> date:
    year = match["year"] or match["year2"] or match["y"] or match["y3"]
    day = match["day"] or match["day2"] or match["d"] or match["d3"]
    name = match["month"] or match["month2"]
    month = _month(name) if name else int(match["m"] or match["m3"])
    try:
        return date(_full_year(year), month, int(day))
    except ValueError:
        raise ValueError(f"“{match.group()}” is no date of the calendar") from None


def _full_year(year: str) -> int:
    """Two digits are a year from 1950 to 2049: no board has dates beyond."""
    number = int(year)
    return number if len(year) == 4 else number + (1900 if number >= 50 else 2000)


def _month(name: str) -> int:
    return _MONTHS.index(name[:3].lower()) + 1
