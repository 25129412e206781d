"""The checks, the laws and the known dead links, as they stand in ``checks.toml``."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from hornbook.district.policy.linting.model import Check, DeadLink, Law

_FILE = Path(__file__).with_name("checks.toml")


@cache
def _entries() -> dict[str, list[dict[str, Any]]]:
    return tomllib.loads(_FILE.read_text(encoding="utf-8"))


@cache
def checks() -> tuple[Check, ...]:
    return tuple(Check(**entry) for entry in _entries()["check"])


@cache
def laws() -> tuple[Law, ...]:
    return tuple(Law(**entry) for entry in _entries()["law"])


@cache
def dead_links() -> tuple[DeadLink, ...]:
    return tuple(DeadLink(**entry) for entry in _entries()["dead"])
