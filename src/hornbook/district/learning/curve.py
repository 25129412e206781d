"""The signing curve: how many had signed by which day, beside the campaign before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, Q
from django.db.models.functions import TruncDate
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from hornbook.district.learning.models import Assignment, AssignmentState, Campaign

WIDTH, HEIGHT, FOOT, LEFT = 720.0, 240.0, 28.0, 44.0
_COUNTED = Q(state__in=[AssignmentState.RELEASED])


@dataclass(frozen=True)
class Curve:
    """``shares[n]`` is the share (0 to 1) that had signed by the end of day n, from the start."""

    starts_on: date
    people: int
    signed: tuple[int, ...]

    @property
    def last_change(self) -> int:
        """The first day on which it stood where it stands at the end."""
        return self.signed.index(self.signed[-1]) if self.signed else 0

    @property
    def shares(self) -> tuple[float, ...]:
        return tuple(n / self.people if self.people else 0.0 for n in self.signed)

    def on_day(self, day: int) -> int:
        return self.signed[min(day, len(self.signed) - 1)] if self.signed else 0


def curve_of(campaign: Campaign, until: date, sites: tuple[int, ...] | None = None) -> Curve:
    """Two queries of one table, however many people there are. ``sites`` narrows it to those.

    An assignment that is signed was settled when its signature was made.
    """
    rows = Assignment.objects.filter(campaign=campaign).exclude(_COUNTED).order_by()
    if sites is not None:
        rows = rows.filter(sites__overlap=list(sites))
    signed = rows.filter(state=AssignmentState.SIGNED).annotate(day=TruncDate("settled_at"))
    by_day = dict(signed.values_list("day").annotate(n=Count("pk")))
    last = max([until, *by_day]) if by_day else until
    if campaign.closed_at is not None:
        last = max([campaign.closed_at.date(), *by_day]) if by_day else campaign.closed_at.date()
    total, steps = 0, []
    for n in range(max((last - campaign.starts_on).days, 0) + 1):
        total += by_day.get(campaign.starts_on + timedelta(days=n), 0)
        steps.append(total)
    return Curve(campaign.starts_on, rows.count(), tuple(steps))


def draw(now: Curve, before: Curve | None, due_day: int, label: str) -> SafeString:
    """The picture: this campaign as a full line, the one before dashed, the due day as a mark."""
    days = max(len(now.signed), due_day + 1, 2)
    if before is not None:
        days = max(days, min(before.last_change + 2, 3 * days))
    parts = [
        format_html_join("", "{}", ((line,) for line in _grid(days))),
        _mark(due_day, days),
    ]
    if before is not None:
        parts.append(_line(before, days, "ghost"))
    parts.append(_line(now, days, "line"))
    return format_html(
        '<svg class="picture signing-curve" viewBox="0 0 {} {}" role="img" aria-label="{}">'
        "{}</svg>",
        f"{WIDTH:g}",
        f"{HEIGHT:g}",
        label,
        format_html_join("", "{}", ((part,) for part in parts)),
    )


def _x(day: float, days: int) -> float:
    return LEFT + (WIDTH - LEFT - 8) * day / (days - 1)


def _y(share: float) -> float:
    return 8 + (HEIGHT - FOOT - 8) * (1 - share)


def _grid(days: int) -> list[SafeString]:
    lines = [
        format_html(
            '<line class="axis" x1="{}" x2="{}" y1="{}" y2="{}"/><text x="0" y="{}">{} %</text>',
            f"{LEFT:g}",
            f"{WIDTH - 8:g}",
            *(f"{_y(share):.1f}",) * 2,
            f"{_y(share) + 4:.1f}",
            f"{share:.0%}".rstrip("%"),
        )
        for share in (0.0, 0.5, 1.0)
    ]
    for day in sorted({0, (days - 1) // 2, days - 1}):
        anchor = "start" if day == 0 else "end" if day == days - 1 else "middle"
        lines.append(
            format_html(
                '<text x="{}" y="{}" text-anchor="{}">day {}</text>',
                f"{_x(day, days):.1f}",
                f"{HEIGHT - 8:g}",
                anchor,
                day,
            )
        )
    return lines


def _mark(day: int, days: int) -> SafeString:
    if not 0 <= day < days:
        return format_html("")
    at = f"{_x(day, days):.1f}"
    return format_html(
        '<line class="due" x1="{}" x2="{}" y1="8" y2="{}"><title>Due</title></line>'
        '<text class="due-word" x="{}" y="20" text-anchor="end">due</text>',
        at,
        at,
        f"{_y(0):.1f}",
        f"{_x(day, days) - 5:.1f}",
    )


def _line(curve: Curve, days: int, kind: str) -> SafeString:
    shares = curve.shares[:days]
    points = " ".join(f"{_x(day, days):.1f},{_y(share):.1f}" for day, share in enumerate(shares))
    return format_html('<polyline class="{}" points="{}"/>', kind, points)
