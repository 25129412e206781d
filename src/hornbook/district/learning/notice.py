"""The notice of monitoring: the clauses that the district chose, and what is really kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from hornbook.district.filtering.models import Action, Rule
from hornbook.district.learning.models import NoticeClause
from hornbook.district.policy.models import ClauseText
from hornbook.district.records.access import what_is_kept
from hornbook.district.records.recording import in_words, rule_in_force
from hornbook.record.schema import ACTIVITY

_IN_WORDS = {
    "at": "the time",
    "person": "the person, where that is known",
    "site": "the school",
    "client": "the address of the device",
    "name": "the name that was asked for",
    "action": "what was answered",
    "clause": "the clause and rule behind the answer",
}
"""Columns of the activity record as people know them; the others are numbers of our machines."""


@dataclass(frozen=True)
class Notice:
    """``texts`` are official wordings in force; ``kept`` are sentences about what is recorded."""

    texts: list[ClauseText]
    kept: list[str]


def notice(on: date) -> Notice:
    """What people are told that day. No chosen clause, no texts: the page says so."""
    chosen = list(NoticeClause.objects.values_list("clause", flat=True))
    texts = ClauseText.objects.in_force(on).filter(clause__in=chosen, lang="en")
    texts = texts.defer("revision__passages", "revision__text")
    found = {text.clause_id: text for text in texts}
    return Notice([found[pk] for pk in chosen if pk in found], kept())


def _inside() -> list[str]:
    """Which rules have the filter read more than names, as they are in force."""
    found = Rule.objects.filter(action=Action.INSPECT, enabled=True)
    if not found:
        return []
    names = "; ".join(f"“{rule.name}”" for rule in found)
    told = [f"These rules look inside sites, page by page, but never store a page: {names}."]
    keeps = "; ".join(f"“{rule.name}”" for rule in found if rule.keeps_paths)
    return [*told, f"These also keep which page it was: {keeps}."] if keeps else told


def kept() -> list[str]:
    """What is recorded and for how long, from the record's own columns and settings."""
    columns = [words for name, words in _IN_WORDS.items() if name in ACTIVITY.names]
    return [
        f"For each question of a device for a name, one line is kept: {', '.join(columns)}.",
        *in_words(rule_in_force()),
        *_inside(),
        "The pages themselves, what you write and your passwords are not in that record.",
        "Who looks at other people's lines is written into the ledger.",
        *(f"{line.title}: kept {line.period}." for line in what_is_kept()),
    ]
