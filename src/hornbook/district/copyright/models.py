"""The designated agent, notices of claimed infringement, counter-notices, and what was done."""

from __future__ import annotations

from datetime import date

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models

from hornbook.district.ledger.models import Deed
from hornbook.district.people.models import Person
from hornbook.district.policy.models import Clause


class Agent(models.Model):
    """Who receives notices, as registered with the Copyright Office (512(c)(2)); one row.

    A registration holds three years (37 CFR 201.38(c)(4)).
    """

    name = models.CharField(max_length=200)
    organization = models.CharField(max_length=200)
    address = models.CharField(max_length=300)
    phone = models.CharField(max_length=40)
    email = models.EmailField()
    registration = models.CharField(max_length=60, blank=True)
    registered_on = models.DateField(null=True, blank=True)
    clause = models.ForeignKey(Clause, models.PROTECT, null=True, blank=True, related_name="+")

    def __str__(self) -> str:
        return self.name

    @property
    def renew_by(self) -> date | None:
        """The day before which the registration must be renewed."""
        if self.registered_on is None:
            return None
        year = self.registered_on.year + 3
        try:
            return self.registered_on.replace(year=year)
        except ValueError:  # 29 February
            return date(year, 2, 28)


class State(models.TextChoices):
    RECEIVED = "received", "To be checked"
    INCOMPLETE = "incomplete", "Incomplete: ask for the rest"
    DISABLED = "disabled", "Taken down"
    COUNTERED = "countered", "Counter-notice received"
    RESTORED = "restored", "Put back"
    COURT = "court", "Before a court: stays down"
    REFUSED = "refused", "Not acted on"
    WITHDRAWN = "withdrawn", "Withdrawn"


STEPS = [
    ("received", "incomplete"),
    ("received", "disabled"),
    ("received", "refused"),
    ("received", "withdrawn"),
    ("incomplete", "received"),
    ("incomplete", "refused"),
    ("incomplete", "withdrawn"),
    ("disabled", "countered"),
    ("disabled", "withdrawn"),
    ("disabled", "restored"),
    ("countered", "restored"),
    ("countered", "court"),
    ("countered", "withdrawn"),
]


class Notice(models.Model):
    """One notification of claimed infringement. ``missing`` are keys of ``law.ELEMENTS``.

    ``subscriber`` is whose material it is, where that was found.
    """

    class Via(models.TextChoices):
        WEB = "web", "This site"
        MAIL = "mail", "E-mail"
        PAPER = "paper", "Letter"

    number = models.CharField(max_length=20, unique=True)
    received_at = models.DateTimeField()
    via = models.CharField(max_length=10, choices=Via)
    claimant = models.CharField(max_length=200)
    owner = models.CharField(max_length=200, blank=True)
    address = models.CharField(max_length=300, blank=True)
    phone = models.CharField(max_length=40, blank=True)
    email = models.EmailField(blank=True)
    works = models.TextField(blank=True)
    material = models.TextField(blank=True)
    good_faith = models.BooleanField(default=False)
    perjury = models.BooleanField(default=False)
    signature = models.CharField(max_length=200, blank=True)
    missing = ArrayField(models.CharField(max_length=12), default=list)
    subscriber = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="copyright_notices"
    )
    state = models.CharField(max_length=12, choices=State, default=State.RECEIVED)
    disabled_at = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-received_at"]
        indexes = [models.Index(fields=["state", "-received_at"], name="copyright_notice_state")]
        triggers = [
            pgtrigger.Protect(name="copyright_notices_stay", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(name="notice_came_once", fields=["number", "received_at", "via"]),
            pgtrigger.FSM(name="notice_steps", field="state", transitions=STEPS),
        ]

    def __str__(self) -> str:
        return f"copyright notice {self.number}"


class CounterNotice(models.Model):
    """What the person says whose material was taken down (512(g)(3)).

    It is put back not before ``restore_from`` and not after ``restore_by``, unless the claimant
    goes to court first.
    """

    notice = models.OneToOneField(Notice, models.PROTECT, related_name="counter")
    received_at = models.DateTimeField()
    name = models.CharField(max_length=200)
    address = models.CharField(max_length=300)
    phone = models.CharField(max_length=40)
    email = models.EmailField(blank=True)
    material = models.TextField()
    reasons = models.TextField(blank=True)
    signature = models.CharField(max_length=200)
    restore_from = models.DateField()
    restore_by = models.DateField()

    class Meta:
        triggers = [
            pgtrigger.Protect(
                name="counter_notice_stays", operation=pgtrigger.Update | pgtrigger.Delete
            )
        ]

    def __str__(self) -> str:
        return f"counter-notice to {self.notice.number}"


class Event(Deed):
    """What was done with it."""

    notice = models.ForeignKey(Notice, models.PROTECT, related_name="events")

    class Meta(Deed.Meta):
        triggers = [
            pgtrigger.Protect(
                name="copyright_event_stays", operation=pgtrigger.Update | pgtrigger.Delete
            )
        ]
