"""The policy on paper: the same words as on the page, as a tagged PDF."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hornbook.district.overview.context import district_name
from hornbook.district.policy.showing.book import Book, Row
from hornbook.district.policy.showing.typesetting import pdf

_TEMPLATE = Path(__file__).with_name("policy.typ")


def policy_pdf(book: Book, address: str) -> bytes:
    """``address`` is where the page is, for whoever holds the paper."""
    return pdf(_TEMPLATE, _data(book, address))


def _data(book: Book, address: str) -> dict[str, Any]:
    revision = book.revision
    number = f"Revision {revision.no}" if revision else ""
    shown = next((day.words for day in book.days if day.shown), "")
    return {
        "title": book.policy.title,
        "district": district_name() or "Hornbook",
        "lang": book.lang.partition("-")[0],
        "rtl": book.direction == "rtl",
        "subtitle": f"{district_name()}. {number}: {shown.lower()}. As it bound on {_day(book)}.",
        "note": _note(book),
        "footer": f"{address} · text {revision.text_sha256[:16] if revision else ''}",
        "plain_label": "In plain words (explains, does not replace):",
        "history_title": "When it was adopted and revised",
        "history": [_line(day.words, day.revision.is_shell) for day in book.days],
        "sections": [
            {"title": title or "Opening", "clauses": [_clause(row) for row in rows]}
            for title, rows in book.sections
        ],
    }


def _day(book: Book) -> str:
    return f"{book.on:%-d %B %Y}"


def _note(book: Book) -> str:
    if book.untranslated:
        return (
            f"{book.untranslated} clauses are not translated yet and stand here in English. "
            "The English words bind."
        )
    return "" if book.lang == "en" else "The English words bind."


def _line(words: str, is_shell: bool) -> str:
    return f"{words} (wording not on file)" if is_shell else words


def _clause(row: Row) -> dict[str, Any]:
    return {
        "key": row.text.version,
        "force": row.text.get_force_display(),
        "holder": row.text.get_holder_display(),
        "lead": row.words.lead,
        "official": [line for line in row.words.official.split("\n") if line.strip()],
        "plain": row.words.plain,
    }
