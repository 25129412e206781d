"""Which former clause a sentence of the new text comes from: by its wording."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from hornbook.district.policy.reading.sentences import split_sentences

_ALIKE_IN_PLACE = 0.6
_ALIKE_ELSEWHERE = 0.75


@dataclass(frozen=True)
class FormerClause:
    """A clause of the revision before, as it was stored."""

    key: str
    section: str
    lead: str
    official: str
    force: str
    holder: str
    plain: str


def former_keys(former: Sequence[FormerClause], sentences: Sequence[str]) -> list[str | None]:
    """For each new sentence the key of the former clause that it repeats or rewords.

    Equal sentences in order count first, then the most alike ones in the same place, last the
    most alike ones anywhere (a paragraph that moved).
    """
    old = [(_words(s), clause.key) for clause in former for s in split_sentences(clause.official)]
    new = [_words(sentence) for sentence in sentences]
    found: list[str | None] = [None] * len(new)
    spare: set[int] = set()
    matcher = SequenceMatcher(None, [words for words, _ in old], new, autojunk=False)
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag == "equal":
            found[j1:j2] = [key for _, key in old[i1:i2]]
            continue
        spare |= _pair(old, new, set(range(i1, i2)), range(j1, j2), found, _ALIKE_IN_PLACE)
    _pair(old, new, spare, range(len(new)), found, _ALIKE_ELSEWHERE)
    return found


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.casefold().split())


def _pair(
    old: Sequence[tuple[tuple[str, ...], str]],
    new: Sequence[tuple[str, ...]],
    left: set[int],
    places: range,
    found: list[str | None],
    at_least: float,
) -> set[int]:
    """Give the open places the keys of the most alike old sentences; returns those left over."""
    open_places = [j for j in places if found[j] is None]
    pairs = [
        (ratio, i, j)
        for j in open_places
        for i in left
        if (ratio := _alike(old[i][0], new[j])) >= at_least
    ]
    for _, i, j in sorted(pairs, key=lambda pair: (-pair[0], pair[1], pair[2])):
        if i in left and found[j] is None:
            found[j] = old[i][1]
            left = left - {i}
    return left


def _alike(old: tuple[str, ...], new: tuple[str, ...]) -> float:
    """0 to 1 over words; cheap upper bounds first."""
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    if matcher.real_quick_ratio() < _ALIKE_IN_PLACE or matcher.quick_ratio() < _ALIKE_IN_PLACE:
        return 0.0
    return matcher.ratio()
