"""Every page of the console, in real Chromium: no barriers, no overflow, no refused resource."""

from __future__ import annotations

import pytest
from django.urls import Resolver404, resolve, reverse
from playwright.sync_api import Page

from tests.browser.addresses import EXCUSED, VISITS, Visit, every_name
from tests.browser.conftest import Opened, Running
from tests.browser.looks import barriers

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("pages")]


def test_every_address_is_looked_at_or_excused() -> None:
    known = set(VISITS) | set(EXCUSED)
    assert every_name() - known == set(), "add the new page to tests/browser/addresses.py"
    assert known - every_name() == set(), "these are no longer there"


@pytest.mark.parametrize(("name", "visit"), VISITS.items(), ids=list(VISITS))
def test_a_page_has_no_barriers(name: str, visit: Visit, open_as: Opened, running: Running) -> None:
    page = open_as(visit.role)
    answer = page.goto(running.console + address(page, name, visit, running))
    assert answer is not None
    assert answer.status == visit.status
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert page.locator("h1").count() == 1
    assert barriers(page) == []


def address(page: Page, name: str, visit: Visit, running: Running) -> str:
    """The page's address; with arguments, the first link to such a page where people find it."""
    if not visit.found_on:
        return reverse(name)
    page.goto(running.console + address(page, visit.found_on, VISITS[visit.found_on], running))
    links: list[str] = page.locator("main a[href^='/']").evaluate_all(
        "found => found.map(a => a.pathname)"
    )
    return next(path for path in links if _is(path, name))


def _is(path: str, name: str) -> bool:
    try:
        return resolve(path).url_name == name
    except Resolver404:
        return False


def test_a_page_that_is_absent_says_so_without_barriers(open_as: Opened, running: Running) -> None:
    page = open_as()
    answer = page.goto(f"{running.console}/no/such/page/")
    assert answer is not None
    assert answer.status == 404
    assert barriers(page) == []


@pytest.mark.parametrize("role", ["teacher", "principal", "it administrator", "superintendent"])
def test_each_home_has_no_barriers(role: str, open_as: Opened, running: Running) -> None:
    page = open_as(role)
    page.goto(running.console)
    assert page.locator("h1").inner_text().startswith("Hello")
    assert barriers(page) == []
