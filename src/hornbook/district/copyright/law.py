"""The elements and days of 17 U.S.C. 512, as data, and what they mean for one notice: pure."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from hornbook.district import business_days

_FILE = Path(__file__).with_name("law.toml")


@dataclass(frozen=True)
class Element:
    """One thing that a notice must have. ``core``: without it nobody must even be asked."""

    key: str
    words: str
    citation: str
    core: bool = False


@dataclass(frozen=True)
class Law:
    elements: dict[str, Element]
    checked_on: date
    citation: str
    counter_citation: str
    misuse: str
    misuse_citation: str
    first_day: int
    last_day: int


@cache
def law() -> Law:
    told = tomllib.loads(_FILE.read_text("utf-8"))
    elements = {key: Element(key, **one) for key, one in told.pop("element").items()}
    return Law(elements=elements, **told)


def missing(told: Mapping[str, Any]) -> list[str]:
    """Which elements are not there, in the order of the law. ``told`` has the model's names."""
    there = {
        "signature": bool(told.get("signature")),
        "works": bool(told.get("works")),
        "material": bool(told.get("material")),
        "contact": any(told.get(name) for name in ("address", "phone", "email")),
        "good_faith": bool(told.get("good_faith")),
        "perjury": bool(told.get("perjury")),
    }
    return [key for key in law().elements if not there[key]]


def must_be_asked(found: list[str]) -> bool:
    """Works, material and contact are there: then whoever wrote is asked for the rest
    (512(c)(3)(B)(ii))."""
    return bool(found) and not any(law().elements[key].core for key in found)


def restore_window(received: date) -> tuple[date, date]:
    """Not before the first, not after the second day (512(g)(2)(C)).

    The first is counted without holidays and the second with them, so that neither can be wrong.
    """
    told = law()
    return (
        business_days.after(received, told.first_day, holidays=True),
        business_days.after(received, told.last_day, holidays=False),
    )
