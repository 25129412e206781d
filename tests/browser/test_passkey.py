"""A passkey, from the first touch to a sign-in without a password, with a virtual authenticator."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Opened, Running
from tests.browser.looks import barriers

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


def plug_in_an_authenticator(page: Page) -> None:
    """Chromium's own (DevTools protocol, domain WebAuthn): it says yes at once."""
    protocol = page.context.new_cdp_session(page)
    protocol.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    protocol.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def press(page: Page, name: str) -> None:
    page.get_by_role("main").get_by_role("button", name=name, exact=True).click()


def show_that_it_is_still_me(page: Page, running: Running) -> None:
    expect(page.locator("h1")).to_have_text("Is it still you?")
    page.get_by_label("Password").fill(running.password)
    press(page, "It is me")


def sign_in(page: Page, home: str, running: Running, role: str) -> None:
    page.goto(f"{home}/account/login/")
    page.get_by_label("Email").fill(running.email_of(role))
    page.get_by_label("Password").fill(running.password)
    press(page, "Sign in")
    page.wait_for_url(lambda address: "/login/" not in address)


def test_a_passkey_is_added_used_and_removed(open_as: Opened, running: Running) -> None:
    page = open_as()
    home = running.console.replace("127.0.0.1", "localhost")  # a passkey belongs to a name
    plug_in_an_authenticator(page)
    sign_in(page, home, running, "coach")
    page.goto(f"{home}/account/2fa/webauthn/add/")
    show_that_it_is_still_me(page, running)
    assert barriers(page) == []
    page.get_by_label("Name").fill("Coach's phone")
    page.get_by_label("Passwordless").check()
    press(page, "Ask my device")
    page.wait_for_url(lambda address: "/add/" not in address)

    page.context.clear_cookies()
    page.goto(f"{home}/account/login/")
    assert barriers(page) == []
    press(page, "Sign in with a passkey")
    expect(page.locator("h1")).to_contain_text("Hello")

    page.goto(f"{home}/account/2fa/webauthn/")
    expect(page.get_by_role("main")).to_contain_text("Coach's phone")
    assert barriers(page) == []
    page.get_by_role("link", name="Rename: Coach's phone").click()
    assert barriers(page) == []
    page.goto(f"{home}/account/2fa/webauthn/")
    page.get_by_role("link", name="Remove: Coach's phone").click()
    page.get_by_role("link", name="Use a security key").click()
    assert barriers(page) == []
    press(page, "Ask my passkey or key")
    assert barriers(page) == []
    press(page, "Remove it")
    page.goto(f"{home}/account/2fa/webauthn/")
    expect(page.get_by_role("main")).to_contain_text("You have none yet.")


def test_a_site_opened_by_its_number_says_why_it_has_no_passkeys(
    open_as: Opened, running: Running
) -> None:
    page = open_as()
    sign_in(page, running.console, running, "volunteer")
    page.goto(f"{running.console}/account/2fa/webauthn/add/")
    show_that_it_is_still_me(page, running)
    expect(page.get_by_role("main")).to_contain_text("A passkey belongs to a name")
    assert barriers(page) == []
