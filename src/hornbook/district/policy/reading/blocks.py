"""The ordered pieces that every reader makes of a file."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

BlockKind = Literal["title", "heading", "paragraph", "item"]

LIST_MARK = re.compile(r"([-*•‣▪◦–—]|\(?(?:\d{1,3}|[a-z]|[ivx]{1,4})[.)])\s+(?=\S)")
_BULLET_AT_LINE_START = re.compile(r"(?m)^[-*•‣▪◦–—]\s+")


class PolicyRefused(Exception):
    """The text cannot be taken; the message names the place and the remedy."""


@dataclass(frozen=True)
class Block:
    """``text`` has single spaces only; ``mark`` is a list item's own mark as it was written."""

    kind: BlockKind
    text: str
    where: str
    mark: str = ""

    @property
    def written(self) -> str:
        return f"{self.mark} {self.text}" if self.mark else self.text


def tidy(text: str) -> str:
    """Runs of white space, no-break spaces included, become one space."""
    return " ".join(text.replace("\u200b", "").split())


def squeeze(text: str) -> str:
    """``text`` without any white space: what must be the same before and after."""
    return "".join(text.replace("\u200b", "").replace("\ufeff", "").split())


def essence(text: str) -> str:
    """``squeeze`` without bullets, so that a Word file and its plain copy count as one text."""
    return squeeze(_BULLET_AT_LINE_START.sub("", text))


def full_text(blocks: Iterable[Block]) -> str:
    """The whole text as it is stored: blocks in order, an empty line between them."""
    return "\n\n".join(block.written for block in blocks)


def item(text: str, where: str) -> Block:
    """A list item; a mark that was typed as text is set apart from it."""
    text = tidy(text)
    found = LIST_MARK.match(text)
    if not found:
        return Block("item", text, where)
    return Block("item", text[found.end() :], where, found.group(1))


def with_title(blocks: list[Block]) -> list[Block]:
    """The first heading is the title when nothing stands before it and no title was marked."""
    if blocks and blocks[0].kind == "heading":
        first = blocks[0]
        return [Block("title", first.text, first.where), *blocks[1:]]
    return blocks
