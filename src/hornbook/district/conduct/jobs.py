"""What the worker does for reports and cases, once a minute."""

from __future__ import annotations

import time

from django.utils import timezone

from hornbook.district.conduct.actions.consequences import restore_ended
from hornbook.district.conduct.actions.escalating import escalate_cases, escalate_reports

EVERY = 60.0
_last = [float("-inf")]


def rounds() -> None:
    """Hand on what was not read in time, let somebody in where a clock ran out, restore."""
    now = time.monotonic()
    if now - _last[0] < EVERY:
        return
    _last[0] = now
    today = timezone.localdate()
    escalate_reports(today)
    escalate_cases(today)
    restore_ended(today)
