"""The outbox."""

from __future__ import annotations

from datetime import datetime

import pgtrigger
from django.db import models
from django.utils import timezone

from hornbook.district.people.models import Person


class LetterState(models.TextChoices):
    WAITING = "waiting", "Waiting"
    SENDING = "sending", "Being sent"
    SENT = "sent", "Sent"
    REFUSED = "refused", "Refused by the mail server"
    DOUBT = "doubt", "In doubt"
    DROPPED = "dropped", "Not needed any more"


_STEPS = [
    ("waiting", "sending"),
    ("waiting", "refused"),
    ("waiting", "dropped"),
    ("sending", "sent"),
    ("sending", "refused"),
    ("sending", "waiting"),
    ("sending", "doubt"),
    ("doubt", "sent"),
    ("doubt", "waiting"),
    ("doubt", "dropped"),
]
"""A letter that was sent or refused stays so for ever; the database holds that."""


class LetterQuerySet(models.QuerySet["Letter"]):
    def due(self, at: datetime) -> LetterQuerySet:
        return self.filter(state=LetterState.WAITING, not_before__lte=at).order_by("pk")


class Letter(models.Model):
    """One letter to one address. ``key`` is what it is for: the same key is the same letter.

    ``about`` groups letters of one purpose, for example a campaign. ``answer`` is what the mail
    server said last, or why the letter is in doubt.
    """

    key = models.CharField(max_length=200, unique=True)
    about = models.CharField(max_length=100, db_index=True)
    person = models.ForeignKey(Person, models.SET_NULL, null=True, blank=True, related_name="+")
    to = models.EmailField()
    subject = models.CharField(max_length=200)
    body = models.TextField()
    message_id = models.CharField(max_length=200, unique=True)
    state = models.CharField(max_length=10, choices=LetterState, default=LetterState.WAITING)
    tries = models.PositiveSmallIntegerField(default=0)
    posted_at = models.DateTimeField(default=timezone.now)
    not_before = models.DateTimeField(default=timezone.now)
    begun_at = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    answer = models.CharField(max_length=300, blank=True)

    objects = LetterQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        indexes = [
            models.Index(
                fields=["not_before"],
                condition=models.Q(state="waiting"),
                name="letter_waiting",
            ),
            models.Index(
                fields=["state"],
                condition=models.Q(state__in=["sending", "doubt"]),
                name="letter_open",
            ),
        ]
        triggers = [
            pgtrigger.ReadOnly(
                name="letter_text_stays",
                fields=["key", "about", "to", "subject", "body", "message_id", "posted_at"],
            ),
            pgtrigger.FSM(name="letter_steps", field="state", transitions=_STEPS),
        ]

    def __str__(self) -> str:
        return self.key
