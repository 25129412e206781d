"""Keys for new clauses: an abbreviation of the section and a number that is never used again."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator

_SKIPPED = {"and", "of", "the", "for", "to", "in", "on", "or", "with", "a", "an", "by", "at", "i.e"}


def prefix_of(key: str) -> str:
    return key.rpartition("-")[0]


def abbreviations(section: str) -> Iterator[str]:
    """Ever longer proposals: initials of several words, or the first letters of one."""
    plain = unicodedata.normalize("NFKD", section).encode("ascii", "ignore").decode()
    words = [
        w.upper()
        for w in re.findall(r"[A-Za-z]{2,}", plain.partition("(")[0])
        if w.lower() not in _SKIPPED
    ] or ["GEN"]
    if len(words) > 1:
        yield "".join(word[0] for word in words)[:4]
    yield from (words[0][:length] for length in range(3, min(len(words[0]), 10) + 1))
    yield from (f"{words[0][:3]}{number}" for number in range(2, 1000))


class KeyMaker:
    """Gives keys that no other policy uses and that this policy never used.

    ``foreign`` are the keys of other policies, ``own`` all keys this policy ever had,
    ``sections`` the section that each key in force stands in.
    """

    def __init__(
        self, foreign: Iterable[str], own: Iterable[str], sections: Iterable[tuple[str, str]]
    ) -> None:
        own = list(own)
        self._closed = {prefix_of(key) for key in foreign} | {prefix_of(key) for key in own}
        self._last: dict[str, int] = {}
        for key in own:
            number = int(key.rpartition("-")[2])
            self._last[prefix_of(key)] = max(number, self._last.get(prefix_of(key), 0))
        self._prefixes = _commonest(sections)

    def next(self, section: str) -> str:
        prefix = self._prefixes.get(section)
        if prefix is None:
            prefix = next(p for p in abbreviations(section) if p not in self._closed)
            self._prefixes[section] = prefix
            self._closed.add(prefix)
        self._last[prefix] = self._last.get(prefix, 0) + 1
        return f"{prefix}-{self._last[prefix]}"


def _commonest(sections: Iterable[tuple[str, str]]) -> dict[str, str]:
    counts: dict[str, Counter[str]] = {}
    for key, section in sections:
        counts.setdefault(section, Counter())[prefix_of(key)] += 1
    return {section: counter.most_common(1)[0][0] for section, counter in counts.items()}
