"""The whole way of a case as one table: from, to, who may, and which gates stand before it.

Read it as a policy: every line is a move, and nothing else moves a case. A gate looks at facts
only, never at who asks; so no role passes a shut one. The database holds the same gates
(``models/gates.py``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from hornbook.district.conduct.models import Appeal, Seat, Stage

LEAD, DECIDER, APPEAL = Seat.Capacity.LEAD, Seat.Capacity.DECIDER, Seat.Capacity.APPEAL
SUBJECT = "subject"


@dataclass(frozen=True)
class Facts:
    """What gates look at. ``missing`` counts allegations without a finding in this round;
    ``newer`` those that are newer than the notice. ``heard`` is the result of the last appeal
    against the newest decision. ``appeal_over``: the time to appeal ended, or was given up.
    """

    stage: str
    subject: bool = False
    allegations: int = 0
    newer: int = 0
    noticed: bool = False
    answered: bool = False
    time_over: bool = False
    missing: int = 0
    upheld: int = 0
    statute_missing: bool = False
    decided: bool = False
    appealed: bool = False
    heard: str = ""
    appeal_over: bool = False


Gate = Callable[[Facts], bool]
GATES: dict[str, tuple[Gate, str]] = {
    "subject": (lambda f: f.subject, "Say first whom the case is about."),
    "allegation": (lambda f: f.allegations > 0, "Name at least one wording that was broken."),
    "notice": (
        lambda f: f.noticed,
        "Written notice comes first (Iowa Code 22.15): what is alleged, and until when to answer.",
    ),
    "told all": (
        lambda f: f.newer == 0,
        "An allegation is newer than the notice. Give notice of it too.",
    ),
    "heard": (
        lambda f: f.answered or f.time_over,
        "The time to answer is not over, and no answer has come. Nobody can shorten it.",
    ),
    "found": (lambda f: f.missing == 0, "Every allegation needs a finding with its reason."),
    "statute": (
        lambda f: not f.statute_missing,
        "The statute of that day needs a finding of its own.",
    ),
    "upheld": (lambda f: f.upheld > 0, "Nothing was upheld: there is nothing to decide."),
    "none upheld": (lambda f: f.upheld == 0, "Something was upheld: it must be decided."),
    "decided": (lambda f: f.decided, "Write the decision with its reason first."),
    "appealed": (lambda f: f.appealed, "Nobody has appealed."),
    "appeal over": (
        lambda f: f.appeal_over,
        "The time to appeal is not over, and it was not given up.",
    ),
    "stands": (lambda f: f.heard == Appeal.Result.UPHELD, "The appeal is not heard."),
    "again": (lambda f: f.heard == Appeal.Result.CHANGED, "The appeal is not heard."),
    "taken back": (lambda f: f.heard == Appeal.Result.REVERSED, "The appeal is not heard."),
}
"""Name → (is it open?, what to do where it is shut)."""


@dataclass(frozen=True)
class Move:
    key: str
    label: str
    before: Stage
    after: Stage
    who: tuple[str, ...]
    gates: tuple[str, ...] = ()
    reason: bool = False


S = Stage
HEARD = ("notice", "told all", "heard")
TABLE = (
    # move      in words                  from           to             who may             gates
    Move("begin", "Begin", S.TRIAGE, S.NOTICE, (LEAD,), ("subject", "allegation")),
    Move("dismiss", "Close: nothing to look into", S.TRIAGE, S.CLOSED, (LEAD,), (), True),
    Move("notify", "Give notice", S.NOTICE, S.ANSWER, (LEAD,), ("notice", "told all")),
    Move("drop", "Close: dropped", S.NOTICE, S.CLOSED, (LEAD,), (), True),
    Move("hear", "Go on to the facts", S.ANSWER, S.FINDING, (LEAD, DECIDER), HEARD),
    Move("widen", "Allege more", S.ANSWER, S.NOTICE, (LEAD,), ("subject", "allegation"), True),
    Move(
        "widen-found", "Allege more", S.FINDING, S.NOTICE, (LEAD,), ("subject", "allegation"), True
    ),
    Move(
        "widen-late", "Allege more", S.DECISION, S.NOTICE, (LEAD,), ("subject", "allegation"), True
    ),
    Move(
        "find",
        "Go on to the decision",
        S.FINDING,
        S.DECISION,
        (LEAD, DECIDER),
        (*HEARD, "found", "statute", "upheld"),
    ),
    Move(
        "clear",
        "Close: nothing was upheld",
        S.FINDING,
        S.CLOSED,
        (LEAD, DECIDER),
        (*HEARD, "found", "statute", "none upheld"),
        True,
    ),
    Move("decide", "Decide", S.DECISION, S.CONSEQUENCE, (DECIDER,), (*HEARD, "found", "decided")),
    Move("appeal", "Appeal", S.CONSEQUENCE, S.APPEAL, (SUBJECT,), ("decided", "appealed")),
    Move("settle", "Close", S.CONSEQUENCE, S.CLOSED, (LEAD,), ("decided", "appeal over")),
    Move("uphold", "The decision stands", S.APPEAL, S.CLOSED, (APPEAL,), ("stands",)),
    Move("remand", "Decide again", S.APPEAL, S.DECISION, (APPEAL,), ("again",)),
    Move("reverse", "Take it back", S.APPEAL, S.CLOSED, (APPEAL,), ("taken back",)),
    Move("reopen", "Open again", S.CLOSED, S.TRIAGE, (LEAD,), (), True),
)
BY_KEY = {move.key: move for move in TABLE}


def shut(move: Move, facts: Facts) -> list[str]:
    """What to do before this move, in words; empty when every gate is open."""
    return [GATES[name][1] for name in move.gates if not GATES[name][0](facts)]


def may(move: Move, capacities: Iterable[str]) -> bool:
    """Whether somebody who sits there as that may make the move."""
    return not set(move.who).isdisjoint(capacities)
