"""Lines from a PDF file that carries text."""

from __future__ import annotations

import io
import logging
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from pypdf import PageObject, PdfReader

from hornbook.district.policy.reading.blocks import LIST_MARK, PolicyRefused, tidy
from hornbook.district.policy.reading.lines import Line, could_go_on

_PAGE_NUMBER = re.compile(r"(?:page\s*)?[-–]?\s*\d{1,3}\s*[-–]?(?:\s*(?:of|/)\s*\d{1,3})?", re.I)
_REPEATED_ON = 3
_INDENT = 3  # characters

# What it murmurs about a damaged file is told in one sentence by the refusal.
logging.getLogger("pypdf").setLevel(logging.CRITICAL)


@dataclass(frozen=True)
class _Printed:
    """A line as it stands on the page; ``indent`` is in characters from the left edge."""

    text: str
    indent: int
    page: int


def lines_of_pdf(body: bytes) -> tuple[list[Line], list[str]]:
    """The lines of all pages, without page numbers and running heads; what was left out is told.

    An empty line stands wherever the page shows that a paragraph ended: by a gap, by another
    indent, or by a line that ends early. Indented lines after a colon are given a bullet, because
    the drawn bullets of many PDF files are no text. Raises PolicyRefused for a locked or broken
    file, and for a scan without any text.
    """
    pages = _pages(body)
    if not any(line.text for page in pages for line in page):
        raise PolicyRefused(
            "the PDF holds pictures of pages but no text. Run it through text recognition (OCR), "
            "or take the file it was made from"
        )
    dropped = _running(pages)
    kept = [_stripped([line for line in page if line.text not in dropped]) for page in pages]
    lines = [(text, f"page {page}") for text, page in _parted([p for p in kept if p])]
    return lines, [f"left out, repeated on the pages: “{line}”" for line in sorted(dropped)]


def _pages(body: bytes) -> list[list[_Printed]]:
    try:
        reader = PdfReader(io.BytesIO(body))
        if reader.is_encrypted and not reader.decrypt(""):
            raise PolicyRefused("the PDF is locked with a password")
        return [
            [_printed(line, number) for line in _text_of(page).splitlines()]
            for number, page in enumerate(reader.pages, 1)
        ]
    except PolicyRefused:
        raise
    except Exception as error:  # a broken file fails in any layer of the reader
        raise PolicyRefused(f"this is no readable PDF file ({error})") from error


def _text_of(page: PageObject) -> str:
    """The text with its gaps and indents; an empty page has no fonts to measure."""
    return page.extract_text(extraction_mode="layout") if page.extract_text().strip() else ""


def _printed(line: str, page: int) -> _Printed:
    return _Printed(tidy(line), len(line) - len(line.lstrip()), page)


def _stripped(page: list[_Printed]) -> list[_Printed]:
    """Without the empty lines of the upper and lower margin."""
    filled = [index for index, line in enumerate(page) if line.text]
    return page[filled[0] : filled[-1] + 1] if filled else []


def _running(pages: list[list[_Printed]]) -> set[str]:
    """Page numbers at the edge of a page, and edge lines that several pages share."""
    filled = [[line.text for line in page if line.text] for page in pages]
    counts = Counter(line for page in filled for line in {*page[:2], *page[-2:]})
    repeated = {line for line, count in counts.items() if count >= _REPEATED_ON}
    return repeated | {line for line in counts if _PAGE_NUMBER.fullmatch(line)}


def _parted(pages: list[list[_Printed]]) -> Iterator[tuple[str, int]]:
    """The lines in order, an empty one wherever a paragraph ended."""
    width = max((line.indent + len(line.text) for page in pages for line in page), default=0)
    before: _Printed | None = None
    listed_at: int | None = None
    gap = False
    for line in (line for page in pages for line in page):
        if not line.text:
            gap = True
            continue
        begins = before is None or gap or _ended(before, line, width, in_list=listed_at is not None)
        if before is not None and begins:
            yield "", line.page
            listed_at = _list_indent(before, line, listed_at)
        marked = begins and listed_at is not None and not LIST_MARK.match(line.text)
        yield (f"• {line.text}" if marked else line.text), line.page
        before, gap = line, False


def _ended(before: _Printed, line: _Printed, width: int, *, in_list: bool) -> bool:
    """Whether the block of ``before`` ended there, although no gap shows it."""
    if line.text[0].islower():
        return False
    if could_go_on(" " * before.indent + before.text, line.text, width):
        return True
    moved = abs(line.indent - before.indent) >= _INDENT
    return before.text[-1] in ".:!?" and (in_list or moved)


def _list_indent(before: _Printed, line: _Printed, listed_at: int | None) -> int | None:
    """Where the items of the list stand that this line belongs to; None outside a list."""
    if before.text.endswith(":") and line.indent >= before.indent + _INDENT:
        return line.indent
    return listed_at if listed_at is not None and line.indent >= listed_at else None
