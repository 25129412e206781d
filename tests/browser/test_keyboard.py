"""The whole work of the policy office with a keyboard alone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Opened, Running
from tests.browser.keys import (
    MOST_STOPS,
    begin_again,
    follow,
    nothing_holds_the_focus,
    skip_to_content,
    tab_to,
)

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


def test_reading_the_policy(open_as: Opened, running: Running) -> None:
    page = open_as()
    page.goto(running.console)
    skip_to_content(page)
    page.goto(f"{running.console}/policy/")
    skip_to_content(page)
    follow(page, "Using Technology Well at Maple Valley")
    nothing_holds_the_focus(page)
    begin_again(page)
    skip_to_content(page)
    tab_to(page, "id_force")
    page.keyboard.press("ArrowDown")
    follow(page, "Show")
    assert "force=" in page.url
    skip_to_content(page)
    follow(page, r"[A-Z]+-\d+")
    expect(page.locator(".official").first).to_be_visible()


def test_signing(open_as: Opened, running: Running) -> None:
    page = open_as("board")
    page.goto(f"{running.console}/today/")
    skip_to_content(page)
    follow(page, "(Start|Go on) with .*")
    follow(page, "Go on: read")
    follow(page, "I have read it.*")
    while "/questions/" in page.url:
        tab_to(page, "id_choice_0")
        page.keyboard.press("ArrowDown")  # the second answer is the right one in the sample
        follow(page, "Answer")
        expect(page.get_by_text("Right", exact=True)).to_be_visible()
        follow(page, "(Next question|Go on: confirm)")
    expect(page.locator("h1")).to_have_text("Confirm")
    tab_to(page, "Sign")
    tab_to(page, "Sign") if page.evaluate("document.activeElement.tagName") == "A" else None
    with page.expect_navigation():
        page.keyboard.press("Space")
    expect(page.get_by_text("Signed. Thank you.")).to_be_visible()


def test_revising_a_clause(open_as: Opened, running: Running) -> None:
    page = open_as("policy owner")
    page.goto(f"{running.console}/revise/")
    nothing_holds_the_focus(page)
    begin_again(page)
    skip_to_content(page)
    follow(page, "Using Technology Well at Maple Valley")
    skip_to_content(page)
    follow(page, "Edit PURPOSE-1")
    skip_to_content(page)
    tab_to(page, "id_official")
    page.keyboard.press("Control+End")
    page.keyboard.type(" This is written with a keyboard.")
    follow(page, "Save the clause")
    expect(page.locator("#PURPOSE-1")).to_contain_text("This is written with a keyboard.")
    skip_to_content(page)
    follow(page, "Edit PURPOSE-1")
    nothing_holds_the_focus(page)
    begin_again(page)
    skip_to_content(page)
    follow(page, "Back to the words in force")
    expect(page.locator("#PURPOSE-1")).to_have_count(0)


def test_moving_a_clause(open_as: Opened, running: Running) -> None:
    """Down, and up again from where the focus stands then: in the row of the clause."""
    page = open_as("policy owner")
    page.goto(f"{running.console}/revise/")
    skip_to_content(page)
    follow(page, "Using Technology Well at Maple Valley")
    skip_to_content(page)
    before = order(page)
    tab_to(page, r"Move down [A-Z]+-\d+", limit=MOST_STOPS)
    key = page.evaluate("document.activeElement.closest('tr').id").removeprefix("row-")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert order(page) == swapped(before, before.index(key))
    told = re.compile("Moved (behind|to the front)")
    assert page.locator("tr[id^='row-']", has_text=told).count() == 1
    tab_to(page, f"Move up {key}", limit=4)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert order(page) == before
    assert page.locator("tr[id^='row-']", has_text=told).count() == 0


def order(page: Page) -> list[str]:
    rows = page.locator("tr[id^='row-'] .clause-key")
    return [words.strip() for words in rows.all_inner_texts()]


def swapped(keys: list[str], place: int) -> list[str]:
    """That one changes places with the next."""
    return [*keys[:place], keys[place + 1], keys[place], *keys[place + 2 :]]


def test_finding_and_opening_a_person(open_as: Opened, running: Running) -> None:
    page = open_as("human resources")
    page.goto(f"{running.console}/people/")
    nothing_holds_the_focus(page)
    begin_again(page)
    skip_to_content(page)
    tab_to(page, "id_q")
    page.keyboard.type("coach")
    page.keyboard.press("Tab")
    page.keyboard.type("Coach")  # the list of roles
    follow(page, "Show")
    # The answer opens at its content: the form was reached by the way over the menu.
    follow(page, "[^,]+, [^,]+")
    expect(page.locator("h1")).to_be_visible()
    assert re.search(r"/people/[0-9a-f-]{36}/$", page.url)
    nothing_holds_the_focus(page)
