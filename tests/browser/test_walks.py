"""People who use only a keyboard, no script, or a phone: they get through, too."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Opened, Running
from tests.browser.looks import barriers

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

_FOCUS = """() => {
    const here = document.activeElement, look = getComputedStyle(here);
    return {words: (here.innerText || here.id || '').trim(),
            seen: look.outlineStyle !== 'none' && parseFloat(look.outlineWidth) >= 2};
}"""


def tab_to(page: Page, words: str, limit: int = 30) -> None:
    """Press Tab until the focus is there; it must be visible on every stop of the way."""
    for _ in range(limit):
        page.keyboard.press("Tab")
        focus = page.evaluate(_FOCUS)
        assert focus["seen"], f"no visible focus on {focus['words']!r}"
        if focus["words"] == words:
            return
    pytest.fail(f"Tab never reached {words!r}")


def test_signing_in_with_a_keyboard_alone(open_as: Opened, running: Running) -> None:
    page = open_as()
    page.goto(running.console)
    tab_to(page, "Skip to the content", limit=1)
    tab_to(page, "Sign in")
    page.keyboard.press("Enter")
    page.wait_for_url("**/account/login/**")
    tab_to(page, "id_login")
    page.keyboard.type(running.email_of("teacher"))
    tab_to(page, "id_password")
    page.keyboard.type(running.password)
    tab_to(page, "Sign in")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("Hello")


def test_a_wrong_password_is_told_at_the_top_and_keeps_the_address(
    open_as: Opened, running: Running
) -> None:
    page = open_as()
    page.goto(f"{running.console}/account/login/")
    page.get_by_label("Email").fill("nobody@district.test")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    expect(page.locator(".error-summary")).to_be_focused()
    expect(page.get_by_label("Email")).to_have_value("nobody@district.test")
    assert barriers(page) == []


def test_the_menus_work_on_a_phone_and_close_with_escape(open_as: Opened, running: Running) -> None:
    page = open_as("it administrator")
    page.set_viewport_size({"width": 320, "height": 640})
    page.goto(running.console)
    page.get_by_text("Menu", exact=True).click()
    expect(page.get_by_role("link", name="Policy", exact=True)).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.keyboard.press("Escape")
    expect(page.get_by_role("navigation", name="Main menu")).to_be_hidden()


def test_without_script_one_signs_in_reads_the_policy_and_tests_a_rule(
    open_as: Opened, running: Running
) -> None:
    page = open_as(script=False)
    page.goto(f"{running.console}/account/login/")
    page.get_by_label("Email").fill(running.email_of("teacher"))
    page.get_by_label("Password").fill(running.password)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    expect(page.locator("h1")).to_contain_text("Hello")

    page.goto(f"{running.console}/policy/")
    page.get_by_role("main").get_by_role("link", name="Using Technology Well").first.click()
    page.locator("main a.clause-key").first.click()
    expect(page.locator(".official").first).to_be_visible()

    page.goto(f"{running.console}/filter/test/")
    page.locator("#id_target").fill(running.try_name)
    page.get_by_role("main").locator("form button[type=submit]").first.click()
    expect(page.get_by_role("main")).to_contain_text("Blocked")
