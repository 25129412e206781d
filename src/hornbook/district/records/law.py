"""The schedule and the purposes as data: words, citation, and the day a person checked them."""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings

from hornbook.instance import InstanceError

_FILE = Path(__file__).with_name("law.toml")
OWN_SCHEDULE = "retention.toml"


class BadSchedule(InstanceError):
    """The district's own schedule cannot be used; the message says where and why."""


@dataclass(frozen=True)
class Keep:
    """How long one kind of record is kept. ``days`` None: for ever. ``least``: fewer days than
    these would break the law that is cited; our own file says so, and a district's cannot.
    """

    key: str
    title: str
    citation: str
    checked_on: date
    note: str
    days: int | None = None
    least: int = 0

    @property
    def words(self) -> str:
        """The period as people say it."""
        if self.days is None:
            return "for ever"
        if self.days % 365 == 0:
            years = self.days // 365
            return f"{years} year{'s' if years > 1 else ''}"
        return f"{self.days} days"


@dataclass(frozen=True)
class PurposeLaw:
    """A lawful reason to look at one person, and when they are told of the look."""

    key: str
    label: str
    words: str
    tell_after_days: int
    citation: str
    checked_on: date


@dataclass(frozen=True)
class Schedule:
    entries: dict[str, Keep]
    digest: str


def schedule() -> Schedule:
    """The schedule in force: ours, or the district's own. Raises BadSchedule."""
    own = settings.INSTANCE.root / OWN_SCHEDULE
    path = own if own.exists() else _FILE
    body = path.read_bytes()
    try:
        told = tomllib.loads(body.decode())["keep"]
        entries = {key: Keep(key=key, **entry) for key, entry in told.items()}
    except (ValueError, KeyError, TypeError) as error:
        raise BadSchedule(
            f"{path} is no retention schedule: {error}. Mend or remove it."
        ) from error
    _check(path, entries)
    return Schedule(entries, hashlib.sha256(body).hexdigest())


def _check(path: Path, entries: dict[str, Keep]) -> None:
    missing = set(_raw()["keep"]) - set(entries)
    if missing:
        raise BadSchedule(f"{path} says nothing about {', '.join(sorted(missing))}.")
    for key, entry in entries.items():
        if entry.days is not None and (type(entry.days) is not int or entry.days < 1):
            raise BadSchedule(
                f"{path}: {key} is kept for {entry.days!r} days; write a whole number."
            )
        least = _raw()["keep"].get(key, {}).get("least", 0)
        if entry.days is not None and entry.days < least:
            raise BadSchedule(
                f"{path}: {key} is kept for {entry.days} days; the law asks for {least} at least."
            )
        if not entry.citation.strip():
            raise BadSchedule(f"{path}: {key} names no citation.")


@cache
def _raw() -> dict[str, Any]:
    return tomllib.loads(_FILE.read_text(encoding="utf-8"))


@cache
def purposes() -> dict[str, PurposeLaw]:
    return {key: PurposeLaw(key=key, **entry) for key, entry in _raw()["purpose"].items()}
