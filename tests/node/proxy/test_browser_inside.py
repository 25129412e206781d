"""A real Chromium with the PAC file and the district's authority, as on a managed device."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext

from tests.node.proxy.chromium import chromium
from tests.node.proxy.conftest import ADULT, BANK, LOOKED, House
from tests.node.proxy.test_browser import pac_flag

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def device(
    looking: House, program: Callable[..., str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[BrowserContext]:
    """Names under “test” are public here. It also believes the authority of the test's origins."""
    home = tmp_path_factory.mktemp("home")
    ours = looking.instance.root / "inspection" / "ca.pem"
    trust(program("certutil"), home, {"district": ours, "world": looking.world.file})
    with chromium(program("chromium", "google-chrome"), home, pac_flag(looking)) as found:
        yield found


def trust(certutil: str, home: Path, authorities: dict[str, Path]) -> None:
    """Put authorities where Chromium looks for them on Linux."""
    store = home / ".pki" / "nssdb"
    store.mkdir(parents=True)
    subprocess.run([certutil, "-N", "-d", f"sql:{store}", "--empty-password"], check=True)
    for name, file in authorities.items():
        add = ["-A", "-d", f"sql:{store}", "-t", "C,,", "-n", name, "-i", str(file)]
        subprocess.run([certutil, *add], check=True)


def test_a_managed_device_reads_on_and_reads_why_inside_https(
    looking: House, device: BrowserContext
) -> None:
    port = looking.secure.port
    tab = device.new_page()
    open_page = tab.goto(f"https://{LOOKED}:{port}/page?q=1")
    assert open_page is not None
    assert "origin /page?q=1" in tab.content(), tab.inner_text("main")
    details = open_page.security_details()
    assert details is not None
    assert "District filter authority" in str(details.get("issuer"))
    bank = tab.goto(f"https://{BANK}:{port}/account")
    assert bank is not None
    untouched = bank.security_details()
    assert untouched is not None
    assert untouched.get("issuer") == "The authority of the world"
    closed = tab.goto(f"https://{ADULT}:{port}/")
    assert closed is not None
    assert closed.status == 403
    assert tab.get_by_role("heading", name="This site is closed here").is_visible()
    assert tab.evaluate("document.styleSheets.length") == 1
    if folder := os.environ.get("HORNBOOK_TEST_PICTURES"):
        tab.screenshot(path=f"{folder}/closed-inside.png", full_page=True)
    tab.get_by_label("What do you need it for?").fill("our report")
    tab.get_by_role("button", name="Ask for this site").click()
    assert tab.get_by_role("heading", name="Your request is on its way").is_visible()
