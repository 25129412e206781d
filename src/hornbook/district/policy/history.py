"""What the revisions of a policy mean for one clause."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property

from hornbook.district.policy.comparing.words import Piece, difference
from hornbook.district.policy.models import Clause, ClauseText, Revision


@dataclass(frozen=True)
class Step:
    """A revision, and in words what it did to the clause. ``text`` is None without a wording.

    ``before`` is the last wording on file, where this one says something else.
    """

    revision: Revision
    what: str
    text: ClauseText | None
    before: ClauseText | None = None

    @cached_property
    def pieces(self) -> tuple[Piece, ...]:
        """Word by word what changed; nothing where nothing did."""
        if self.text is None or self.before is None:
            return ()
        return difference(self.before.official, self.text.official)


def adoption_words(revision: Revision) -> str:
    """“Revised 10 July and 14 August 2017” in full dates, from the revision's readings."""
    days = [date.fromisoformat(reading["on"]) for reading in revision.readings]
    kinds = {str(reading["kind"]) for reading in revision.readings}
    kind = "Adopted" if kinds == {"adopted"} else "Revised"
    named = [f"{day.day} {day:%B %Y}" for day in sorted(days) or [revision.effective_on]]
    return f"{kind} {' and '.join(named)}"


def steps(clause: Clause) -> list[Step]:
    """Every revision of the clause's policy, newest first."""
    texts = {text.revision_id: text for text in clause.texts.filter(lang="en")}
    found: list[Step] = []
    before: ClauseText | None = None
    known_before = False
    for revision in clause.policy.revisions.order_by("no"):
        text = texts.get(revision.pk)
        what = _what(revision, text, before, known_before)
        found.append(Step(revision, what, text, before if what == "New words." else None))
        before, known_before = (text, True) if not revision.is_shell else (before, known_before)
    return list(reversed(found))


def _what(
    revision: Revision, text: ClauseText | None, before: ClauseText | None, known_before: bool
) -> str:
    if revision.is_shell:
        return "The wording of this revision is not on file."
    if text is None:
        return "Taken out." if before else "Not part of the policy."
    if before is None:
        return "Added." if known_before else "First wording on file."
    same = (text.official, text.lead) == (before.official, before.lead)
    return "The same words." if same else "New words."
