"""The readable order of judgement, worked out once for everything that can be asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hornbook.district.filtering.compiler.resolve import (
    DEFAULT,
    Outcome,
    RuleLine,
    Topic,
    misfit,
    resolve,
)
from hornbook.district.filtering.compiler.windows import Slots

MAX_OUTCOMES = 1 << 16


@dataclass(frozen=True)
class Matrix:
    """``verdict[slot, profile, set]`` is an index into ``outcomes``; outcome 0 is the default."""

    verdict: NDArray[np.uint16]
    outcomes: tuple[Outcome, ...]


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
    if len(seen) > MAX_OUTCOMES:
        raise ValueError(f"{len(seen)} different verdicts; a rulebook holds {MAX_OUTCOMES}")
    return Matrix(verdict, tuple(seen))


def _number(outcome: Outcome, seen: dict[Outcome, int]) -> int:
    """Its place among the outcomes; what lies beneath a rewrite has one too."""
    if outcome.beneath:
        seen.setdefault(outcome.beneath, len(seen))
    return seen.setdefault(outcome, len(seen))


def _outcomes(
    topics: Sequence[Topic],
    rules: Sequence[RuleLine],
    profile: str,
    minute: int,
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
