"""Signing on a phone without script, and the pages of those who look after it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Opened, Running
from tests.browser.looks import barriers

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


def begin(page: Page, running: Running) -> None:
    page.goto(f"{running.console}/today/")
    page.get_by_role("main").get_by_role("link", name=re.compile("^(Start|Go on)")).click()


def answer_questions(page: Page) -> list[str]:
    """Wrong once, then right; what the pages say."""
    said: list[str] = []
    while "/questions/" in page.url:
        choices = page.get_by_role("radio")
        for number in range(choices.count()):
            choices.nth(number).check()
            page.get_by_role("button", name="Answer").click()
            said.append(page.get_by_role("main").inner_text())
            going_on = page.get_by_role("link", name=re.compile("^(Next question|Go on)"))
            if going_on.count():
                going_on.click()
                break
    return said


def test_a_coach_signs_on_a_phone_without_script(open_as: Opened, running: Running) -> None:
    page = open_as("coach", script=False)
    page.set_viewport_size({"width": 320, "height": 640})
    begin(page, running)
    page.get_by_role("link", name="Go on: read").click()
    page.get_by_role("button", name="I have read it").click()
    said = answer_questions(page)
    assert any("Not quite" in words for words in said) or not said
    expect(page.locator("h1")).to_have_text("Confirm")
    page.get_by_role("button", name="Sign", exact=True).click()
    expect(page.get_by_text("Signed. Thank you.")).to_be_visible()
    number = page.locator(".clause-key").last.inner_text()
    page.goto(f"{running.console}/verify/?number={number.lower()}")
    expect(page.get_by_text("It stands.")).to_be_visible()


def test_every_step_of_signing_has_no_barriers(open_as: Opened, running: Running) -> None:
    page = open_as("volunteer")
    begin(page, running)
    page.get_by_role("link", name="Go on: read").click()
    assert barriers(page) == []
    page.get_by_role("button", name="I have read it").click()
    if "/questions/" in page.url:
        assert barriers(page) == []
        page.get_by_role("radio").first.check()
        page.get_by_role("button", name="Answer").click()
        assert barriers(page) == []
        answer_questions(page)
    assert barriers(page) == []
    page.get_by_role("link", name="I do not want to sign").click()
    assert barriers(page) == []
    page.go_back()
    page.get_by_role("button", name="Sign", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Signed. Thank you.")).to_be_visible()
    assert barriers(page) == []


def test_a_principal_finds_one_person_and_the_form_for_paper(
    open_as: Opened, running: Running
) -> None:
    page = open_as("principal")
    page.goto(f"{running.console}/campaigns/")
    page.get_by_role("main").locator("tbody a").first.click()
    page.get_by_role("link", name="Show the people").click()
    assert barriers(page) == []
    page.get_by_label("State").select_option("open")
    page.get_by_role("button", name="Show").click()
    page.get_by_role("main").locator("tbody a").first.click()
    expect(page.get_by_role("heading", name="Signed on paper?")).to_be_visible()
    assert barriers(page) == []


def test_human_resources_records_a_list_on_paper(open_as: Opened, running: Running) -> None:
    page = open_as("human resources")
    page.goto(f"{running.console}/campaigns/")
    page.get_by_role("main").locator("tbody a").first.click()
    page.get_by_role("link", name="Show the people").click()
    page.get_by_role("link", name="Record a list on paper").click()
    expect(page.locator("h1")).to_be_visible()
    assert "/paper/" in page.url
    assert barriers(page) == []


def test_human_resources_looks_before_anybody_is_asked(open_as: Opened, running: Running) -> None:
    page = open_as("human resources")
    page.goto(f"{running.console}/campaigns/new/")
    wording = page.get_by_label("Wording", exact=True)
    ours = wording.locator("option", has_text="Using Technology Well").first
    wording.select_option(ours.get_attribute("value"))
    page.get_by_label("Ask also those").check()
    page.get_by_role("button", name="Show whom it would ask").click()
    assert (
        page.get_by_text("under way already").count() or page.get_by_text("would be asked").count()
    )
    assert barriers(page) == []
    page.goto(f"{running.console}/campaigns/questions/LOGIN-3/")
    assert barriers(page) == []
