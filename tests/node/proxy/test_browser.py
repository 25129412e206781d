"""A real Chromium goes by the proxy, as the profile for its device says."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Browser, Error, sync_playwright

from hornbook.node.devices.browsers import chrome
from hornbook.node.devices.facts import facts_of
from hornbook.node.devices.names import BY_DNS
from tests.browser.looks import barriers
from tests.node.dns.conftest import until
from tests.node.doh.conftest import accepts
from tests.node.proxy.conftest import ADULT, HELP, OPEN, SHOP, House

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def launch(program: Callable[..., str]) -> Iterator[Callable[..., Browser]]:
    """Start a Chromium with these flags."""
    with sync_playwright() as playwright:
        path = program("chromium", "google-chrome")
        as_root = ["--no-sandbox"] if os.geteuid() == 0 else []
        started: list[Browser] = []

        def start(*flags: str) -> Browser:
            args = [*flags, *as_root]
            started.append(playwright.chromium.launch(executable_path=path, args=args))
            return started[-1]

        yield start
        for browser in started:
            browser.close()


def pac_flag(house: House) -> str:
    """The PAC file that managed devices get; names under “test” are public here."""
    facts = replace(facts_of(house.instance, host="127.0.0.1", tls=False), inside=())
    told = chrome(facts)["ProxySettings"]
    assert isinstance(told, dict)
    return f"--proxy-pac-url={told['ProxyPacUrl']}"


@pytest.fixture(scope="module")
def browser(house: House, launch: Callable[..., Browser]) -> Browser:
    return launch(pac_flag(house))


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


def test_a_warning_lets_on_whoever_writes_why(house: House, browser: Browser) -> None:
    """With the keyboard alone, on a phone too, and clean for axe."""
    with browser.new_context() as context:
        tab = context.new_page()
        tab.goto(f"http://{SHOP}:{house.plain.port}/cart?id=7")
        assert tab.get_by_role("heading", name="Say why first").is_visible()
        for width in (1280, 320):
            for light in ("light", "dark"):
                tab.set_viewport_size({"width": width, "height": 800})
                tab.emulate_media(color_scheme=light)
                assert tab.evaluate("document.documentElement.scrollWidth") <= width
                if folder := os.environ.get("HORNBOOK_TEST_PICTURES"):
                    tab.screenshot(path=f"{folder}/warned-{width}-{light}.png", full_page=True)
        assert barriers(tab) == []
        field = tab.get_by_label("Why do you need this site?")
        field.fill("prices for economics")
        field.press("Enter")
        tab.wait_for_url("**/cart?id=7")
        assert "origin /cart?id=7" in tab.content()


def test_a_device_finds_out_whether_it_is_covered(
    house: House, browser: Browser, launch: Callable[..., Browser]
) -> None:
    """Covered by all, by the proxy alone, and by nothing; without script."""
    house.start("notice", "hornbook.node.notice")
    until(lambda: accepts(house.ports.notice), 30)
    resolver = f"--host-resolver-rules=MAP {BY_DNS} 127.0.0.1"  # what the DNS node answers
    nothing = "--host-resolver-rules=MAP *.internal ~NOTFOUND"
    address = f"http://127.0.0.1:{house.ports.notice}/hornbook-check"
    both = launch(pac_flag(house), resolver)
    assert verdicts(both, address) == ["Yes.", "Yes.", "No."]
    assert verdicts(browser, "http://check.hornbook.internal/") == ["No.", "Yes.", "No."]
    assert verdicts(launch(nothing), address) == ["No.", "No.", "No."]
    with both.new_context() as context:
        tab = context.new_page()
        tab.goto(address)
        assert barriers(tab) == []
        if folder := os.environ.get("HORNBOOK_TEST_PICTURES"):
            for width in (1280, 320):
                for light in ("light", "dark"):
                    tab.set_viewport_size({"width": width, "height": 800})
                    tab.emulate_media(color_scheme=light)
                    tab.screenshot(path=f"{folder}/check-{width}-{light}.png", full_page=True)


def verdicts(browser: Browser, address: str) -> list[str]:
    """What a reader sees first on each line: the frame where it loaded, else what stands there."""
    with browser.new_context(java_script_enabled=False) as context:
        tab = context.new_page()
        tab.goto(address)
        tab.wait_for_load_state("networkidle")
        assert "student, north" in tab.inner_text("main .lead")
        loaded = {frame.url: frame.inner_text("body") for frame in tab.frames[1:]}
        places = tab.query_selector_all("object")
        words = [loaded.get(place.get_attribute("data") or "", "") for place in places]
        shown = [word or place.inner_text() for word, place in zip(words, places, strict=True)]
        return [text.split()[0] for text in shown]
