"""The golden story: a phone without an account, a case, and an appeal that closes it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Page

from hornbook.district.sample.schools import SCHOOLS
from hornbook.instance import Instance
from hornbook.run.postgres import Postgres
from tests.browser.conftest import Opened, Running
from tests.browser.looks import barriers

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

TOLD = "Every day in the chat of our class a grown-up calls one boy names."
PHONE = {"width": 360, "height": 740}


def press(page: Page, name: str) -> None:
    page.get_by_role("main").get_by_role("button", name=name, exact=True).first.click()
    assert page.locator("h1").count() == 1, page.content()


def tell(page: Page, running: Running) -> str:
    """Tell it on a phone, without script; the receipt."""
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    page.goto(f"{running.console}/report/")
    assert page.get_by_role("link", name="Leave fast").get_attribute("rel") == "noreferrer noopener"
    press(page, "Begin")
    page.get_by_label(re.compile("is mean to")).check()
    press(page, "Next")
    page.get_by_label("School or office").select_option(label=SCHOOLS[0].name)
    press(page, "Next")
    page.get_by_label("Tell it in your own words").fill(TOLD)
    press(page, "Next")
    press(page, "Next")
    press(page, "Next")
    assert TOLD in page.get_by_role("main").inner_text()
    press(page, "Send it now")
    return page.locator(".receipt").inner_text()


def check(page: Page, running: Running, receipt: str) -> str:
    page.goto(f"{running.console}/report/check/")
    page.get_by_label("Your number").fill(receipt)
    press(page, "Check it")
    return page.get_by_role("main").inner_text()


def do(page: Page, case: str, label: str, submit: str, **fills: str) -> None:
    """One thing to do in a case: its form, filled, without barriers, sent."""
    page.goto(case)
    more = page.get_by_text("Everything else", exact=True)
    if more.count():
        more.click()
    page.get_by_role("main").get_by_role("link", name=label, exact=True).first.click()
    for name, value in fills.items():
        field = page.locator(f"[name={name}]").first
        kind = field.evaluate("e => e.type")
        if kind == "checkbox" and value == "on":
            field.check()
        elif kind in ("radio", "checkbox"):
            page.locator(f"[name={name}][value='{value}']").check()
        elif kind == "select-one":
            option = field.locator("option", has_text=value).first
            field.select_option(option.get_attribute("value"))
        else:
            field.fill(value)
    assert barriers(page) == []
    press(page, submit)
    assert page.locator(".error-summary").count() == 0, page.locator(".error-summary").inner_text()


def test_from_a_phone_to_a_closed_appeal(open_as: Opened, running: Running, tmp_path: Path) -> None:
    phone, lead = open_as("", script=False), open_as("principal")
    receipt = tell(phone, running)
    teacher = running.email_of("teacher")

    lead.goto(f"{running.console}/cases/")
    assert barriers(lead) == []
    lead.get_by_role("link", name="Bullying or harassment", exact=True).last.click()
    assert TOLD in lead.get_by_role("main").inner_text()
    assert barriers(lead) == []
    lead.get_by_label("What you want to say or ask").fill("Which class is it?")
    press(lead, "Ask them")
    assert "Which class is it?" in check(phone, running, receipt)
    phone.get_by_label("Tell us more, or answer").fill("It is 4a.")
    press(phone, "Send")
    lead.reload()
    assert "It is 4a." in lead.get_by_role("main").inner_text()

    lead.get_by_label("What you call it").fill("Names in the chat of 4a")
    press(lead, "Open the case")
    case = lead.url
    assert barriers(lead) == []
    do(lead, case, "Say whom it is about", "This is whom it is about", person=teacher)
    words = "Called a boy names in a chat, over weeks."
    do(lead, case, "Allege that a wording was broken", "Allege it", text="BULLY-1", words=words)
    do(lead, case, "Begin", "Do it")
    do(lead, case, "Give notice", "Give notice")
    lead.goto(case)
    assert "The time to answer is not over" in lead.get_by_role("main").inner_text()

    subject = open_as("teacher")
    subject.goto(f"{running.console}/cases/mine/")
    assert barriers(subject) == []
    subject.get_by_role("link", name=re.compile("Bullying")).first.click()
    assert "Iowa Code 22.15" in subject.get_by_role("main").inner_text()
    assert barriers(subject) == []
    subject.get_by_text("Something here is wrong", exact=True).click()
    subject.get_by_label("What is wrong").fill("It was one evening, not weeks.")
    press(subject, "Put it beside")
    subject.get_by_label("In your own words").fill("I wrote it once and am sorry.")
    press(subject, "Send my answer")

    lead.goto(case)
    assert "It was one evening, not weeks." in lead.get_by_role("main").inner_text()
    me = running.email_of("principal")
    seat = {"person": me, "capacity": "Decides", "why": "the site administrator decides"}
    do(lead, case, "Let somebody in", "Let them in", **seat)
    do(lead, case, "Go on to the facts", "Do it")
    do(
        lead,
        case,
        "Find on an allegation",
        "Find",
        result="It happened",
        reason="The chat shows it.",
    )
    do(lead, case, "Find on the statute", "Find on the statute", met="hostile", reason="Once only.")
    do(lead, case, "Go on to the decision", "Do it")
    choice = {"severity": "serious", "outcome": "restriction", "reason": "It hurt a child."}
    do(lead, case, "Decide", "Decide", **choice)
    last = (date.today() + timedelta(days=14)).isoformat()
    follow = {"sort": "Restricted access", "words": "School sites only.", "ends_on": last}
    do(lead, case, "Begin what follows", "Begin it", **follow, only="on")
    assert "The filter knows it" in lead.locator("#messages").inner_text()

    subject.reload()
    press(subject, "I have read this")
    subject.get_by_label("Why somebody should look again").fill("Once is not weeks.")
    press(subject, "Appeal")
    assert barriers(subject) == []

    chief = open_as("superintendent")
    chief.goto(f"{running.console}/cases/")
    chief.get_by_role("link", name=re.compile("Names in the chat of 4a")).click()
    assert barriers(chief) == []
    answer = {"result": "reversed", "reason": "A talk is enough for a single line."}
    do(chief, chief.url, "Answer the appeal", "Answer the appeal", **answer)
    lead.goto(case)
    assert "Closed" in lead.get_by_role("main").inner_text()
    assert check(phone, running, receipt).startswith("Closed")
    _nothing_tells(running, receipt)


def _nothing_tells(running: Running, receipt: str) -> None:
    """No log of the instance has the number, what was told, or a line about the report pages."""
    logs = "".join(path.read_text(errors="replace") for path in running.folder.glob("logs/*"))
    for trace in (receipt, receipt.replace(" ", ""), TOLD, "/report/"):
        assert trace not in logs


IN_CASES = (
    "The librarian saw the same page on five screens.",  # a note
    "Opened the account of another pupil",  # in a notice
    "I took it off the day you asked.",  # an answer
)
"""What the sample district wrote in its cases."""

READ = """
import django; django.setup()
from hornbook.district.conduct.actions.reports import _opened
from hornbook.district.conduct.models import Answer, Event, Notice, Report
print([_opened(one).what for one in Report.objects.all()])
print([one.words for model in (Event, Notice, Answer) for one in model.objects.all()])
"""


def test_a_backup_opens_with_its_key_and_not_without(
    open_as: Opened, running: Running, tmp_path: Path
) -> None:
    """A real dump, a real restore into another database; then with and without the keys' file."""
    tell(open_as("", script=False), running)
    url = Postgres(Instance(running.folder)).start()
    dump = subprocess.run(
        [tool(running, "pg_dump"), "-Fc", "-Z0", url], check=True, capture_output=True
    ).stdout
    assert not any(words.encode() in dump for words in (TOLD, *IN_CASES))
    head, _, tail = url.partition("?")
    other = f"{head.rpartition('/')[0]}/restored?{tail}"
    subprocess.run([tool(running, "psql"), "-qc", "CREATE DATABASE restored", url], check=True)
    subprocess.run([tool(running, "pg_restore"), "--no-owner", "-d", other], input=dump, check=True)
    found = read_reports(other, running.folder).stdout
    assert all(words in found for words in (TOLD, *IN_CASES))
    without = read_reports(other, tmp_path)
    assert without.returncode != 0
    assert "which is not here" in without.stderr


def tool(running: Running, name: str) -> str:
    """A program that belongs to the server that runs."""
    server = int((running.folder / "pg" / "postmaster.pid").read_text().split()[0])
    return str(Path(psutil.Process(server).exe()).with_name(name))


def read_reports(url: str, data: Path) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "HORNBOOK_DATA": str(data),
        "HORNBOOK_DATABASE_URL": url,
        "DJANGO_SETTINGS_MODULE": "hornbook.district.settings",
    }
    return subprocess.run(
        [sys.executable, "-c", READ], env=environment, capture_output=True, text=True, check=False
    )
