"""A real Chromium goes by the proxy, as the profile for its device says."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Browser, Error, sync_playwright

from hornbook.run.profile import chrome, pac, protected
from tests.node.proxy.conftest import ADULT, HELP, OPEN, House

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def browser(house: House, program: Callable[..., str]) -> Iterator[Browser]:
    """Started with the PAC file that managed devices get; names under “test” are public here."""
    settings = replace(house.instance.settings(), private_suffixes=())
    script = pac(settings, "127.0.0.1", protected(house.instance), tls=False)
    told = chrome(script)["ProxySettings"]
    assert isinstance(told, dict)
    flags = [f"--proxy-pac-url={told['ProxyPacUrl']}"]
    flags += ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        path = program("chromium", "google-chrome")
        found = playwright.chromium.launch(executable_path=path, args=flags)
        yield found
        found.close()


def test_a_pupil_reads_what_is_open_and_why_a_page_is_closed(
    house: House, browser: Browser
) -> None:
    with browser.new_context(ignore_https_errors=True) as context:
        tab = context.new_page()
        tab.goto(f"http://{OPEN}:{house.plain.port}/page")
        assert "origin /page" in tab.content()
        tab.goto(f"https://{OPEN}:{house.secure.port}/inside")
        assert "origin /inside" in tab.content()
        tab.goto(f"http://{ADULT}:{house.plain.port}/")
        assert tab.get_by_role("heading", name="This site is closed here").is_visible()
        assert tab.evaluate("document.styleSheets.length") == 1
        if folder := os.environ.get("HORNBOOK_TEST_PICTURES"):
            tab.screenshot(path=f"{folder}/closed.png", full_page=True)
        tab.get_by_label("What do you need it for?").fill("our report")
        tab.get_by_role("button", name="Ask for this site").click()
        assert tab.get_by_role("heading", name="Your request is on its way").is_visible()
        with pytest.raises(Error, match="ERR_TUNNEL_CONNECTION_FAILED"):
            tab.goto(f"https://{ADULT}:{house.secure.port}/")
        tab = context.new_page()
        tab.goto(f"http://{HELP}:{house.plain.port}/help")
        assert "origin /help" in tab.content()
