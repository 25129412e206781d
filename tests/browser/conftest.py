"""A real Hornbook, started as people start it, and a real Chromium that looks at it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, sync_playwright

from hornbook.instance import Instance

READY_WITHIN = 240.0  # a machine may be busy; how fast a start is, is measured elsewhere
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
LOCAL = {"127.0.0.1", "localhost", None}
ONLY_LOCAL = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"


@dataclass(frozen=True)
class Running:
    """A started instance: where its pages are, and who signs in with which address."""

    console: str
    notice: str
    accounts: dict[str, str]  # role in words → e-mail address
    password: str
    try_name: str
    folder: Path

    def email_of(self, role: str) -> str:
        return next(email for words, email in self.accounts.items() if role in words.lower())


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """The machine's own Chromium; nothing is downloaded.

    It ends with this package's tests: while Playwright runs, its event loop would stand in the
    way of every later test on the same worker.
    """
    path = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if path is None:
        absent = f"no browser on this machine (looked for {', '.join(BROWSERS)})"
        pytest.fail(f"CI must have one: {absent}") if os.environ.get("CI") else pytest.skip(absent)
    flags = [ONLY_LOCAL, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=flags)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def running(chromium: Browser) -> Iterator[Running]:
    """``hornbook up`` with the sample district, on free ports, in a folder of its own.

    Not below pytest's own folder: another run of pytest closes that for all but its owner, and
    the server, which has a user of its own when we are root, loses its files.
    """
    with tempfile.TemporaryDirectory(prefix="hornbook-up-") as top:
        yield from _up(Path(top) / "up", Path(top) / "up.log")


def _up(folder: Path, log: Path) -> Iterator[Running]:
    ports = {name: _free_port() for name in ("console", "dns", "notice")}
    with log.open("w") as out:
        process = subprocess.Popen(
            [*(sys.executable, "-m", "hornbook.cli", "up", "--data", str(folder))]
            + [word for name, port in ports.items() for word in (f"--{name}", str(port))],
            env=own_environment(),
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    try:
        yield _when_ready(process, Instance(folder), ports, log)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)


def own_environment() -> dict[str, str]:
    """The instance has its own folder and database, not those of the other tests."""
    ours = {"HORNBOOK_DATA", "HORNBOOK_DATABASE_URL", "DJANGO_SETTINGS_MODULE"}
    return {name: value for name, value in os.environ.items() if name not in ours}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _when_ready(
    process: subprocess.Popen[bytes], instance: Instance, ports: dict[str, int], log: Path
) -> Running:
    until = time.monotonic() + READY_WITHIN
    while not (instance.heartbeat("up") or {}).get("ready"):
        if process.poll() is not None or time.monotonic() > until:
            pytest.fail(f"hornbook up was not ready in {READY_WITHIN:g} s:\n{log.read_text()}")
        time.sleep(0.2)
    welcome = json.loads((instance.root / "welcome.json").read_text())
    return Running(
        console=f"http://127.0.0.1:{ports['console']}",
        notice=f"http://127.0.0.1:{ports['notice']}",
        accounts={role: email for email, role in welcome["accounts"]},
        password=instance.secret("sample-password"),
        try_name=welcome["try_name"],
        folder=instance.root,
    )


Opened = Callable[..., Page]


@pytest.fixture(scope="package")
def signed_in_state(chromium: Browser, running: Running) -> Callable[[str], str | None]:
    """The cookies of an account with that role, after one sign-in through the form."""
    kept: dict[str, str] = {}

    def state(role: str) -> str:
        if role not in kept:
            context = chromium.new_context()
            sign_in(context.new_page(), running, role)
            kept[role] = json.dumps(context.storage_state())
            context.close()
        return kept[role]

    return lambda role: state(role) if role else None


def sign_in(page: Page, running: Running, role: str) -> None:
    page.goto(f"{running.console}/account/login/")
    page.get_by_label("Email").fill(running.email_of(role))
    page.get_by_label("Password").fill(running.password)
    page.get_by_role("main").get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(lambda address: "/login/" not in address)


@pytest.fixture
def open_as(chromium: Browser, signed_in_state: Callable[[str], str | None]) -> Iterator[Opened]:
    """A page for an account of that role ("" is a visitor), with cookies and memory of its own.

    Other machines cannot be reached, and asking for one fails the test. So does whatever the
    console of the browser complains about, a broken content security policy above all.
    """
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def opened(role: str = "", *, script: bool = True) -> Page:
        page = watched(chromium, signed_in_state(role), complaints, script=script)
        contexts.append(page.context)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert unexpected(complaints) == []


def watched(
    chromium: Browser, state: str | None, complaints: list[str], *, script: bool = True
) -> Page:
    """A new page with those cookies; what goes wrong in it is put to the complaints."""
    context = chromium.new_context(
        storage_state=json.loads(state) if state else None,
        java_script_enabled=script,
        reduced_motion="reduce",
    )
    context.on("request", _strangers(complaints))
    page = context.new_page()
    page.on(
        "console",
        lambda line: complaints.append(line.text) if line.type == "error" else None,
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    return page


def unexpected(complaints: list[str]) -> list[str]:
    """Without those about an answer that a test looks at itself (403, 404)."""
    expected = "Failed to load resource: the server responded with a status of 40"
    return [words for words in complaints if not words.startswith(expected)]


def _strangers(complaints: list[str]) -> Callable[[Request], None]:
    def look(request: Request) -> None:
        if urlsplit(request.url).hostname not in LOCAL:
            complaints.append(f"asked another machine: {request.url}")

    return look
