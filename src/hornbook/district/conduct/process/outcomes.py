"""What may follow, how heavy it is, what alike cases got, and how strong words bind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from hornbook.district.conduct.kinds import read_data
from hornbook.district.conduct.models import Case, Decision
from hornbook.district.policy.comparing.strength import rank
from hornbook.district.policy.models import ClauseText

ENOUGH = 5  # alike decisions; below it none is shown, so that nobody is recognised
ADVICE, EXPECTED = 1, 2  # ranks of ``strength.rank``
WARNING, RESTRICTION = 2, 4  # weights


@dataclass(frozen=True)
class Outcome:
    key: str
    words: str
    weight: int


@cache
def outcomes() -> dict[str, Outcome]:
    found: Any = read_data("process")["outcome"]
    return {key: Outcome(key, **entry) for key, entry in found.items()}


@cache
def severities() -> dict[str, str]:
    found: Any = read_data("process")["severity"]
    return dict(found)


@cache
def days(what: str) -> int:
    found: Any = read_data("process")["days"]
    return int(found[what])


@dataclass(frozen=True)
class Alike:
    """What decisions alike got: (outcome in words, how many), heavier ones last, and the range."""

    total: int
    counts: tuple[tuple[str, int], ...] = ()
    lightest: int = 0
    heaviest: int = 0

    def outside(self, weight: int) -> bool:
        """Whether that weight lies outside of what alike cases got; never below ``ENOUGH``."""
        return self.total >= ENOUGH and not self.lightest <= weight <= self.heaviest


def alike(case: Case, texts: Iterable[ClauseText], severity: str, repeat: bool) -> Alike:
    """Decisions that stand, on one of the same clauses, as severe, first or repeated as this.

    Without names, and only their number below ``ENOUGH``.
    """
    rows = (
        Decision.objects.filter(
            clause_texts__clause__in={text.clause_id for text in texts},
            severity=severity,
            repeat=repeat,
            case__reversed=False,
        )
        .exclude(case=case)
        .exclude(appeal__result="changed")
        .values_list("pk", "outcome", "weight")
        .distinct()
    )
    found = [(outcome, weight) for _, outcome, weight in rows]
    if len(found) < ENOUGH:
        return Alike(len(found))
    counted = Counter(outcome for outcome, _ in found)
    weights = [weight for _, weight in found]
    known = sorted(counted, key=lambda key: outcomes()[key].weight)
    counts = tuple((outcomes()[key].words, counted[key]) for key in known)
    return Alike(len(found), counts, min(weights), max(weights))


def words_too_weak(texts: Iterable[ClauseText], weight: int) -> str:
    """Why the strongest of these words may not carry that outcome without a reason; "" if so."""
    strongest = max((rank(text.force) for text in texts), default=0)
    if strongest <= ADVICE and weight >= WARNING:
        return "These words only advise or allow. Write why something follows from them."
    if strongest == EXPECTED and weight >= RESTRICTION:
        return "These words say “should”. Write why so much follows from them."
    return ""
