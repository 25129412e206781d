"""Blocks from lines of text: headings, list items, and paragraphs that were wrapped."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from hornbook.district.policy.reading.blocks import LIST_MARK, Block, item, tidy
from hornbook.district.policy.reading.dates import is_date_line
from hornbook.district.policy.reading.verbs import has_verb

Line = tuple[str, str]
"""The words of one line, and where it stands ("line 12", "page 2")."""

_NUMBERED = re.compile(
    r"(?:(?:section|article|part)\s+)?(?:[IVXLC]+|\d+(?:\.\d+)*)[.)]?\s+(?=\S)", re.I
)
_SURELY_WRAPPED = 110  # characters a line
_WRAPPED_AT_MOST = 160
_SMALL = {"and", "of", "the", "for", "to", "in", "on", "or", "with", "a", "an", "by", "at", "from"}


def looks_like_heading(text: str) -> bool:
    """Short, without a closing mark, and set in capitals, in title case or in very few words."""
    words = text.split()
    if not words or len(words) > 12 or len(text) > 100 or text[-1] in ".;:,!?":
        return False
    if is_date_line(text) or not text[0].isalnum():
        return False
    bearing = [word for word in words if word.lower() not in _SMALL and word[0].isalpha()]
    if text.isupper() or (bearing and all(word[0].isupper() for word in bearing)):
        return True
    number = _NUMBERED.match(text)
    if number:
        return text[number.end()].isupper() and not has_verb(text)
    return text[0].isupper() and len(words) <= 4 and not has_verb(text)


def blocks_from_lines(lines: Sequence[Line]) -> list[Block]:
    """Group lines into blocks. An empty line always ends a block."""
    width = _wrapped_at([tidy(text) for text, _ in lines])
    return [_block(" ".join(texts), where) for texts, where in _groups(lines, width)]


def could_go_on(line: str, following: str, width: int) -> bool:
    """Whether the next line's first word would still have had room: the line ended on purpose."""
    return len(line) + 1 + len(following.split(maxsplit=1)[0]) <= 0.85 * width


def _wrapped_at(lines: Sequence[str]) -> int:
    """The width at which lines were broken; 0 when each line is a paragraph of its own."""
    pairs = [(line, after) for line, after in pairwise(lines) if line and after]
    pairs = [(line, after) for line, after in pairs if not LIST_MARK.match(after)]
    width = max((len(line) for line in lines), default=0)
    filled = sum(not could_go_on(line, after, width) for line, after in pairs)
    wrapped = width <= _SURELY_WRAPPED or (width <= _WRAPPED_AT_MOST and filled >= len(pairs) / 2)
    return width if pairs and wrapped else 0


def _groups(lines: Sequence[Line], width: int) -> Iterator[tuple[list[str], str]]:
    texts: list[str] = []
    start = ""
    for raw, where in lines:
        text = tidy(raw)
        if texts and (not text or _begins_anew(texts, text, width)):
            yield texts, start
            texts = []
        if text:
            start = start if texts else where
            texts.append(text)
    if texts:
        yield texts, start


def _begins_anew(before: list[str], text: str, width: int) -> bool:
    """Whether ``text`` starts another block although no empty line stands before it."""
    if not width or LIST_MARK.match(text) or is_date_line(text):
        return True
    last = before[-1]
    finished = last[-1] in '.:!?”")'
    if text[0].islower():
        return False
    if not finished:
        return len(before) == 1 and looks_like_heading(last)
    return looks_like_heading(text) or last[-1] == ":" or could_go_on(last, text, width)


def _block(text: str, where: str) -> Block:
    if LIST_MARK.match(text) and not (_NUMBERED.match(text) and looks_like_heading(text)):
        return item(text, where)
    return Block("heading" if looks_like_heading(text) else "paragraph", text, where)
