"""A page with a keyboard alone: Tab, Enter, Space and arrows.

Every stop of the way must show where the focus is, and no page may hold it.
"""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page

MOST_STOPS = 600
_FOCUS = """() => {
    const here = document.activeElement, look = getComputedStyle(here);
    const words = here.innerText && here.tagName !== 'SELECT' ? here.innerText : here.id;
    const box = here.getBoundingClientRect();
    return {words: (words || '').replace(/\\s+/g, ' ').trim(), tag: here.tagName,
            outlined: look.outlineStyle !== 'none' && parseFloat(look.outlineWidth) >= 2,
            onScreen: box.bottom > 0 && box.top < innerHeight && box.width > 0};
}"""
_STOPS = """() => {
    const stop = document.activeElement;
    window.stops = window.stops || new Map();
    window.stops.set(stop, (window.stops.get(stop) || 0) + 1);
    const parts = stop.type === 'date' ? 4 : 1;  // day, month, year and the calendar's button
    return {again: window.stops.get(stop) > parts, body: stop === document.body,
            html: stop.outerHTML};
}"""


def press_tab(page: Page) -> str:
    """One stop further; where the focus is now, which must be seen."""
    page.keyboard.press("Tab")
    focus = page.evaluate(_FOCUS)
    if focus["tag"] != "BODY":
        assert focus["outlined"], f"no visible focus on {focus['words']!r} of {page.url}"
        assert focus["onScreen"], f"the focus on {focus['words']!r} of {page.url} is off screen"
    return str(focus["words"])


def tab_to(page: Page, words: str, limit: int = 200) -> None:
    """Tab until the focus says ``words`` (an expression), or has that id."""
    passed = []
    for _ in range(limit):
        passed.append(press_tab(page))
        if re.fullmatch(words, passed[-1]):
            return
    pytest.fail(f"Tab never reached {words!r} on {page.url}; it passed {passed}")


def follow(page: Page, words: str) -> None:
    """Tab to it and press Enter; the next page is there."""
    tab_to(page, words)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def begin_again(page: Page) -> None:
    """The same page as one comes to it: a mere reload keeps the place of the focus."""
    here = page.url.partition("#")[0]
    page.goto("about:blank")
    page.goto(here)


def skip_to_content(page: Page) -> None:
    """The first stop of every page leads over the menu, but where one comes to its content."""
    if "#" in page.url:  # what was saved is where one comes back to
        return
    assert press_tab(page) == "Skip to the content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"


def nothing_holds_the_focus(page: Page) -> None:
    """Tab goes through the page once, meets nothing twice, and comes out at its end."""
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        stop = page.evaluate(_STOPS)
        if stop["body"]:
            return
        assert not stop["again"], f"the focus comes back to {stop['html'][:200]} of {page.url}"
    pytest.fail(f"{page.url} has more than {MOST_STOPS} stops, or holds the focus")
