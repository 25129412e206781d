"""Units: blocks with their section and list lead, and the dates told apart."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Literal

from hornbook.district.policy.reading.blocks import Block
from hornbook.district.policy.reading.dates import is_date_line
from hornbook.district.policy.reading.sentences import split_sentences

UnitKind = Literal["title", "heading", "lead", "text", "closing"]

_REFERENCES = re.compile(r"(?:legal|cross)[ -]references?\s*:", re.I)


@dataclass(frozen=True)
class Unit:
    """A stretch of text that is either structure or belongs wholly to clauses."""

    kind: UnitKind
    text: str
    where: str
    section: str = ""
    lead: str = ""
    mark: str = ""
    is_item: bool = False

    @property
    def written(self) -> str:
        return f"{self.mark} {self.text}" if self.mark else self.text


def lay_out(blocks: Sequence[Block]) -> list[Unit]:
    """Every block in order; an opening such as “Employees must:” becomes the lead of its list."""
    units: list[Unit] = []
    section = lead = ""
    for block, after in zip_longest(blocks, blocks[1:]):
        if block.kind in ("title", "heading"):
            section, lead = (block.text if block.kind == "heading" else section), ""
            units.append(
                Unit("title" if block.kind == "title" else "heading", block.text, block.where)
            )
        elif is_date_line(block.text) or _REFERENCES.match(block.text):
            units.append(Unit("closing", block.text, block.where, mark=block.mark))
        elif block.kind == "item":
            units.append(_text(block, section, lead))
        else:
            opens_list = after is not None and after.kind == "item"
            found = list(_paragraph(block, section, opens_list))
            lead = found[-1].text if found[-1].kind == "lead" else ""
            units.extend(found)
    return units


def _text(block: Block, section: str, lead: str) -> Unit:
    return Unit("text", block.text, block.where, section, lead, block.mark, block.kind == "item")


def _paragraph(block: Block, section: str, opens_list: bool) -> Iterator[Unit]:
    if not (opens_list and block.text.endswith(":")):
        yield _text(block, section, "")
        return
    *before, lead = split_sentences(block.text)
    if before:
        yield Unit("text", " ".join(before), block.where, section)
    yield Unit("lead", lead, block.where, section)


def runs(units: Sequence[Unit]) -> Iterator[list[Unit]]:
    """Neighbouring text units without any structure between them."""
    run: list[Unit] = []
    for unit in units:
        if unit.kind == "text":
            run.append(unit)
        elif run:
            yield run
            run = []
    if run:
        yield run
