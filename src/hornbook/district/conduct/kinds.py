"""What can be reported: words, clause and clock of each kind (``data/kinds.toml``)."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources

from hornbook.district.conduct.models import Kind
from hornbook.district.policy.models import ClauseText


@dataclass(frozen=True)
class KindLaw:
    """``words`` are for everybody; ``days`` are school days until somebody must have read it."""

    words: str
    keys: tuple[str, ...]
    clause: tuple[str, ...]
    days: int
    statute: str = ""


def read_data(name: str) -> dict[str, object]:
    """The parsed ``data/<name>.toml``."""
    folder = resources.files("hornbook.district.conduct") / "data"
    return tomllib.loads((folder / f"{name}.toml").read_text(encoding="utf-8"))


@cache
def kinds() -> dict[str, KindLaw]:
    """Every kind, in the order in which people are offered them."""
    found: dict[str, KindLaw] = {}
    for key, entry in read_data("kinds").items():
        assert isinstance(entry, dict)  # noqa: S101  (our own file)
        lists = {name: tuple(entry[name]) for name in ("keys", "clause")}
        found[Kind(key)] = KindLaw(**{**entry, **lists})
    return found


def clause_on(kind: str, on: date) -> ClauseText | None:
    """The wording in force that day that this kind concerns; None without any policy."""
    texts = list(ClauseText.objects.in_force(on).filter(lang="en").order_by("revision", "order"))
    law = kinds()[kind]
    by_key = {text.clause.key: text for text in texts}
    known = (by_key[key] for key in law.keys if key in by_key)
    fitting = next((text for text in known if _speaks(text, law.clause)), None)
    return fitting or _first(texts, law.clause) or _first(texts, kinds()[Kind.OTHER].clause)


def _speaks(text: ClauseText, words: Sequence[str]) -> bool:
    return any(word in text.official.lower() for word in words)


def _first(texts: Sequence[ClauseText], words: Sequence[str]) -> ClauseText | None:
    for word in words:
        for text in texts:
            if word in text.official.lower():
                return text
    return None


@cache
def _danger() -> re.Pattern[str]:
    words = read_data("danger")["words"]
    assert isinstance(words, list)  # noqa: S101  (our own file)
    spelled = "|".join(re.escape(word).replace(r"\*", r"\w*") for word in words)
    return re.compile(rf"\b(?:{spelled})\b", re.IGNORECASE)


def words_of_danger(text: str) -> list[str]:
    """The words in it that tell of danger to somebody's life, each once, as written."""
    plain = " ".join(text.replace("\u2019", "'").split())
    return list(dict.fromkeys(match.group().lower() for match in _danger().finditer(plain)))
