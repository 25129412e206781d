"""The button, on a phone with a keyboard alone; the way back in; what IT does; a breach clock."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Opened, Running, sign_in
from tests.browser.looks import barriers
from tests.browser.test_walks import tab_to

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
WHO = "board member"


def press(page: Page, name: str) -> None:
    page.get_by_role("main").get_by_role("button", name=name, exact=True).click()


def test_from_the_button_to_the_end(open_as: Opened, running: Running) -> None:
    page = open_as()
    sign_in(page, running, WHO)
    page.set_viewport_size({"width": 320, "height": 640})
    page.goto(running.console)
    page.get_by_role("contentinfo").get_by_role("link", name="I think I gave away").click()
    page.wait_for_url("**/gave-away/")
    tab_to(page, "Make my account safe now")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Your account is safe now")
    assert barriers(page) == []
    page.get_by_label("I wrote it in an answer to a message").check()
    press(page, "Tell IT")
    expect(page.get_by_role("heading", name="You told us more")).to_be_visible()
    page.goto(f"{running.console}/me/")
    expect(page.locator("h1")).to_have_text("Sign in")

    desk = open_as("it administrator")
    desk.goto(f"{running.console}/incidents/")
    desk.get_by_role("row", name=re.compile("Closed until a reset")).get_by_role("link").click()
    assert barriers(desk) == []
    press(desk, "Make a code for a new password")
    assert barriers(desk) == []
    code = desk.get_by_role("main").locator("code").inner_text()

    page.goto(f"{running.console}/account/reset/")
    page.get_by_label("Your e-mail").fill(running.email_of(WHO))
    page.get_by_label("The code").fill(code.lower())
    page.get_by_label("A new password").fill(running.password)
    page.get_by_label("once more").fill(running.password)
    press(page, "Set my new password")
    expect(page.locator("h1")).to_have_text("Sign in")
    sign_in(page, running, WHO)
    page.goto(running.console)
    page.get_by_role("link", name="Look at my account").click()
    assert barriers(page) == []
    page.get_by_role("link", name="Begin").click()
    assert barriers(page) == []


def test_a_breach_clock_is_started_and_read(open_as: Opened, running: Running) -> None:
    page = open_as("it administrator")
    page.goto(f"{running.console}/incidents/breaches/new/")
    page.get_by_label("Name it in a few words").fill("A sheet sent to a wrong address")
    page.get_by_label("What happened").fill("A sheet with names and numbers went astray.")
    page.get_by_label("Social security number").check()
    press(page, "Start the clock")
    page.get_by_label("One person a line").fill("Ann Ash; 1 Elm St; Ames; IA; 50010")
    press(page, "Put them on the list")
    expect(page.get_by_role("heading", name="People must be told")).to_be_visible()
    assert barriers(page) == []
    page.get_by_role("link", name="Change what is known").click()
    assert barriers(page) == []
