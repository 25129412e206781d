"""What is known about published lists (``known.toml``): makers, categories, what is no list."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

_DATE = re.compile(r"[_.-]v?(?:\d{4}-?\d{2}-?\d{2}|\d+(?:\.\d+)*)$")
_LETTER = re.compile(r"[a-z]")
_WORD_END = re.compile(r"[-_. ]+(?=[^-_. ]*$)")


@dataclass(frozen=True)
class Maker:
    """Who publishes a family of lists."""

    key: str
    name: str
    licence: str


@cache
def known() -> dict[str, Any]:
    """The parsed table. Callers must not change it."""
    table = resources.files("hornbook.district.filtering.lists") / "known.toml"
    return tomllib.loads(table.read_text(encoding="utf-8"))


@cache
def _category_of_word() -> dict[str, str]:
    return {word: category for category, words in known()["categories"].items() for word in words}


def maker(key: str) -> Maker | None:
    """The maker whose lists stand in a folder of that name."""
    found = known()["makers"].get(key)
    return Maker(key, found["name"], found["licence"]) if found else None


def maker_of(source_key: str) -> str:
    """Whom a source counts for: its known maker, else itself (two sources are independent then)."""
    first = source_key.partition("/")[0]
    return first if first in known()["makers"] else source_key


def without_date(stem: str) -> str:
    """``phishing_2026-07-05`` → ``phishing``: versions of one list have one key."""
    shorter = _DATE.sub("", stem)
    if shorter == stem or not _LETTER.search(shorter):
        return stem
    return without_date(shorter)


def category_for(stem: str, folder: str = "") -> str | None:
    """The category that a list's name means, else its folder's; None when neither is known."""
    if stem in known()["not_categories"]:
        return None
    words = _category_of_word()
    shorter = stem
    while shorter:
        if shorter in words:
            return words[shorter]
        shorter = shorter[: found.start()] if (found := _WORD_END.search(shorter)) else ""
    return words.get(folder)


def allow_reason(stem: str) -> str | None:
    """Why a list of that name is one of names to let through, if it is one."""
    allow = known()["allow"]
    first = re.split(r"[-_. ]", stem)[0]
    return str(allow["reason"]) if {stem, first} & set(allow["words"]) else None
