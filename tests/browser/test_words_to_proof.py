"""The life of a policy: its text, two people, a meeting, and receipts that prove themselves.

By the pages that people use; only the adopted text comes in as it does at a district, by the
command.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import zipfile
from datetime import date, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Opened, Running, own_environment
from tests.browser.keys import follow, skip_to_content, tab_to
from tests.browser.looks import barriers

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

TITLE, POLICY = "Chromebook Carts", "carts"
TEXT = f"""# {TITLE}

## Carts

The carts bring Chromebooks to lessons and meetings.

Staff must lock a cart when they leave it.

Staff should tell IT about a broken Chromebook before the day ends.

Adopted: August 9, 2021
"""
LOCK, TELL = "CAR-2", "CAR-3"
NEW_WORDS = "Staff must lock a cart and take its key along when they leave it."
DUTY = "The carts"
RIGHT = "Along, with whoever leaves"
SIGNERS = {"Records custodian", "IT administrator"}
TODAY = date.today()


def press(page: Page, name: str) -> None:
    """Press it; whatever a form does not take is shown here and not twenty lines later."""
    page.get_by_role("main").get_by_role("button", name=name, exact=True).click()
    refused = page.locator(".error-summary")
    assert refused.count() == 0, refused.first.inner_text()


def bring_in(running: Running, folder: Path) -> dict[str, str]:
    """The adopted text by the command; clause key → its words."""
    file = folder / f"{POLICY}.md"
    file.write_text(TEXT)
    words = ["import", "policy", str(file), "--policy", POLICY, "--json"]
    done = subprocess.run(
        [sys.executable, "-m", "hornbook.cli", *words, "--data", str(running.folder)],
        env=own_environment(),
        capture_output=True,
        check=True,
    )
    told = json.loads(done.stdout)
    assert told["state"] == "stored"
    return {clause["key"]: clause["official"] for clause in told["clauses"]}


def clauses_are_checked(owner: Page, running: Running, clauses: dict[str, str]) -> None:
    """The whole text has become clauses, each with its own words, and somebody reads them."""
    assert set(clauses) == {"CAR-1", LOCK, TELL}
    owner.goto(f"{running.console}/policy/{POLICY}/")
    for key, words in clauses.items():
        assert words in TEXT
        expect(owner.locator(f"#{key}")).to_contain_text(words)
    assert barriers(owner) == []
    owner.goto(f"{running.console}/revise/check/")
    expect(owner.get_by_role("link", name=POLICY, exact=True)).to_be_visible()


def begin_draft(owner: Page, running: Running, why: str, key: str, words: str) -> None:
    owner.goto(f"{running.console}/revise/")
    owner.get_by_label("Which policy").select_option(POLICY)
    owner.get_by_label("Why it should change").fill(why)
    press(owner, "Begin the draft")
    owner.locator(f"#row-{key}").get_by_role("link", name=f"Edit {key}").click()
    owner.get_by_label("Official words", exact=True).fill(words)
    press(owner, "Save the clause")
    expect(owner.locator(f"article#{key}")).to_be_visible()


def file_evidence(owner: Page, kind: str, days_ago: int, where: str) -> None:
    owner.get_by_label("What happened").select_option(label=kind)
    owner.get_by_label("On which day").fill((TODAY - timedelta(days=days_ago)).isoformat())
    owner.get_by_label("Where it can be found").fill(where)
    press(owner, "File it")
    expect(owner.get_by_text(where)).to_be_visible()


def two_people_revise(owner: Page, chief: Page, running: Running) -> None:
    """One proposes; without notice and meeting nobody can adopt; then another person does."""
    begin_draft(
        owner, running, "Two carts were opened with a key that lay on them.", LOCK, NEW_WORDS
    )
    assert barriers(owner) == []
    press(owner, "Propose it for adoption")
    expect(owner.get_by_text("a person other than")).to_be_visible()
    draft = owner.url.partition("#")[0]
    chief.goto(f"{draft}adopt/")
    expect(chief.get_by_text("No public notice is on file")).to_be_visible()
    expect(chief.get_by_role("button", name="Put it in force")).to_have_count(0)
    file_evidence(owner, "Public notice", 10, "Herald of 2 May, page 3")
    file_evidence(owner, "Board meeting", 3, "Board room, item 4")
    chief.goto(f"{draft}adopt/")
    assert barriers(chief) == []
    chief.get_by_label("Minute of the decision").fill("Board minutes, item 4")
    chief.get_by_label("I read every change").check()
    press(chief, "Put it in force")
    expect(chief.locator("#messages")).to_contain_text("Adopted as revision 2")


def write_question(hr: Page, running: Running) -> None:
    """What people who sign are asked about the changed clause."""
    hr.goto(f"{running.console}/campaigns/questions/{LOCK}/")
    for label, words in {
        "Question": "You leave a cart for a minute. Where is its key?",
        "The right answer": RIGHT,
        "Why it is right": "A key that lies on the cart opens it for everybody.",
        "A wrong answer": "In the lock",
        "Why it is wrong": "Then it is not locked.",
    }.items():
        hr.get_by_label(label, exact=True).fill(words)
    press(hr, "Ask it")


def start_campaign(hr: Page, running: Running) -> str:
    """A duty on the clause, and everybody whom it means, looked at before they are asked."""
    hr.goto(f"{running.console}/campaigns/duties/new/")
    hr.get_by_label("Short name").fill(POLICY)
    hr.get_by_label("Title, as people read it").fill(DUTY)
    hr.get_by_label("Clause on which it rests").select_option(LOCK)
    for role in SIGNERS:
        hr.get_by_label(role, exact=True).check()
    hr.get_by_label("The sentence that people agree to").fill("I have read it and will follow it.")
    press(hr, "Keep it")
    hr.goto(f"{running.console}/campaigns/new/")
    hr.get_by_label("Duty", exact=True).select_option(label=DUTY)
    wording = hr.get_by_label("Wording", exact=True)
    newest = wording.locator("option", has_text=TITLE).first  # newest first
    wording.select_option(newest.get_attribute("value"))
    press(hr, "Show whom it would ask")
    for role in SIGNERS:
        expect(hr.get_by_role("cell", name=running.email_of(role.lower()))).to_be_visible()
    assert barriers(hr) == []
    hr.get_by_role("button", name=re.compile("^Start: ask these")).click()
    expect(hr.locator("#messages")).to_contain_text("Started.")
    return hr.url


def remind(hr: Page, campaign: str) -> None:
    hr.goto(campaign)
    press(hr, "Remind today")
    expect(hr.locator("#messages")).to_contain_text(re.compile(r"\d+ reminders wait to be sent"))


def sign_by_keyboard(page: Page, running: Running) -> str:
    """From Today to the receipt: what changed, read, one question, confirm. Its number."""
    page.goto(f"{running.console}/today/")
    skip_to_content(page)
    follow(page, f"Start with {DUTY}")
    follow(page, "Go on: read")
    expect(page.locator("#text")).to_contain_text(NEW_WORDS)
    follow(page, "I have read it")
    expect(page.get_by_role("radio").first).to_be_visible()
    tab_to(page, "id_choice_0")
    page.keyboard.press("Space")
    follow(page, "Answer")
    expect(page.get_by_text("Right", exact=True)).to_be_visible()
    follow(page, "(Next question|Go on: confirm)")
    expect(page.locator("h1")).to_have_text("Confirm")
    tab_to(page, "I do not want to sign")
    page.keyboard.press("Shift+Tab")
    with page.expect_navigation():
        page.keyboard.press("Space")
    expect(page.get_by_text("Signed. Thank you.")).to_be_visible()
    return page.url.rstrip("/").rpartition("/")[2]


def record_paper(hr: Page, campaign: str, email: str) -> str:
    """Somebody signed on paper; who looks after the campaign records it. The number."""
    hr.goto(f"{campaign}people/?q={email}&state=open")
    hr.get_by_role("main").locator("tbody a").first.click()
    hr.get_by_label("Day of the signature").fill(TODAY.isoformat())
    hr.get_by_label("Who saw it").fill("The principal")
    assert barriers(hr) == []
    press(hr, "Record it")
    expect(hr.get_by_role("main")).to_contain_text("seen by The principal")
    return hr.url.rstrip("/").rpartition("/")[2]


def receipts_stand(anybody: Page, running: Running, numbers: list[str]) -> None:
    for number in numbers:
        anybody.goto(f"{running.console}/verify/")
        anybody.get_by_label("Number").fill(number)
        press(anybody, "Look it up")
        expect(anybody.get_by_text("It stands.")).to_be_visible()


def pack_proves(owner: Page, running: Running, folder: Path, numbers: list[str]) -> None:
    """A pack of the clause holds both signatures and the ledger's proofs; offline, by anybody."""
    owner.goto(f"{running.console}/clauses/{LOCK}/")
    press(owner, "Make the proof pack")
    row = owner.locator("tbody tr", has_text=LOCK).first
    seal = row.locator("code").inner_text()
    with owner.expect_download() as download:
        row.get_by_role("link", name=re.compile("^Download")).click()
    pack, script = folder / "pack.zip", folder / "verify.py"
    download.value.save_as(pack)
    script.write_bytes(owner.request.get(f"{running.console}/packs/verify.py").body())
    with zipfile.ZipFile(pack) as archive:
        signed = archive.read("signatures.json").decode()
    assert all(number in signed for number in numbers)
    assert verified(script, pack, seal).returncode == 0
    octets = bytearray(pack.read_bytes())
    octets[len(octets) // 2] ^= 1
    pack.write_bytes(octets)
    assert verified(script, pack, seal).returncode != 0


def verified(script: Path, pack: Path, seal: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-I", str(script), str(pack), seal], capture_output=True, check=False
    )


def next_revision_tells_whom_it_touches(owner: Page, running: Running, signed: int) -> None:
    tell = "Staff must tell IT about a broken Chromebook before the day ends."
    begin_draft(owner, running, "Broken ones stood for weeks.", TELL, tell)
    expect(owner.locator(f"article#{TELL}")).to_contain_text("should")
    told = owner.get_by_role("main").inner_text()
    assert f"must sign again: {DUTY}. {signed} of them signed the words before." in told
    assert barriers(owner) == []


def test_from_the_text_to_the_proof(open_as: Opened, running: Running, tmp_path: Path) -> None:
    owner, chief, hr = map(open_as, ("policy owner", "superintendent", "human resources"))
    clauses_are_checked(owner, running, bring_in(running, tmp_path))
    two_people_revise(owner, chief, running)
    anybody = open_as("")
    anybody.goto(f"{running.console}/policy/{LOCK}/")
    expect(anybody.locator(".official").first).to_contain_text(NEW_WORDS)

    write_question(hr, running)
    campaign = start_campaign(hr, running)
    remind(hr, campaign)
    on_screen = sign_by_keyboard(open_as("records custodian"), running)
    on_paper = record_paper(hr, campaign, running.email_of("it administrator"))
    receipts_stand(anybody, running, [on_screen, on_paper])
    pack_proves(owner, running, tmp_path, [on_screen, on_paper])
    next_revision_tells_whom_it_touches(owner, running, signed=2)
