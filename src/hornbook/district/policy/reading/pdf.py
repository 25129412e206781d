"""Lines from a PDF file that carries text."""

from __future__ import annotations

import io
import re
from collections import Counter

from pypdf import PdfReader
from pypdf.errors import PyPdfError

from hornbook.district.policy.reading.blocks import PolicyRefused, tidy
from hornbook.district.policy.reading.lines import Line

_PAGE_NUMBER = re.compile(r"(?:page\s*)?[-–]?\s*\d{1,3}\s*[-–]?(?:\s*(?:of|/)\s*\d{1,3})?", re.I)
_REPEATED_ON = 3


def lines_of_pdf(body: bytes) -> tuple[list[Line], list[str]]:
    """The lines of all pages, without page numbers and running heads; what was left out is told.

    Raises PolicyRefused for a locked or broken file, and for a scan without any text.
    """
    pages = _pages(body)
    if not any(line for page in pages for line in page):
        raise PolicyRefused(
            "the PDF holds pictures of pages but no text. Run it through text recognition (OCR), "
            "or take the file it was made from"
        )
    dropped = _running(pages)
    lines: list[Line] = []
    for number, page in enumerate(pages, 1):
        kept = [line for line in page if line not in dropped]
        lines.extend((line, f"page {number}") for line in kept)
    return lines, [f"left out, repeated on the pages: “{line}”" for line in sorted(dropped)]


def _pages(body: bytes) -> list[list[str]]:
    try:
        reader = PdfReader(io.BytesIO(body))
        if reader.is_encrypted and not reader.decrypt(""):
            raise PolicyRefused("the PDF is locked with a password")
        return [_lines(page.extract_text()) for page in reader.pages]
    except (PyPdfError, ValueError, KeyError, OSError) as error:
        raise PolicyRefused(f"this is no readable PDF file ({error})") from error


def _lines(text: str) -> list[str]:
    lines = [tidy(line) for line in text.splitlines()]
    while lines and not lines[-1]:
        lines.pop()
    return lines


def _running(pages: list[list[str]]) -> set[str]:
    """Page numbers at the edge of a page, and edge lines that several pages share."""
    edges = [set(filter(None, page[:2] + page[-2:])) for page in pages]
    counts = Counter(line for edge in edges for line in edge)
    repeated = {line for line, count in counts.items() if count >= _REPEATED_ON}
    return repeated | {line for line in counts if _PAGE_NUMBER.fullmatch(line)}
