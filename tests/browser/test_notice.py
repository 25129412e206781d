"""What a child sees when a page is blocked, and what becomes of the request."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Opened, Running
from tests.browser.looks import barriers

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

REASON = "We paint people in art class."


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_the_notice_names_the_clause_and_takes_a_request(
    script: bool, open_as: Opened, running: Running
) -> None:
    page = open_as(script=script)
    answer = page.goto(f"{running.notice}/?name={running.try_name}")
    assert answer is not None
    assert answer.status == 403
    expect(page.locator("blockquote")).to_contain_text("district")
    expect(page.get_by_text("FILTER-1").first).to_be_visible()
    if script:
        assert barriers(page) == []
    page.get_by_role("textbox").fill(REASON)
    page.get_by_role("button", name="Ask").click()
    expect(page.get_by_text("Your receipt")).to_be_visible()
    if script:
        assert barriers(page) == []


def test_a_request_from_the_notice_reaches_the_it_desk(open_as: Opened, running: Running) -> None:
    child = open_as()
    child.goto(f"{running.notice}/?name={running.try_name}")
    child.get_by_role("textbox").fill(REASON)
    child.get_by_role("button", name="Ask").click()
    expect(child.get_by_text("Your receipt")).to_be_visible()

    desk = open_as("it administrator")
    request = desk.get_by_text(REASON).first
    for _ in range(40):  # the worker fetches requests every two seconds
        desk.goto(f"{running.console}/filter/asks/")
        if request.count():
            break
        desk.wait_for_timeout(500)
    expect(request).to_be_visible()
    assert barriers(desk) == []


def test_a_verdict_is_explained_on_the_console_without_barriers(
    open_as: Opened, running: Running
) -> None:
    page = open_as("teacher")
    page.goto(f"{running.console}/filter/test/?target={running.try_name}")
    expect(page.get_by_role("main")).to_contain_text("Blocked")
    expect(page.locator(".official")).to_be_visible()
    assert barriers(page) == []
