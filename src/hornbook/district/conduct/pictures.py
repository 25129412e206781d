"""Server-made pictures of what waits: lanes of cases, the week of reports. Their numbers stand
in a table beside them; colours come from the page's tokens.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

WIDTH, ROW, LEFT = 720, 30, 150
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
BANDS = ("0–6", "6–9", "9–12", "12–15", "15–18", "18–24")
_STARTS = (0, 6, 9, 12, 15, 18)


@dataclass(frozen=True)
class Lane:
    """One stage: how many cases are in it, and how many of them are late."""

    label: str
    cases: int
    late: int


def lanes(rows: Sequence[Lane]) -> SafeString:
    """A bar a stage; the late ones at its end."""
    most = max((row.cases for row in rows), default=0) or 1
    scale = (WIDTH - LEFT - 50) / most
    bars = format_html_join("", "{}", ((_lane(n, row, scale),) for n, row in enumerate(rows)))
    return _picture("lanes", len(rows) * ROW, "Open cases by stage, late ones marked", bars)


def _lane(n: int, row: Lane, scale: float) -> SafeString:
    top, whole, late = n * ROW + 4, row.cases * scale, row.late * scale
    return format_html(
        '<text x="0" y="{}">{}</text><rect class="bar" x="{}" y="{}" width="{}" height="20"/>'
        '<rect class="late" x="{}" y="{}" width="{}" height="20"/><text x="{}" y="{}">{}</text>',
        top + 15,
        row.label,
        LEFT,
        top,
        f"{whole:.1f}",
        f"{LEFT + whole - late:.1f}",
        top,
        f"{late:.1f}",
        f"{LEFT + whole + 6:.1f}",
        top + 15,
        row.cases,
    )


def band(hour: int) -> int:
    """Which part of the day that hour belongs to: an index of ``BANDS``."""
    return max(n for n, start in enumerate(_STARTS) if start <= hour)


def week_grid(counts: Mapping[tuple[int, int], int]) -> SafeString:
    """When reports come: (weekday from Monday 0, index of ``BANDS``) → how many."""
    most = max(counts.values(), default=0) or 1
    cell, tall = (WIDTH - 60) / len(BANDS), ROW
    parts = [
        format_html('<text x="{}" y="14">{}</text>', f"{60 + n * cell + 4:.1f}", words)
        for n, words in enumerate(BANDS)
    ]
    for day, words in enumerate(DAYS):
        top = 20 + day * tall
        parts.append(format_html('<text x="0" y="{}">{}</text>', top + 19, words))
        for n in range(len(BANDS)):
            parts.append(_cell(60 + n * cell, top, cell, counts.get((day, n), 0), most))
    inner = format_html_join("", "{}", ((part,) for part in parts))
    return _picture("weekgrid", 20 + 7 * tall, "When reports came, by day and hour", inner)


def _cell(x: float, y: float, wide: float, count: int, most: int) -> SafeString:
    return format_html(
        '<rect x="{}" y="{}" width="{}" height="28" fill-opacity="{}"><title>{}</title></rect>',
        f"{x:.1f}",
        y,
        f"{wide - 3:.1f}",
        f"{0.85 * count / most:.2f}",
        count,
    )


def _picture(look: str, tall: int, label: str, inner: SafeString) -> SafeString:
    return format_html(
        '<svg class="picture {}" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>',
        look,
        WIDTH,
        tall,
        label,
        inner,
    )
