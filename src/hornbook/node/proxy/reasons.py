"""Keep why people went on past a warning, on disk, until the console fetches it.

One file a reason: ``spool/reasons/<receipt>.json``, written before anybody goes on. What cannot be
kept lets nobody on.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from hornbook.instance import to_json, write_atomically
from hornbook.kernel.explain import Explanation
from hornbook.node.notice.asks import MAX_CLIENTS, MAX_WAITING, WINDOW, TooMany, new_receipt

PER_ASKER = 30  # in ten minutes


class ReasonDesk:
    """``who`` is whoever goes on: a person's key, or what stands for somebody unknown."""

    def __init__(self, spool: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._folder = spool / "reasons"
        self._clock = clock
        self._kept: OrderedDict[str, list[float]] = OrderedDict()

    def keep(self, who: str, told: Explanation, words: str, now: float, until: float) -> None:
        """``now`` and ``until`` are Unix time. Raises TooMany, OSError (disk)."""
        mine = self._recent(who)
        if len(mine) >= PER_ASKER:
            raise TooMany("You have gone on past many warnings. Please wait ten minutes.")
        self._folder.mkdir(parents=True, exist_ok=True)
        if sum(1 for _ in self._folder.glob("*.json")) >= MAX_WAITING:
            raise TooMany("Reasons cannot be kept now. Please ask a teacher or the office.")
        receipt = new_receipt()
        facts = _facts(receipt, told, words, now, until)
        write_atomically(self._folder / f"{receipt}.json", to_json(facts))
        mine.append(self._clock())

    def _recent(self, who: str) -> list[float]:
        since = self._clock() - WINDOW
        mine = [at for at in self._kept.pop(who, []) if at > since]
        self._kept[who] = mine
        while len(self._kept) > MAX_CLIENTS:
            self._kept.popitem(last=False)
        return mine


def _facts(
    receipt: str, told: Explanation, words: str, now: float, until: float
) -> dict[str, object]:
    return {
        "receipt": receipt,
        "person": told.seat.person if told.seat else "",
        "site": told.seat.site if told.seat else "",
        "name": told.name,
        "words": words,
        "rule": told.verdict.rule,
        "clause_version": told.verdict.clause,
        "at": datetime.fromtimestamp(now, UTC).isoformat(),
        "until": datetime.fromtimestamp(until, UTC).isoformat(),
    }
