"""What every page must be: barrier-free in both lights, and no wider than a small phone."""

from __future__ import annotations

from typing import Any, Literal

from axe_playwright_python.base import AXE_FILE_PATH
from playwright.sync_api import Page

WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
ALL_RULES = {"type": "tag", "values": [*WCAG, "best-practice"]}
COLOUR_RULES = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
LIGHTS: tuple[Literal["light", "dark"], ...] = ("light", "dark")
WIDTHS = (1280, 320)
_AXE = AXE_FILE_PATH.read_text()
_ASK_AXE = "rules => axe.run({runOnly: rules, resultTypes: ['violations']})"


def barriers(page: Page) -> list[str]:
    """One line for each axe violation and each overflow, in light and dark, wide and narrow.

    Light and dark are the same page with other values of its colours, so that in the dark only
    the rules that look at colours are asked again.
    """
    if not page.evaluate("'axe' in window"):
        page.evaluate(_AXE)  # beside the page's own policy on scripts, not through it
    found: list[str] = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        found += _overflow(page, width)
        for light in LIGHTS:
            page.emulate_media(color_scheme=light)
            rules = ALL_RULES if light == "light" else COLOUR_RULES
            report = page.evaluate(_ASK_AXE, rules)
            found += [f"{width} px, {light}: {_line(one)}" for one in report["violations"]]
    return found


def _overflow(page: Page, width: int) -> list[str]:
    wide = page.evaluate("document.documentElement.scrollWidth")
    return [f"{width} px: the page is {wide} px wide"] if wide > width else []


def _line(violation: dict[str, Any]) -> str:
    first = violation["nodes"][0]
    count = len(violation["nodes"])
    return f"{violation['id']} ({count}): {first['html'][:160]} — {first['failureSummary'][:240]}"
