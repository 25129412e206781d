"""What became of answers that were looked at, as counts by quarter hour, school and site.

The row of a request is written before its answer comes, so it cannot say whether that was looked
at. These counts can, without a person and without a second row: for each site and quarter how many
answers were clear, closed, blurred, or not checked and why. One file a quarter hour,
``spool/looks/<receipt>.json``, which the console fetches (``district/activity/looked``).
"""

from __future__ import annotations

import logging
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from hornbook.instance import to_json, write_atomically
from hornbook.node.notice.asks import new_receipt

BOX = "looks"
QUARTER = 900  # seconds
MOST = 5_000  # counts in one quarter hour; the sites after these are counted as one, without name
CLEAR, CLOSED, BLURRED = "nothing found", "closed", "blurred"
OPEN, NOT_CHECKED = "found, and open to them", "not checked"
OUTCOMES = (CLEAR, CLOSED, BLURRED, OPEN, NOT_CHECKED)
Key = tuple[str, str, str, str]  # school, site, outcome, reason

log = logging.getLogger(__name__)


class Tally:
    """Counts of one quarter hour at a time; the loop adds, the heartbeat flushes."""

    def __init__(self, spool: Path, node: str) -> None:
        self._folder = spool / BOX
        self._node = node
        self._counts: dict[int, Counter[Key]] = {}

    def add(self, now: float, school: str, site: str, outcome: str, reason: str = "") -> None:
        held = self._counts.setdefault(int(now) // QUARTER, Counter())
        key = school, site, outcome, reason
        held[key if key in held or len(held) < MOST else (school, "", outcome, reason)] += 1

    def flush(self, now: float, *, all_of_it: bool = False) -> None:
        """Write the quarter hours that are over; what a full disk refuses waits."""
        for quarter in sorted(self._counts):
            if not all_of_it and quarter >= int(now) // QUARTER:
                continue
            try:
                self._write(quarter, self._counts[quarter])
            except OSError as error:
                log.error("what was looked at cannot be written: %s", error)
                return
            del self._counts[quarter]

    def _write(self, quarter: int, counts: Counter[Key]) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        receipt = new_receipt()
        told = {
            "receipt": receipt,
            "node": self._node,
            "at": datetime.fromtimestamp(quarter * QUARTER, UTC).isoformat(),
            "counts": [[*key, n] for key, n in sorted(counts.items())],
        }
        write_atomically(self._folder / f"{receipt}.json", to_json(told))
