"""What the worker does for this room: keep lists true, remind, tell supervisors."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone

from hornbook.district.learning.actions.campaigns import keep_list_true
from hornbook.district.learning.actions.reminding import escalate, remind
from hornbook.district.learning.actions.trainings import remind_of_trainings
from hornbook.district.learning.days import calendar
from hornbook.district.learning.models import Campaign

EVERY = timedelta(minutes=10)
LETTERS_FROM, LETTERS_UNTIL = 7, 17  # o'clock: nobody is reminded at night


class Rounds:
    """Looks after every running campaign once in ``EVERY``; cheap in between."""

    def __init__(self) -> None:
        self._next: datetime | None = None

    def go_if_due(self, now: datetime) -> None:
        if self._next is not None and now < self._next:
            return
        self._next = now + EVERY
        look_after_campaigns(now)


def look_after_campaigns(now: datetime) -> None:
    """Everything here may be repeated: it adds nothing that is there already."""
    local, is_school_day = timezone.localtime(now), calendar()
    letters = is_school_day(local.date()) and LETTERS_FROM <= local.hour < LETTERS_UNTIL
    for campaign in Campaign.objects.filter(state=Campaign.State.RUNNING).select_related("duty"):
        keep_list_true(campaign=campaign, today=local.date())
        if letters:
            remind(campaign=campaign, today=local.date())
            escalate(campaign=campaign, today=local.date())
    if letters:
        remind_of_trainings(local.date())


_rounds = Rounds()


def campaign_rounds() -> None:
    """Called every few seconds."""
    _rounds.go_if_due(timezone.now())
