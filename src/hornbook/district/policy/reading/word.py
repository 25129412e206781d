"""Blocks from a Word file (docx), in document order, lists and tables included."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

from docx import Document
from docx.table import Table

from hornbook.district.policy.reading.blocks import Block, PolicyRefused, item, tidy
from hornbook.district.policy.reading.lines import looks_like_heading


def blocks_of_word(body: bytes) -> list[Block]:
    """Headings by style, or by a line that is bold as a whole; a table's row is one item."""
    try:
        return list(_blocks(Document(io.BytesIO(body)).iter_inner_content()))
    except Exception as error:  # zip, XML and docx layers each raise their own
        raise PolicyRefused(
            "this is no whole Word file (docx). Open it in a word processor and save it again"
        ) from error


def _blocks(content: Any) -> Iterator[Block]:
    number = 0
    for part in content:
        if isinstance(part, Table):
            for text in _rows(part):
                number += 1
                yield item(text, f"paragraph {number}")
        elif tidy(part.text):
            number += 1
            yield _paragraph(part, f"paragraph {number}")


def _rows(table: Table) -> Iterator[str]:
    for row in table.rows:
        seen: list[str] = []
        previous = None
        for cell in row.cells:
            if cell._tc is not previous and tidy(cell.text):  # a merged cell comes once
                seen.append(tidy(cell.text))
            previous = cell._tc
        if seen:
            yield " | ".join(seen)


def _paragraph(paragraph: Any, where: str) -> Block:
    text = tidy(paragraph.text)
    style = (paragraph.style.name if paragraph.style is not None else "").lower()
    if style == "title":
        return Block("title", text, where)
    if style.startswith(("heading", "subtitle")) or _is_bold_line(paragraph, text):
        return Block("heading", text, where)
    made = item(text, where)
    if made.mark or style.startswith("list") or _is_numbered(paragraph):
        return made
    return Block("paragraph", text, where)


def _is_bold_line(paragraph: Any, text: str) -> bool:
    written = [run for run in paragraph.runs if run.text.strip()]
    return bool(written) and all(run.bold for run in written) and looks_like_heading(text)


def _is_numbered(paragraph: Any) -> bool:
    properties = paragraph._p.pPr
    return properties is not None and properties.numPr is not None
