"""Every page of the console, in real Chromium: no barriers, no overflow, no refused resource."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import pytest
from django.urls import Resolver404, resolve, reverse
from playwright.sync_api import Browser, Page, Response

from tests.browser.addresses import EXCUSED, VISITS, Visit, every_name
from tests.browser.conftest import Running, unexpected, watched
from tests.browser.looks import barriers

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("pages")]


def test_every_address_is_looked_at_or_excused() -> None:
    known = set(VISITS) | set(EXCUSED)
    assert every_name() - known == set(), "add the new page to tests/browser/addresses.py"
    assert known - every_name() == set(), "these are no longer there"


@dataclass
class Tabs:
    """One tab a role for all pages: to open a page only looks, and leaves nothing behind."""

    running: Running
    pages: dict[str, Page]
    open: Callable[[str], Page]
    links: dict[tuple[str, str], list[str]] = field(default_factory=dict)

    def at(self, role: str, path: str) -> tuple[Page, Response]:
        """The page at that path as somebody of that role sees it, wide and light."""
        if role not in self.pages:
            self.pages[role] = self.open(role)
        page = self.pages[role]
        page.set_viewport_size({"width": 1280, "height": 800})
        page.emulate_media(color_scheme="light")
        answer = page.goto(self.running.console + path)
        assert answer is not None
        return page, answer

    def address(self, name: str, visit: Visit) -> str:
        """The page's path; with arguments, the first link to such a page where people find it."""
        if not visit.found_on:
            return reverse(name)
        return next(path for path in self.links_on(visit.found_on, visit.role) if _is(path, name))

    def links_on(self, name: str, role: str) -> list[str]:
        if (role, name) not in self.links:
            found_on = replace(VISITS[name], role=role)
            page, _ = self.at(role, self.address(name, found_on))
            self.links[role, name] = page.locator("main a[href^='/']").evaluate_all(
                "found => found.map(a => a.pathname)"
            )
        return self.links[role, name]


@pytest.fixture(scope="module")
def complaints() -> list[str]:
    return []


@pytest.fixture(scope="module")
def all_tabs(
    chromium: Browser,
    running: Running,
    signed_in_state: Callable[[str], str | None],
    complaints: list[str],
) -> Iterator[Tabs]:
    pages: dict[str, Page] = {}
    yield Tabs(running, pages, lambda role: watched(chromium, signed_in_state(role), complaints))
    for page in pages.values():
        page.context.close()


@pytest.fixture
def tabs(all_tabs: Tabs, complaints: list[str]) -> Iterator[Tabs]:
    """The tabs, and no complaint in them during this test."""
    complaints.clear()
    yield all_tabs
    assert unexpected(complaints) == []


@pytest.mark.parametrize(("name", "visit"), VISITS.items(), ids=list(VISITS))
def test_a_page_has_no_barriers(name: str, visit: Visit, tabs: Tabs) -> None:
    page, answer = tabs.at(visit.role, tabs.address(name, visit))
    assert answer.status == visit.status
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert page.locator("h1").count() == 1
    assert barriers(page) == []


def _is(path: str, name: str) -> bool:
    try:
        return resolve(path).url_name == name
    except Resolver404:
        return False


def test_a_page_that_is_absent_says_so_without_barriers(tabs: Tabs) -> None:
    page, answer = tabs.at("", "/no/such/page/")
    assert answer.status == 404
    assert barriers(page) == []


@pytest.mark.parametrize("role", ["teacher", "principal", "it administrator", "superintendent"])
def test_each_home_has_no_barriers(role: str, tabs: Tabs) -> None:
    page, _ = tabs.at(role, "")
    assert page.locator("h1").inner_text().startswith("Hello")
    assert barriers(page) == []
