"""What the worker does for the outbox."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone

from hornbook.district.mail.models import Letter
from hornbook.district.mail.sending import MailDown, configured, send_waiting

RETRY = timedelta(minutes=1)


class Postman:
    """Sends a few seconds' worth at every tick; after a failure it waits ``RETRY``."""

    def __init__(self) -> None:
        self._not_before: datetime | None = None

    def send_if_due(self, now: datetime) -> None:
        """Raises MailDown with the server's words, for the heartbeat of the worker."""
        if not configured() or (self._not_before and now < self._not_before):
            return
        if not Letter.objects.due(now).exists():
            return
        done = send_waiting()
        self._not_before = now + RETRY if done.problem else None
        if done.problem:
            raise MailDown(done.problem)


_postman = Postman()


def send_letters() -> None:
    """Called every few seconds; cheap when nothing waits."""
    _postman.send_if_due(timezone.now())
