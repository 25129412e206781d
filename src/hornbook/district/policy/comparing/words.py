"""The difference of two texts, word by word: the same texts always give the same pieces.

Myers-like matching by ``difflib`` over words and the white space between them, without its
guesses about common words (``autojunk``). An island of one or two short words between two
changes joins them: "by *the* board" reads better replaced as a whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

Kind = Literal["same", "gone", "new"]
_TOKEN = re.compile(r"\s+|[\w’'&-]+|[^\w\s]")
_ISLAND_WORDS = 2
_ISLAND_LETTERS = 8


@dataclass(frozen=True)
class Piece:
    """A stretch of words. All but the new ones make the old text, all but the gone ones the new."""

    kind: Kind
    text: str


def difference(old: str, new: str) -> tuple[Piece, ...]:
    """The pieces in order; what is replaced is told as gone, then new."""
    before, after = _TOKEN.findall(old), _TOKEN.findall(new)
    steps = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    runs = [(tag == "equal", before[a:b], after[c:d]) for tag, a, b, c, d in steps]
    return tuple(_pieces(_without_islands(runs)))


Run = tuple[bool, Sequence[str], Sequence[str]]


def _without_islands(runs: Sequence[Run]) -> list[Run]:
    """Changes that only a short common stretch keeps apart become one change."""
    joined: list[Run] = []
    for place, (same, before, after) in enumerate(runs):
        inside = 0 < place < len(runs) - 1
        change = not same or (inside and _is_island(before))
        if joined and change and not joined[-1][0]:
            _, was, became = joined[-1]
            joined[-1] = (False, [*was, *before], [*became, *after])
        else:
            joined.append((not change, before, after))
    return joined


def _is_island(tokens: Sequence[str]) -> bool:
    words = [token for token in tokens if not token.isspace()]
    return len(words) <= _ISLAND_WORDS and sum(map(len, words)) <= _ISLAND_LETTERS


def _pieces(runs: Iterable[Run]) -> Iterable[Piece]:
    for same, before, after in runs:
        gone, new = "".join(before), "".join(after)
        if same:
            yield Piece("same", new)
            continue
        if gone:
            yield Piece("gone", gone)
        if new:
            yield Piece("new", new)


def same_words(old: str, new: str) -> bool:
    """Do both say the same, but for capitals, punctuation and white space?"""
    return _bare(old) == _bare(new)


def _bare(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())
