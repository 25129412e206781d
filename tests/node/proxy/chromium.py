"""A real Chromium with a profile of its own."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import BrowserContext, sync_playwright


@contextmanager
def chromium(
    executable: str, home: Path, *flags: str, env: Mapping[str, str] | None = None
) -> Iterator[BrowserContext]:
    """Its home is ``home`` unless ``env`` says otherwise; its profile is there."""
    as_root = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        found = playwright.chromium.launch_persistent_context(
            home / "profile",
            executable_path=executable,
            args=[*flags, *as_root],
            env=dict(env or {**os.environ, "HOME": str(home)}),
        )
        yield found
        found.close()
