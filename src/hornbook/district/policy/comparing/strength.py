"""How strong a duty is, and whether a revision made it stronger."""

from __future__ import annotations

from typing import Literal

from hornbook.district.policy.models import Force

Step = Literal["stronger", "weaker", "turned", "same"]

_RANKS = {
    Force.MUST: 3,
    Force.SHALL: 3,
    Force.MUST_NOT: 3,
    Force.NEVER: 3,
    Force.PROMISE: 3,
    Force.SHOULD: 2,
    Force.SHOULD_NOT: 2,
    Force.ENCOURAGED: 1,
    Force.DISCOURAGED: 1,
    Force.MAY: 0,
    Force.DEFINITION: 0,
}
_AGAINST = {Force.MUST_NOT, Force.NEVER, Force.SHOULD_NOT, Force.DISCOURAGED}
BINDING = frozenset(force for force, rank in _RANKS.items() if rank == 3)


def rank(force: str) -> int:
    """3 binds, 2 is expected, 1 is advice, 0 allows or explains."""
    return _RANKS[Force(force)]


def binds(force: str) -> bool:
    return Force(force) in BINDING


def step(before: str, after: str) -> Step:
    """From one force of words to another. "turned": as strong, but a duty became a ban."""
    was, now = rank(before), rank(after)
    if was != now:
        return "stronger" if now > was else "weaker"
    against = (Force(before) in _AGAINST, Force(after) in _AGAINST)
    return "turned" if was and against[0] != against[1] else "same"
