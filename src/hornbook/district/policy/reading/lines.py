"""Blocks from lines of text: headings, list items, and paragraphs that were wrapped."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from hornbook.district.policy.reading.blocks import LIST_MARK, Block, item, tidy
from hornbook.district.policy.reading.dates import is_date_line
from hornbook.district.policy.reading.verbs import has_verb

Line = tuple[str, str]
"""The words of one line, and where it stands ("line 12", "page 2")."""

_NUMBERED = re.compile(r"(?:section|article|part)?\s*(?:[IVXLC]+|\d+(?:\.\d+)*)[.)]?\s+", re.I)
_WRAPPED_AT_MOST = 110
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
    numbered = _NUMBERED.match(text) is not None
    return (numbered or (text[0].isupper() and len(words) <= 4)) and not has_verb(text)


def blocks_from_lines(lines: Sequence[Line]) -> list[Block]:
    """Group lines into blocks. An empty line always ends a block."""
    filled = [text for text, _ in lines if text.strip()]
    wrapped = bool(filled) and max(map(len, filled)) <= _WRAPPED_AT_MOST
    return [_block(" ".join(texts), where) for texts, where in _groups(lines, wrapped)]


def _groups(lines: Sequence[Line], wrapped: bool) -> Iterator[tuple[list[str], str]]:
    texts: list[str] = []
    start = ""
    for raw, where in lines:
        text = tidy(raw)
        if texts and (not text or _begins_anew(texts, text, wrapped)):
            yield texts, start
            texts = []
        if text:
            start = start if texts else where
            texts.append(text)
    if texts:
        yield texts, start


def _begins_anew(before: list[str], text: str, wrapped: bool) -> bool:
    """Whether ``text`` starts another block although no empty line stands before it."""
    if not wrapped or LIST_MARK.match(text) or is_date_line(text):
        return True
    last = before[-1]
    finished = last[-1] in '.:!?”")'
    if text[0].islower() or (not finished and not looks_like_heading(last)):
        return False
    if len(before) == 1 and looks_like_heading(last):
        return True
    return finished and (looks_like_heading(text) or last.endswith(":") or len(last) < 60)


def _block(text: str, where: str) -> Block:
    if LIST_MARK.match(text) and not (_NUMBERED.match(text) and looks_like_heading(text)):
        return item(text, where)
    return Block("heading" if looks_like_heading(text) else "paragraph", text, where)
