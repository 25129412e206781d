"""The whole text of the revision that a draft would make: the base's, with the drafted clauses."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from hornbook.district.policy.models import Revision
from hornbook.district.policy.reading.draft import ClauseDraft, Passage
from hornbook.district.policy.reading.draft import Draft as ReadDraft
from hornbook.district.policy.revising.models import Draft, DraftClause
from hornbook.district.policy.revising.ordering import base_order, seats

_BULLET = re.compile(r"[-–—•*·▪◦]")


def compose(draft: Draft, heard: Sequence[date]) -> ReadDraft:
    """Passages, clauses and text, with a last line that names the days of its readings."""
    clauses = list(draft.clauses.select_related("before"))
    passages = tuple(_passages(draft.base, clauses, heard))
    kept = {clause.key: clause for clause in clauses if not clause.removed}
    order = [passage.clause for passage in passages if passage.clause]
    return ReadDraft(
        title=draft.policy.title,
        text="\n\n".join(passage.text for passage in passages),
        passages=passages,
        clauses=tuple(_clause(kept[key]) for key in order),
        revisions=(),
    )


def _clause(clause: DraftClause) -> ClauseDraft:
    return ClauseDraft(
        clause.key,
        clause.section,
        clause.lead,
        clause.official,
        clause.force,
        clause.holder,
        clause.plain,
    )


def _passages(
    base: Revision, clauses: Sequence[DraftClause], heard: Sequence[date]
) -> Iterator[Passage]:
    by_key = {clause.key: clause for clause in clauses}
    following = _new_after(clauses)
    seated = seats(base_order(clauses), clauses)
    emptied = _emptied(base.passages, by_key)
    first = True
    for place, passage in enumerate(base.passages):
        if passage["kind"] != "clause":
            if place not in emptied:
                yield Passage(passage["kind"], passage["text"])
            continue
        if first:
            first = False
            yield from (_written(new, "") for new in following[""])
        mark = _mark(passage["text"], by_key[passage["clause"]])
        clause = by_key[seated[passage["clause"]]]
        if not clause.removed:
            yield _written(clause, mark)
        bullet = mark if _BULLET.fullmatch(mark) else ""
        yield from (_written(new, bullet) for new in following[clause.key])
    days = "/".join(f"{day:%B} {day.day}, {day.year}" for day in heard)
    yield Passage("closing", f"Revised: {days}")


def _new_after(clauses: Sequence[DraftClause]) -> dict[str, list[DraftClause]]:
    """Key of a clause of the base ("" for the beginning) → the new clauses that follow it."""
    found: dict[str, list[DraftClause]] = {"": []}
    last = ""
    for clause in clauses:
        if clause.before is not None:
            last = clause.key
            found[last] = []
        elif not clause.removed:
            found[last].append(clause)
    return found


def _emptied(passages: Sequence[Mapping[str, Any]], by_key: Mapping[str, DraftClause]) -> set[int]:
    """Headings and leads under which every clause was taken out."""
    found: set[int] = set()
    for place, passage in enumerate(passages):
        if passage["kind"] not in ("heading", "lead"):
            continue
        under = _under(passages, place)
        if under and all(by_key[key].removed for key in under):
            found.add(place)
    return found


def _under(passages: Sequence[Mapping[str, Any]], place: int) -> list[str]:
    """The clauses up to the next heading (for a lead: the next lead, too)."""
    ends = ("heading",) if passages[place]["kind"] == "heading" else ("heading", "lead")
    keys: list[str] = []
    for passage in passages[place + 1 :]:
        if passage["kind"] in ends:
            break
        if passage["kind"] == "clause":
            keys.append(passage["clause"])
    return keys


def _mark(text: str, clause: DraftClause) -> str:
    """The list mark before the clause in the base, such as “-” or “3.”."""
    before = clause.before.official if clause.before else ""
    return text.removesuffix(before).strip() if text.endswith(before) else ""


def _written(clause: DraftClause, mark: str) -> Passage:
    return Passage("clause", f"{mark} {clause.official}" if mark else clause.official, clause.key)
