"""A real Chromium looks at the notice page: barriers, overflow, refused resources, the form."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.looks import barriers
from tests.node.notice.conftest import Served

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def chromium(program: Callable[..., str]) -> Iterator[Browser]:
    path = program("chromium", "google-chrome")
    as_root = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=as_root)
        yield browser
        browser.close()


@pytest.mark.parametrize(
    "query", ["?name=bad.example", "?name=good.example", "", "hornbook-private"]
)
def test_every_page_is_free_of_barriers(chromium: Browser, page: Served, query: str) -> None:
    with chromium.new_context() as context:
        tab = context.new_page()
        tab.goto(f"http://127.0.0.1:{page.port}/{query}")
        assert barriers(tab) == []


def test_asking_works_without_script_and_the_policy_refuses_nothing(
    chromium: Browser, page: Served
) -> None:
    with chromium.new_context(java_script_enabled=False) as context:
        tab = context.new_page()
        complaints: list[str] = []
        tab.on("console", lambda message: complaints.append(message.text))
        tab.goto(f"http://127.0.0.1:{page.port}/?name=bad.example")
        tab.get_by_label("What do you need it for?").fill("our report")
        tab.get_by_role("button", name="Ask for this site").click()
        assert tab.get_by_role("heading", name="Your request is on its way").is_visible()
        assert tab.url.endswith("#ask")
    assert [text for text in complaints if "403" not in text and "favicon" not in text] == []
