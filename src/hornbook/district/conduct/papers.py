"""A case on paper: what each sort of copy has, and what is left out of it, with the reason.

The sorts are data (``data/copies.toml``). A part that is contested carries what is contested
(``Correction``) in every copy that has it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from hornbook.district.conduct.kinds import read_data
from hornbook.district.conduct.models import (
    Allegation,
    Appeal,
    Case,
    Correction,
    Decision,
    Evidence,
)
from hornbook.district.conduct.process.facts import findings_of
from hornbook.district.conduct.process.outcomes import outcomes
from hornbook.district.overview.context import district_name
from hornbook.district.policy.showing.typesetting import pdf

_TEMPLATE = Path(__file__).with_name("case.typ")


@dataclass(frozen=True)
class CopyLaw:
    """``who`` are seats, or “subject”; ``without`` says why each other part is left out.

    ``drafts``: findings stand on it before anybody has decided on them.
    """

    key: str
    label: str
    who: frozenset[str]
    parts: tuple[str, ...]
    without: dict[str, str]
    checked_on: date
    drafts: bool = False


@dataclass
class Item:
    """One thing on paper: a head, its paragraphs, small lines below, what is contested."""

    head: str = ""
    lines: list[str] = field(default_factory=list)
    small: list[str] = field(default_factory=list)
    contested: list[str] = field(default_factory=list)


@cache
def copy_laws() -> dict[str, CopyLaw]:
    found = {}
    for key, entry in read_data("copies").items():
        assert isinstance(entry, dict)  # noqa: S101  (our own file)
        parts, who = tuple(entry["parts"]), frozenset(entry["who"])
        found[key] = CopyLaw(**{**entry, "key": key, "parts": parts, "who": who})
    return found


def copies_for(capacities: frozenset[str]) -> list[CopyLaw]:
    """The sorts of copies that somebody who sits there as that may make."""
    return [law for law in copy_laws().values() if law.who & capacities]


def case_pdf(case: Case, law: CopyLaw, *, to: str, why: str, by: str) -> bytes:
    """Tagged PDF (PDF/UA-1)."""
    return pdf(_TEMPLATE, paper(case, law, to=to, why=why, by=by))


def paper(case: Case, law: CopyLaw, *, to: str, why: str, by: str) -> dict[str, Any]:
    """Everything that stands on it, as JSON types."""
    beside = _Beside(case)
    decided = law.drafts or case.decisions.exists()
    parts = [_PARTS[part] for part in law.parts if part != "findings" or decided]
    made = [(title, make(case, beside)) for title, make in parts]
    return {
        "title": f"Case {case.number}",
        "district": district_name() or "The District",
        "sort": law.label,
        "made": f"{timezone.localtime():%B %-d, %Y, %H:%M}",
        "to": to,
        "why": why,
        "by": by,
        "facts": _facts(case, named=law.key != "request"),
        "sections": [
            {"title": title, "items": [vars(item) for item in items]}
            for title, items in made
            if items
        ],
        "without": list(law.without.values()),
    }


def _day(day: date) -> str:
    return f"{day:%B %-d, %Y}"


def _at(moment: Any) -> str:
    return f"{timezone.localtime(moment):%B %-d, %Y, %H:%M}"


def _facts(case: Case, *, named: bool) -> list[list[str]]:
    rows = [
        ["Kind", case.get_kind_display()],
        ["Where", str(case.site)],
        ["Happened on", _day(case.conduct_on)],
        ["Stage", case.get_stage_display()],
    ]
    if named:
        rows += [["About", str(case.subject or "Not known yet")], ["Run by", str(case.lead)]]
    if case.closed_at:
        rows.append(["Closed on", _day(timezone.localdate(case.closed_at))])
    return rows


class _Beside:
    """What is contested or corrected, by line."""

    def __init__(self, case: Case) -> None:
        self._rows: dict[str, list[str]] = {}
        for row in case.corrections.all():
            self._rows.setdefault(row.about, []).append(_contested(row))

    def __call__(self, what: str, pk: int) -> list[str]:
        return self._rows.get(f"{what} {pk}", [])


def _contested(row: Correction) -> str:
    right = f" Right is: {row.corrected}" if row.corrected else ""
    return f"{row.get_state_display()} by {row.by}, {_at(row.at)}: {row.words}{right}"


# --- the parts ---------------------------------------------------------------------------------


def _standing(case: Case) -> QuerySet[Allegation]:
    rows = case.allegations.filter(withdrawn_at__isnull=True)
    return rows.select_related("clause_text__clause", "clause_text__revision")


def _alleged(case: Case, beside: _Beside) -> list[Item]:
    return [
        Item(
            row.clause_text.version,
            [row.words, f"The wording in force on that day: “{row.clause_text.official}”"],
            [f"Alleged of {_day(row.conduct_on)}"],
            beside("allegation", row.pk),
        )
        for row in _standing(case)
    ]


def _notices(case: Case, _: _Beside) -> list[Item]:
    return [
        Item(
            f"Notice of {_day(row.given_on)}",
            row.words.split("\n"),
            [f"{row.get_how_display()}, by {row.given_by}; time to answer: {_day(row.answer_by)}"],
        )
        for row in case.notices.all()
    ]


def _answers(case: Case, _: _Beside) -> list[Item]:
    return [
        Item(
            f"Answer of {_at(row.at)}",
            ["They said that they would say nothing."] if row.declined else row.words.split("\n"),
            [row.how],
        )
        for row in case.answers.all()
    ]


def _findings(case: Case, beside: _Beside) -> list[Item]:
    newest = {row.pk for row in findings_of(case).values()}
    rows = case.findings.filter(round=case.round).select_related("allegation__clause_text__clause")
    return [
        Item(
            row.statute or str(row.allegation and row.allegation.clause_text.version),
            [row.get_result_display(), row.reason],
            [row.by],
            beside("finding", row.pk),
        )
        for row in rows
        if row.statute or row.pk in newest
    ]


def _decisions(case: Case, _: _Beside) -> list[Item]:
    found: list[Item] = []
    rows = case.decisions.select_related("decided_by").prefetch_related("consequences")
    for row in rows:
        lines = [outcomes()[row.outcome].words, row.reason]
        lines += [words for words in (row.outside_why, row.advice_why) if words]
        small = [f"By {row.decided_by}; appeal until {_day(row.appeal_by)}"]
        found.append(Item(f"Decision of {_day(row.decided_on)}", lines, small))
        found += [Item(one.get_sort_display(), [one.words]) for one in row.consequences.all()]
        found += _appeals(row)
    return found


def _appeals(decision: Decision) -> list[Item]:
    row = Appeal.objects.filter(decision=decision).select_related("heard_by").first()
    if row is None:
        return []
    small = [f"Answered by {row.heard_by}"] if row.heard_by else ["Not answered yet"]
    answer = [row.get_result_display(), row.reason] if row.result else []
    return [Item(f"Appeal of {_day(row.filed_on)}", [row.words, *answer], small)]


def _emergencies(case: Case, _: _Beside) -> list[Item]:
    return [
        Item(f"Restricted on {_at(row.at)}", [row.reason, *([row.review] if row.review else [])])
        for row in case.emergencies.all()
    ]


def _timeline(case: Case, beside: _Beside) -> list[Item]:
    return [
        Item(
            f"{_at(row.happened_at)}: {row.get_sort_display()}",
            row.words.split("\n"),
            [f"From: {row.source}"] if row.source else [],
            beside("event", row.pk),
        )
        for row in case.events.all()
    ]


def _evidence(case: Case, beside: _Beside) -> list[Item]:
    rows = case.evidence.prefetch_related("custody")
    return [_piece(row, beside) for row in rows]


def _piece(row: Evidence, beside: _Beside) -> Item:
    """What nobody may open is named by its hash alone."""
    where = row.pointer or f"{row.media_type}, {row.size:,} octets, SHA-256 {row.sha256}"
    if row.untouchable:
        return Item("A sealed file", ["Nobody opens it here.", f"SHA-256 {row.sha256}"])
    chain = [f"{one.get_act_display()}, {one.by}, {_at(one.at)}" for one in row.custody.all()]
    return Item(row.name, [row.why], [where, *chain], beside("evidence", row.pk))


def _parties(case: Case, _: _Beside) -> list[Item]:
    rows = [f"{row.name}: {row.get_part_display().lower()}" for row in case.parties.all()]
    return [Item("", rows)] if rows else []


def _steps(case: Case, _: _Beside) -> list[Item]:
    rows = [
        f"{_at(row.at)}: {row.get_before_display()} → {row.get_after_display()}, leaf {row.leaf_no}"
        for row in case.steps.all()
    ]
    return [Item("", [f"{_at(case.opened_at)}: opened", *rows])]


def _clauses(case: Case, _: _Beside) -> list[Item]:
    return [
        Item(row.clause_text.version, [f"“{row.clause_text.official}”"]) for row in _standing(case)
    ]


def _outcome(case: Case, _: _Beside) -> list[Item]:
    last = case.decisions.order_by("-pk").first()
    if last is None:
        return [Item("", ["Nothing is decided."])]
    words = "The decision was taken back." if case.reversed else outcomes()[last.outcome].words
    return [Item("", [words], [f"Decided on {_day(last.decided_on)}"])]


def _days(case: Case, _: _Beside) -> list[Item]:
    rows = [
        f"{_day(timezone.localdate(row.at))}: {row.get_after_display()}" for row in case.steps.all()
    ]
    return [Item("", [f"{_day(timezone.localdate(case.opened_at))}: opened", *rows])]


_PARTS: dict[str, tuple[str, Callable[[Case, _Beside], list[Item]]]] = {
    "alleged": ("What is alleged", _alleged),
    "notices": ("Notice", _notices),
    "answers": ("Answer", _answers),
    "findings": ("What was found", _findings),
    "decisions": ("Decision and what follows", _decisions),
    "emergencies": ("Emergency restriction", _emergencies),
    "timeline": ("Timeline", _timeline),
    "evidence": ("Evidence and its chain of custody", _evidence),
    "parties": ("Whom it touches", _parties),
    "steps": ("Steps, with the leaves of the ledger", _steps),
    "clauses": ("Clauses that it was about", _clauses),
    "outcome": ("How it ended", _outcome),
    "days": ("Days", _days),
}
