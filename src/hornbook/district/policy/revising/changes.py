"""What a draft changes, clause by clause, and how much it asks of people."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from hornbook.district.people.audience import is_carried_by_people
from hornbook.district.policy.comparing.strength import Step, step
from hornbook.district.policy.comparing.words import Piece, difference, same_words
from hornbook.district.policy.models import Force, Holder
from hornbook.district.policy.revising.models import Draft, DraftClause
from hornbook.district.policy.revising.ordering import moved

Kind = Literal["added", "removed", "reworded", "editorial", "rebound", "moved"]

WORDS = {
    "added": "New clause",
    "removed": "Taken out",
    "reworded": "New words",
    "editorial": "Spelling and punctuation only",
    "rebound": "The same words, read as stronger, weaker or for others",
    "moved": "The same words in another place",
}
STEPS = {
    "stronger": "Stronger: {was} → {now}",
    "weaker": "Weaker: {was} → {now}",
    "turned": "Turned round: {was} → {now}",
}


@dataclass(frozen=True)
class Change:
    """One clause that differs from the base. ``step`` is "same" for what came or went.

    ``moved_words`` say where it stands now, if it changed its place.
    """

    clause: DraftClause
    kind: Kind
    step: Step
    moved_words: str = ""

    @cached_property
    def pieces(self) -> tuple[Piece, ...]:
        before = self.clause.before.official if self.clause.before else ""
        return difference(before, "" if self.clause.removed else self.clause.official)

    @property
    def kind_words(self) -> str:
        return WORDS[self.kind]

    @property
    def step_words(self) -> str:
        """“Stronger: should → must”, or nothing."""
        if self.step not in STEPS or self.clause.before is None:
            return ""
        was, now = Force(self.clause.before.force).label, Force(self.clause.force).label
        return STEPS[self.step].format(was=was, now=now)

    @property
    def holder_words(self) -> str:
        """Whom it bound and binds, where that changes."""
        before = self.clause.before
        if before is None or before.holder == self.clause.holder:
            return ""
        return f"{Holder(before.holder).label} → {Holder(self.clause.holder).label}"

    @property
    def asks_people(self) -> bool:
        """Must those whom it binds sign again? Not for commas, nor for what no longer binds."""
        return self.kind in ("added", "reworded", "rebound") and is_carried_by_people(
            self.clause.holder
        )


def changes_of(draft: Draft) -> list[Change]:
    """Everything that differs, in the order of the policy. The plain line alone is no change."""
    clauses = list(draft.clauses.select_related("before__clause", "before__revision"))
    places = moved(clauses)
    return [
        _change(clause, places.get(clause.key, ""))
        for clause in clauses
        if (clause.is_changed or clause.key in places) and not _idle(clause)
    ]


def _idle(clause: DraftClause) -> bool:
    """Added and taken out again before anybody adopted it."""
    return clause.before is None and clause.removed


def _change(clause: DraftClause, place: str) -> Change:
    before = clause.before
    if not clause.is_changed:
        return Change(clause, "moved", "same", place)
    if before is None:
        return Change(clause, "added", "same")
    if clause.removed:
        return Change(clause, "removed", "same")
    strength = step(before.force, clause.force)
    if before.official == clause.official:
        return Change(clause, "rebound", strength, place)
    touched = strength != "same" or before.holder != clause.holder
    editorial = not touched and same_words(before.official, clause.official)
    return Change(clause, "editorial" if editorial else "reworded", strength, place)
