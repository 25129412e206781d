"""The readable order of judgement, worked out once for everything that can be asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hornbook.district.filtering.compiler.resolve import (
    DEFAULT,
    REWRITE,
    Outcome,
    RuleLine,
    Topic,
    misfit,
    resolve,
)
from hornbook.district.filtering.compiler.windows import Minute, Slots

MAX_OUTCOMES = 1 << 16


@dataclass(frozen=True)
class Matrix:
    """``verdict[slot, profile, set]`` is an index into ``outcomes``; outcome 0 is the default.

    ``opened[slot, profile, k]`` is what set ``opened_sets[k]`` gets when something stronger than
    rules opens it: those rules that rewrite, and nothing else.
    """

    verdict: NDArray[np.uint16]
    outcomes: tuple[Outcome, ...]
    opened_sets: NDArray[np.uint32]
    opened: NDArray[np.uint16]


def build_matrix(
    topics: Sequence[Topic],
    rules: Sequence[RuleLine],
    *,
    profiles: Sequence[str],
    sets: Sequence[frozenset[str]],
    slots: Slots,
) -> Matrix:
    """Resolve each distinct combination of categories once, then gather by set.

    ``sets[i]`` are the categories of the catalogue's set ``i``.
    """
    combinations = list(dict.fromkeys(sets))
    place = {categories: index for index, categories in enumerate(combinations)}
    gather = np.array([place[categories] for categories in sets], np.int64)
    seen: dict[Outcome, int] = {DEFAULT: 0}
    verdict = np.empty((len(slots.minutes), len(profiles), len(sets)), np.uint16)
    for slot, minute in enumerate(slots.minutes):
        for row, profile in enumerate(profiles):
            outcomes = _outcomes(topics, rules, profile, minute, combinations)
            ids = [_number(outcome, seen) for outcome in outcomes]
            verdict[slot, row] = np.array(ids, np.int64)[gather]
    safe = frozenset(topic.key for topic in topics if topic.kind == REWRITE)
    opened_sets = [number for number, keys in enumerate(sets) if keys & safe]
    rewriting = [rule for rule in rules if rule.action == REWRITE]
    opened = np.array(
        [
            [
                [
                    _number(
                        resolve(
                            topics,
                            rewriting,
                            profile=profile,
                            categories=sets[number],
                            minute=minute,
                        ),
                        seen,
                    )
                    for number in opened_sets
                ]
                for profile in profiles
            ]
            for minute in slots.minutes
        ],
        np.uint16,
    )
    if len(seen) > MAX_OUTCOMES:
        raise ValueError(f"{len(seen)} different verdicts; a rulebook holds {MAX_OUTCOMES}")
    return Matrix(verdict, tuple(seen), np.array(opened_sets, np.uint32), opened)


def _number(outcome: Outcome, seen: dict[Outcome, int]) -> int:
    """Its place among the outcomes; what lies beneath a rewrite has one too."""
    if outcome.beneath:
        seen.setdefault(outcome.beneath, len(seen))
    return seen.setdefault(outcome, len(seen))


def _outcomes(
    topics: Sequence[Topic],
    rules: Sequence[RuleLine],
    profile: str,
    minute: Minute,
    combinations: Sequence[frozenset[str]],
) -> list[Outcome]:
    """One outcome for each combination. Rules that no combination could meet are left out."""
    rules = [
        rule
        for rule in rules
        if misfit(rule, profile=profile, categories=rule.categories, minute=minute) is None
    ]
    return [
        resolve(topics, rules, profile=profile, categories=categories, minute=minute)
        for categories in combinations
    ]
