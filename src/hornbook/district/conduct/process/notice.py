"""The words of a notice: what is alleged, under which wording, the law, the time to answer."""

from __future__ import annotations

from datetime import date
from typing import Any

from hornbook.district.conduct.kinds import read_data
from hornbook.district.conduct.models import Case


def law() -> dict[str, Any]:
    found: Any = read_data("process")["notice"]
    return dict(found)


def notice_words(case: Case, given_on: date, answer_by: date, more: str = "") -> str:
    """The whole notice, as it is given and kept."""
    rows = case.allegations.filter(withdrawn_at__isnull=True)
    rows = rows.select_related("clause_text__clause", "clause_text__revision")
    parts = [
        f"Notice to {case.subject}, {given_on:%-d %B %Y}. Case {case.number}.",
        "You are said to have done the following. Nothing is decided, and nobody decides before "
        "you were heard.",
    ]
    for no, row in enumerate(rows, 1):
        text = row.clause_text
        parts.append(
            f"{no}. On {row.conduct_on:%-d %B %Y}: {row.words}\n"
            f"Wording {text.version}, in force since {text.valid_from:%-d %B %Y}: "
            f"“{text.official}”"
        )
    if more.strip():
        parts.append(more.strip())
    parts += [
        f"You may answer until {answer_by:%-d %B %Y}: in your own words, in writing or in a talk. "
        "You may bring somebody to help you. You may say that something here is wrong; that then "
        "stands beside it wherever it goes. You may also say nothing.",
        f"{law()['words']} ({law()['law']})",
        "Against a decision you may appeal to another person.",
    ]
    return "\n\n".join(parts) + "\n"
