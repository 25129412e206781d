"""A picture of questions over time: what was let through above the line, blocked below it.

Both sides have one scale. Direction and words tell them apart as well as colour does.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from hornbook.district.activity.reading import Step

WIDTH, HEIGHT = 720.0, 200.0
LEAST = 3.0  # units; one blocked question among thousands is still seen


@dataclass(frozen=True)
class Chart:
    """``svg`` stretches to any width, so words stand outside: ``ticks`` below, ``top`` beside."""

    svg: SafeString
    ticks: list[str]
    top: int
    bottom: int


def draw(steps: list[Step], label: str, time_format: str) -> Chart:
    """The picture of these steps; ``label`` is its text alternative, ``time_format`` strftime."""
    top = max((step.other for step in steps), default=0)
    bottom = max((step.blocked for step in steps), default=0)
    scale = (HEIGHT - 2 * LEAST) / max(top + bottom, 1)
    line = LEAST + top * scale
    wide = WIDTH / max(len(steps), 1)
    bars = [
        bar
        for number, step in enumerate(steps)
        for bar in _bars(step, number * wide, wide, line, scale, time_format)
    ]
    svg = format_html(
        '<svg class="picture activity-picture" viewBox="0 0 720 200" preserveAspectRatio="none" '
        'role="img" aria-label="{}">{}<line class="axis" x1="0" x2="720" y1="{}" y2="{}"/></svg>',
        label,
        format_html_join(
            "",
            '<rect class="{}" x="{}" y="{}" width="{}" height="{}"><title>{}</title></rect>',
            bars,
        ),
        *(f"{line:.1f}",) * 2,
    )
    return Chart(svg, _ticks(steps, time_format), top, bottom)


def _bars(
    step: Step, left: float, wide: float, line: float, scale: float, time_format: str
) -> list[tuple[str, ...]]:
    said = f"{_local(step.starts, time_format)}: {step.other} let through, {step.blocked} blocked"
    across = f"{left + wide * 0.1:.1f}", f"{wide * 0.8:.1f}"
    bars: list[tuple[str, ...]] = []
    if step.other:
        tall = max(step.other * scale, LEAST)
        bars.append(("allow", across[0], f"{line - tall:.1f}", across[1], f"{tall:.1f}", said))
    if step.blocked:
        tall = max(step.blocked * scale, LEAST)
        bars.append(("block", across[0], f"{line:.1f}", across[1], f"{tall:.1f}", said))
    return bars


def _ticks(steps: list[Step], time_format: str) -> list[str]:
    """The first, the middle and the last time."""
    chosen = [steps[0], steps[len(steps) // 2], steps[-1]] if steps else []
    return [_local(step.starts, time_format) for step in chosen]


def _local(moment: datetime, time_format: str) -> str:
    return timezone.localtime(moment).strftime(time_format)
