"""What the worker does for this room: compact the record when an hour has passed."""

from __future__ import annotations

import logging
import time

from django.utils import timezone

from hornbook.district.overview.health import this_instance
from hornbook.record.compaction import tidy
from hornbook.record.segments import RecordError

log = logging.getLogger(__name__)
EVERY = 600.0  # seconds; what is not due yet costs one look at the manifests


class Tidying:
    """Looks every ten minutes. An unreadable segment waits, is logged, stops nothing."""

    def __init__(self) -> None:
        self._next = 0.0

    def tidy_if_due(self) -> bool:
        """Whether it looked. Raises RecordError when the lake cannot be changed."""
        if time.monotonic() < self._next:
            return False
        self._next = time.monotonic() + EVERY
        for problem in tidy(this_instance().record, timezone.now()):
            log.error("a segment waits, since it cannot be read: %s", problem)
        return True


_tidying = Tidying()


def tidy_record() -> None:
    """For the worker's loop."""
    try:
        _tidying.tidy_if_due()
    except RecordError as error:
        if "another process" not in str(error):
            raise
