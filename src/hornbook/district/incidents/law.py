"""The breach law as data: numbers, words, citations, and the day a person checked them."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings

from hornbook.instance import InstanceError

_FILE = Path(__file__).with_name("law.toml")
OWN = "breach.toml"


class BadLaw(InstanceError):
    """The district's own file cannot be used; the message says where and why."""


@dataclass(frozen=True)
class Says:
    """One duty, in the words of the law."""

    words: str
    citation: str
    checked_on: date


@dataclass(frozen=True)
class Kind:
    """One kind of personal information; ``letter`` is how a letter names it."""

    key: str
    title: str
    letter: str


@dataclass(frozen=True)
class Law:
    state: str
    state_name: str
    contents: str
    notice: Says
    attorney: Says
    harm: Says
    hold: Says
    owner: Says
    unreadable: Says
    more_than: int
    business_days: int
    keep_years: int
    attorney_address: tuple[str, ...]
    attorney_phone: str
    kinds: dict[str, Kind]
    agencies: tuple[dict[str, str], ...]


def law() -> Law:
    """Ours, or the district's own. Raises BadLaw."""
    own = settings.INSTANCE.root / OWN
    path = own if own.exists() else _FILE
    try:
        return _read(tomllib.loads(path.read_text("utf-8")))
    except (ValueError, KeyError, TypeError) as error:
        raise BadLaw(f"{path} is no breach law: {error}. Mend or remove it.") from error


def _read(told: dict[str, Any]) -> Law:
    def says(name: str) -> Says:
        part = told[name]
        return Says(part["words"], part["citation"], part["checked_on"])

    office = told["attorney"]
    return Law(
        state=told["notice"]["state"],
        state_name=told["notice"]["state_name"],
        contents=told["notice"]["contents"],
        notice=says("notice"),
        attorney=says("attorney"),
        harm=says("harm"),
        hold=says("hold"),
        owner=says("owner"),
        unreadable=says("unreadable"),
        more_than=int(office["more_than"]),
        business_days=int(office["business_days"]),
        keep_years=int(told["harm"]["keep_years"]),
        attorney_address=(office["name"], office["office"], *office["address"]),
        attorney_phone=office["phone"],
        kinds={key: Kind(key, **one) for key, one in told["kinds"].items()},
        agencies=tuple(told["agencies"]),
    )
