"""Against flooding and guessing: so many a time from one bucket, and from everybody together.

Counts live in this process (``quiet.py`` says why a bucket is no address) and are gone with it.
"""

from __future__ import annotations

import threading
import time
from collections import deque

_MOST_BUCKETS = 10_000


class Limit:
    """``each`` acts of one bucket and ``all`` of everybody within ``seconds``."""

    def __init__(self, *, each: int, all: int, seconds: float) -> None:
        self.each, self.all, self.seconds = each, all, seconds
        self._seen: dict[str, deque[float]] = {}
        self._lock = threading.Lock()

    def allows(self, bucket: str, now: float | None = None) -> bool:
        """Whether one more is allowed. It is counted by ``note``."""
        at = time.monotonic() if now is None else now
        with self._lock:
            mine = len(self._fresh(bucket, at))
            return mine < self.each and len(self._fresh("", at)) < self.all

    def note(self, bucket: str, now: float | None = None) -> None:
        at = time.monotonic() if now is None else now
        with self._lock:
            if len(self._seen) > _MOST_BUCKETS:
                self._seen = {"": self._fresh("", at)}
            self._fresh(bucket, at).append(at)
            self._fresh("", at).append(at)

    def clear(self) -> None:
        with self._lock:
            self._seen.clear()

    def _fresh(self, bucket: str, at: float) -> deque[float]:
        times = self._seen.setdefault(bucket, deque())
        while times and times[0] <= at - self.seconds:
            times.popleft()
        return times
