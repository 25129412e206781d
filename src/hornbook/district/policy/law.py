"""The legal bases as data: words, citation and the day that a person last checked them."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

_FILE = Path(__file__).with_name("law.toml")


@dataclass(frozen=True)
class Basis:
    """Why a verdict may bind. ``words`` are for everyone, ``note`` is for staff.

    ``ede`` is the Extended DNS Error that tells it to programs (RFC 8914 4): 15 Blocked, by the
    will of who runs the resolver; 16 Censored, by an order from outside;
    17 Filtered, as the person or a guardian asked.
    """

    key: str
    words: str
    citation: str
    checked_on: date
    note: str
    ede: int = 15


def basis(key: str) -> Basis:
    """The entry of a ``LegalBasis`` value. Raises KeyError for any other key."""
    return _bases()[key]


@cache
def _bases() -> dict[str, Basis]:
    entries = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    return {key: Basis(key=key, **entry) for key, entry in entries.items()}
