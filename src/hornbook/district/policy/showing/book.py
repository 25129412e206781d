"""What stands on the page: the clauses that bound on a day, and what changed in each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from hornbook.district.policy.access import (
    BASE,
    revision_before,
    revision_on,
    texts_of,
)
from hornbook.district.policy.comparing.strength import Step, step
from hornbook.district.policy.comparing.words import Piece, difference
from hornbook.district.policy.history import adoption_words
from hornbook.district.policy.languages import direction, languages_of, name_of
from hornbook.district.policy.models import ClauseText, Policy, Revision


@dataclass(frozen=True)
class Changed:
    """What the shown revision did to a clause. ``pieces`` only where the words are new.

    ``what`` is "first" (no older words are on file), "same", "new" or "added".
    """

    what: str
    since: date
    pieces: tuple[Piece, ...] = ()
    step: Step = "same"


@dataclass(frozen=True)
class Row:
    """One clause. ``words`` are in the language that was asked for, where there are any."""

    text: ClauseText
    words: ClauseText
    changed: Changed

    @property
    def translated(self) -> bool:
        return self.words.lang != BASE


@dataclass(frozen=True)
class Day:
    """A revision as a stop on the way through the years."""

    revision: Revision
    words: str
    shown: bool


@dataclass(frozen=True)
class Book:
    """The policy on one day. ``revision`` is None before it was adopted; a shell has no rows."""

    policy: Policy
    on: date
    lang: str
    revision: Revision | None
    before: Revision | None
    rows: list[Row]
    gone: list[ClauseText]
    days: list[Day]
    languages: list[tuple[str, str]]

    @property
    def sections(self) -> list[tuple[str, list[Row]]]:
        """Neighbouring rows under their section's heading."""
        found: list[tuple[str, list[Row]]] = []
        for row in self.rows:
            if not found or found[-1][0] != row.text.section:
                found.append((row.text.section, []))
            found[-1][1].append(row)
        return found

    @property
    def changes(self) -> int:
        return sum(row.changed.what in ("new", "added") for row in self.rows) + len(self.gone)

    @property
    def direction(self) -> str:
        return direction(self.lang)

    @property
    def untranslated(self) -> int:
        return 0 if self.lang == BASE else sum(not row.translated for row in self.rows)


def open_book(policy: Policy, on: date, lang: str = BASE) -> Book:
    """The policy as it bound on that day. A language without words shows the binding ones."""
    revision = revision_on(policy, on)
    known = revision is not None and not revision.is_shell
    before = revision_before(revision) if revision and known else None
    texts = texts_of(revision) if revision and known else []
    former = {text.clause_id: text for text in texts_of(before)} if before else {}
    there = languages_of(revision) if revision else []
    lang = lang if lang in there else BASE
    spoken = {text.clause_id: text for text in texts_of(revision, lang)} if revision else {}
    since = _since(policy, on)
    rows = [
        Row(
            text,
            spoken.get(text.clause_id, text),
            _changed(text, former.get(text.clause_id), before, since),
        )
        for text in texts
    ]
    have = {text.clause_id for text in texts}
    return Book(
        policy=policy,
        on=on,
        lang=lang,
        revision=revision,
        before=before,
        rows=rows,
        gone=[text for clause, text in former.items() if clause not in have],
        days=_days(policy, revision),
        languages=[(one, name_of(one)) for one in there],
    )


def _days(policy: Policy, shown: Revision | None) -> list[Day]:
    revisions = policy.revisions.order_by("no")
    return [Day(one, adoption_words(one), one == shown) for one in revisions]


def _changed(
    text: ClauseText, former: ClauseText | None, before: Revision | None, since: dict[int, date]
) -> Changed:
    if before is None:
        return Changed("first", text.valid_from)
    if former is None:
        return Changed("added", text.valid_from)
    if _words(text) == _words(former):
        return Changed("same", since[text.clause_id])
    moved = step(former.force, text.force)
    pieces = difference(_read(former), _read(text))
    return Changed("new", text.valid_from, pieces, moved)


def _words(text: ClauseText) -> tuple[str, str]:
    return text.lead, text.official


def _read(text: ClauseText) -> str:
    return f"{text.lead} {text.official}".strip()


def _since(policy: Policy, on: date) -> dict[int, date]:
    """Clause → the day since which it has said the same, as far as the words are on file."""
    texts = ClauseText.objects.filter(clause__policy=policy, lang=BASE, valid_from__lte=on)
    by_clause: dict[int, list[ClauseText]] = defaultdict(list)
    for text in texts.order_by("valid_from"):
        by_clause[text.clause_id].append(text)
    return {clause: since_when(found) for clause, found in by_clause.items()}


def since_when(texts: Sequence[ClauseText]) -> date:
    """Since when the last of them, oldest first, has said the same."""
    newest, since = texts[-1], texts[-1].valid_from
    for text in reversed(texts):
        if _words(text) != _words(newest):
            break
        since = text.valid_from
    return since
