"""The District's own promises: kept, not kept, or not measured."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from hornbook.district.people.models import Role
from hornbook.district.policy.comparing.strength import binds
from hornbook.district.policy.coverage.facts import Facts
from hornbook.district.policy.models import ClauseText, Holder


class Kept(StrEnum):
    KEPT = "kept"
    BROKEN = "broken"
    UNKNOWN = "unknown"


KEPT_WORDS = {
    Kept.KEPT: "Kept",
    Kept.BROKEN: "Not kept",
    Kept.UNKNOWN: "Not measured",
}


@dataclass(frozen=True)
class Measured:
    """How a promise stands, and by what one knows."""

    kept: Kept
    words: str

    @property
    def label(self) -> str:
        return KEPT_WORDS[self.kept]


@dataclass(frozen=True)
class Measure:
    key: str
    title: str
    read: Callable[[ClauseText, Facts], Measured]


def is_promise(text: ClauseText) -> bool:
    """Words that bind the District, whatever their verb."""
    return text.holder == Holder.DISTRICT and binds(text.force)


def measured(text: ClauseText, facts: Facts) -> Measured | None:
    """How the promise stands; None when the clause is none.

    A measure that was chosen counts; without one, rules that act under the clause are the
    measure; a person's word comes last, and only until it must be looked at again.
    """
    if not is_promise(text):
        return None
    chosen = facts.promises.get(text.clause_id)
    if chosen in _MEASURES:
        return _MEASURES[chosen].read(text, facts)
    if text.clause_id in facts.rules:
        return _filter(text, facts)
    return _attested(text, facts)


def measures() -> list[Measure]:
    return list(_MEASURES.values())


def _filter(text: ClauseText, facts: Facts) -> Measured:
    if text.clause_id not in facts.rules:
        return Measured(Kept.BROKEN, "No rule of the filter acts under it.")
    if not facts.published:
        return Measured(Kept.BROKEN, "Nothing is published to the nodes.")
    if not facts.recording:
        return Measured(Kept.BROKEN, "The filter does not answer just now.")
    return Measured(Kept.KEPT, "The filter answers, and its rules act under this clause.")


def _open_help(text: ClauseText, facts: Facts) -> Measured:
    if not facts.protected:
        return Measured(Kept.BROKEN, "No protected set is defined.")
    if not facts.published:
        return Measured(Kept.BROKEN, "Nothing is published to the nodes.")
    return Measured(Kept.KEPT, "The protected set is judged before every rule and list.")


def _lesson(text: ClauseText, facts: Facts) -> Measured:
    how = facts.taught.get(text.clause_id)
    return Measured(Kept.KEPT, how) if how else Measured(Kept.BROKEN, "No lesson is there yet.")


def _custodian(text: ClauseText, facts: Facts) -> Measured:
    held = facts.holders.get(Role.CUSTODIAN)
    if held:
        return Measured(Kept.KEPT, f"The records custodian is {held}.")
    return Measured(Kept.BROKEN, "Nobody is records custodian today.")


def _attested(text: ClauseText, facts: Facts) -> Measured:
    word = facts.attestations.get(text.clause_id)
    if word is None:
        return Measured(Kept.UNKNOWN, "Nobody measures it, and nobody vouches for it.")
    said = f"{word.label}, {word.on:%-d %B %Y}: {word.words} Good until {word.until:%-d %B %Y}."
    return Measured(Kept.KEPT if word.kept else Kept.BROKEN, said)


_MEASURES = {
    one.key: one
    for one in (
        Measure("filter", "Rules of the filter act under it, and the filter answers", _filter),
        Measure("open-help", "The protected set stands above every rule", _open_help),
        Measure("lesson", "A lesson or a question teaches it", _lesson),
        Measure("custodian", "A records custodian holds office", _custodian),
        Measure("word", "A person vouches for it, for a time", _attested),
    )
}
