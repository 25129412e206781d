"""In which order the clauses of a draft stand, against the base: within one list or paragraph.

A clause moves among those of its section and lead-in; what leads in, and the marks of the list
(bullets, numbers), stay where they are.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence

from hornbook.district.policy.revising.models import DraftClause


def group_of(clause: DraftClause) -> tuple[str, str]:
    """Clauses of one group may change places."""
    return clause.section, clause.lead


def ends(clauses: Iterable[DraftClause]) -> tuple[set[str], set[str]]:
    """Keys of the first and of the last clause of each list: they move one way only, or none."""
    lists: dict[tuple[str, str], list[str]] = {}
    for clause in clauses:
        if not clause.removed:
            lists.setdefault(group_of(clause), []).append(clause.key)
    return {keys[0] for keys in lists.values()}, {keys[-1] for keys in lists.values()}


def seats(slots: Sequence[str], clauses: Iterable[DraftClause]) -> dict[str, str]:
    """Key in the base → key of the clause that stands in its place now.

    ``slots`` are the keys in the order of the base, ``clauses`` in the order of the draft.
    """
    place = {key: number for number, key in enumerate(slots)}
    groups: dict[tuple[str, str], list[str]] = {}
    for clause in clauses:
        if clause.key in place:
            groups.setdefault(group_of(clause), []).append(clause.key)
    return {
        slot: key
        for keys in groups.values()
        for slot, key in zip(sorted(keys, key=place.__getitem__), keys, strict=True)
    }


def base_order(clauses: Iterable[DraftClause]) -> list[str]:
    """The keys of the base's clauses as the base has them."""
    known = [clause for clause in clauses if clause.before is not None]
    return [one.key for one in sorted(known, key=lambda one: one.before.order if one.before else 0)]


def moved(clauses: Sequence[DraftClause]) -> dict[str, str]:
    """Keys of clauses that changed their place, as few as explain it → where they stand now."""
    slots = base_order(clauses)
    place = {key: number for number, key in enumerate(slots)}
    seated = seats(slots, clauses)
    now = [seated[slot] for slot in slots if slot in seated]
    stay = _longest_rising([place[key] for key in now])
    groups = {clause.key: group_of(clause) for clause in clauses}
    found = {}
    for number, key in enumerate(now):
        if number not in stay:
            before = now[number - 1] if number else ""
            same = before and groups[before] == groups[key]
            found[key] = f"Moved behind {before}" if same else "Moved to the front of its list"
    return found


def _longest_rising(numbers: Sequence[int]) -> set[int]:
    """Places of a longest rising run (patience sorting): whatever is in it did not move."""
    tails: list[int] = []
    ends: list[int] = []
    came_from: list[int] = []
    for here, number in enumerate(numbers):
        at = bisect_left(tails, number)
        tails[at : at + 1] = [number]
        ends[at : at + 1] = [here]
        came_from.append(ends[at - 1] if at else -1)
    kept, here = set(), ends[-1] if ends else -1
    while here >= 0:
        kept.add(here)
        here = came_from[here]
    return kept
