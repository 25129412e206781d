"""The second step at sign-in, walked from the first scan to the last recovery code."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Opened, Running
from tests.browser.looks import barriers

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


def press(page: Page, name: str) -> None:
    page.get_by_role("main").get_by_role("button", name=name, exact=True).click()


def sign_in_as_board(page: Page, running: Running) -> None:
    page.goto(f"{running.console}/account/login/")
    page.get_by_label("Email").fill(running.email_of("board member"))
    page.get_by_label("Password").fill(running.password)
    press(page, "Sign in")
    page.wait_for_url(lambda address: "/login/" not in address)


def show_that_it_is_still_me(page: Page, running: Running) -> None:
    expect(page.locator("h1")).to_have_text("Is it still you?")
    page.get_by_label("Password").fill(running.password)
    press(page, "It is me")


def code_now(secret: str) -> str:
    """What an authenticator app shows (RFC 6238: HMAC-SHA-1, 30 s, six digits)."""
    counter = int(time.time()) // 30
    digest = hmac.digest(base64.b32decode(secret), counter.to_bytes(8, "big"), hashlib.sha1)
    start = digest[-1] & 15
    number = int.from_bytes(digest[start : start + 4], "big") & 0x7FFFFFFF
    return f"{number % 1_000_000:06}"


def test_a_second_step_is_turned_on_used_and_turned_off(open_as: Opened, running: Running) -> None:
    page = open_as()
    sign_in_as_board(page, running)
    page.goto(f"{running.console}/account/2fa/totp/activate/")
    show_that_it_is_still_me(page, running)
    assert barriers(page) == []
    secret = page.locator("#authenticator_secret").inner_text()
    page.get_by_label("code").fill(code_now(secret))
    press(page, "Turn it on")

    page.goto(f"{running.console}/account/2fa/recovery-codes/")
    codes = page.locator("#recovery_codes li").all_inner_texts()
    assert len(codes) == 10
    assert barriers(page) == []

    page.context.clear_cookies()
    sign_in_as_board(page, running)
    expect(page.locator("h1")).to_have_text("The second step")
    assert barriers(page) == []
    page.get_by_label("code").fill("000000")
    press(page, "Sign in")
    expect(page.locator(".error-summary")).to_be_focused()
    page.get_by_label("code").fill(codes[0])
    press(page, "Sign in")
    expect(page.locator("h1")).to_contain_text("Hello")

    page.goto(f"{running.console}/account/2fa/reauthenticate/")
    assert barriers(page) == []
    page.goto(f"{running.console}/account/2fa/totp/deactivate/")
    show_that_it_is_still_me(page, running)
    assert barriers(page) == []
    press(page, "Turn it off")
    expect(page.get_by_role("main")).to_contain_text("Off.")
