"""Keep why people went on past a warning, on disk, until the console fetches it.

One file a reason: ``spool/reasons/<receipt>.json``, written before anybody goes on. What cannot be
kept lets nobody on.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from hornbook.kernel.explain import Explanation
from hornbook.node.notice.asks import Box, facts_of

PER_ASKER = 30  # in ten minutes


class ReasonDesk:
    """``who`` is whoever goes on: a person's key, or what stands for somebody unknown."""

    def __init__(self, spool: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._box = Box(
            spool / "reasons",
            PER_ASKER,
            "You have gone on past many warnings. Please wait ten minutes.",
            "Reasons cannot be kept now. Please ask a teacher or the office.",
            clock,
        )

    def keep(self, who: str, told: Explanation, words: str, now: float, until: float) -> None:
        """``now`` and ``until`` are Unix time. Raises TooMany, OSError (disk)."""
        times = {"at": _moment(now), "until": _moment(until)}
        self._box.keep(who, told.name, facts_of(told) | {"words": words} | times)


def _moment(unix: float) -> str:
    return datetime.fromtimestamp(unix, UTC).isoformat()
