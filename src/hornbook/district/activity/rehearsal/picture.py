"""Two bars, one above the other: what was let through and blocked now, and with the draft."""

from __future__ import annotations

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

WIDTH, TALL, GAP = 720.0, 44.0, 16.0
LEAST = 3.0  # units; one blocked question among thousands is still seen


def draw(before: dict[str, int], after: dict[str, int], label: str) -> SafeString:
    """The picture; ``label`` is its text alternative. Words stand beside it, not in it."""
    bars = [
        bar
        for place, (name, counts) in enumerate((("Now", before), ("With the draft", after)))
        for bar in _bar(name, counts, place * (TALL + GAP))
    ]
    return format_html(
        '<svg class="picture activity-picture" viewBox="0 0 720 104" preserveAspectRatio="none" '
        'role="img" aria-label="{}">{}</svg>',
        label,
        format_html_join(
            "",
            '<rect class="{}" x="{}" y="{}" width="{}" height="{}"><title>{}</title></rect>',
            bars,
        ),
    )


def _bar(name: str, counts: dict[str, int], top: float) -> list[tuple[str, ...]]:
    total = sum(counts.values())
    blocked = counts.get("block", 0)
    if not total:
        return []
    wide = (
        min(max(WIDTH * blocked / total, LEAST), WIDTH - LEAST)
        if 0 < blocked < total
        else (WIDTH * blocked / total)
    )
    said = f"{name}: {total - blocked} let through, {blocked} blocked"
    parts = (("block", 0.0, wide), ("allow", wide, WIDTH - wide))
    return [
        (kind, f"{left:.1f}", f"{top:.1f}", f"{size:.1f}", f"{TALL:.1f}", said)
        for kind, left, size in parts
        if size
    ]
