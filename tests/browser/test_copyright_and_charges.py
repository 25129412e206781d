"""A copyright notice from a stranger to the counter-notice; a charge from asking to hearing."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Opened, Running
from tests.browser.looks import barriers

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


def press(page: Page, name: str) -> None:
    page.get_by_role("main").get_by_role("button", name=name, exact=True).click()


def test_a_notice_is_taken_down_and_answered(open_as: Opened, running: Running) -> None:
    stranger = open_as(script=False)
    stranger.goto(f"{running.console}/copyright/notice/")
    stranger.get_by_label("Your name").fill("Ann Author")
    stranger.get_by_label("Your e-mail").fill("ann@author.example")
    stranger.get_by_label("Which work").fill("A book of birds")
    stranger.get_by_label("Which material").fill("Page 3 of the class page")
    stranger.get_by_label("I believe in good faith").check()
    stranger.get_by_label("What I write is accurate").check()
    stranger.get_by_label("Sign with").fill("Ann Author")
    press(stranger, "Send the notice")
    number = stranger.get_by_role("main").locator("code").inner_text()

    desk = open_as("records custodian")
    desk.goto(f"{running.console}/copyright/desk/{number}/")
    desk.get_by_label("Whose material").fill(running.email_of("teacher"))
    press(desk, "It is down")
    assert barriers(desk) == []

    teacher = open_as("teacher")
    teacher.goto(f"{running.console}/copyright/")
    teacher.get_by_role("link", name=f"Notice {number}").click()
    assert barriers(teacher) == []
    teacher.get_by_label("Your postal").fill("2 Oak St, Ames")
    teacher.get_by_label("Your telephone").fill("515-555-0101")
    teacher.get_by_label("Under penalty").check()
    teacher.get_by_label("I consent").check()
    teacher.get_by_label("Sign with").fill("A Teacher")
    press(teacher, "Send the counter-notice")
    expect(teacher.get_by_text("unless the claimant goes to court")).to_be_visible()
    assert barriers(teacher) == []


def test_a_charge_is_contested_and_heard(open_as: Opened, running: Running) -> None:
    asks = open_as("principal")
    asks.goto(f"{running.console}/people/?q={running.email_of('teacher')}")
    asks.get_by_role("main").locator("th a").first.click()
    asks.get_by_role("link", name="Ask for the cost").click()
    asks.get_by_label("What it is for").fill("A lost charger")
    asks.get_by_label("How many dollars").fill("19.99")
    asks.get_by_label("The clause").select_option("CARE-2")
    asks.get_by_label("What shows").fill("Ticket 9")
    press(asks, "Ask for it")
    assert barriers(asks) == []

    teacher = open_as("teacher")
    teacher.goto(f"{running.console}/me/")
    teacher.get_by_role("link", name="A lost charger").click()
    assert barriers(teacher) == []
    teacher.get_by_label("Why it is not right").fill("I gave it back.")
    press(teacher, "Contest it")

    judge = open_as("human resources")
    judge.goto(f"{running.console}/charges/")
    assert barriers(judge) == []
    judge.get_by_role("link", name=re.compile("A lost charger")).click()
    judge.get_by_label("What is asked").fill("0")
    judge.get_by_label("Why", exact=True).fill("It was found.")
    press(judge, "Decide")
    expect(judge.get_by_text("Not asked for any more")).to_be_visible()
    assert barriers(judge) == []
