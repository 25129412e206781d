"""Personal information that may be out: what, whose, what was decided, and who was told when."""

from __future__ import annotations

from uuid import uuid4

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models

from hornbook.district.ledger.models import Deed
from hornbook.district.people.models import Person


class Breach(models.Model):
    """One event. ``kinds`` are keys of ``law.kinds``.

    ``unreadable``: all of it was encrypted or redacted and no key was taken. ``owner``: the
    information is somebody else's, who must be told at once.
    """

    class State(models.TextChoices):
        OPEN = "open", "Under way"
        CLOSED = "closed", "Closed"

    key = models.UUIDField(default=uuid4, unique=True, editable=False)
    title = models.CharField(max_length=120)
    incident = models.ForeignKey(
        "incidents.GivenAway", models.PROTECT, null=True, blank=True, related_name="breaches"
    )
    what = models.TextField()
    discovered_on = models.DateField()
    happened_on = models.DateField(null=True, blank=True)
    kinds = ArrayField(models.CharField(max_length=20), default=list)
    unreadable = models.BooleanField(default=False)
    owner = models.CharField(max_length=200, blank=True)
    owner_told_on = models.DateField(null=True, blank=True)
    hold_agency = models.CharField(max_length=200, blank=True)
    hold_since = models.DateField(null=True, blank=True)
    hold_ended_on = models.DateField(null=True, blank=True)
    attorney_told_on = models.DateField(null=True, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    opened_by = models.CharField(max_length=200)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-opened_at"]
        verbose_name_plural = "breaches"
        triggers = [
            pgtrigger.Protect(name="breaches_stay", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(
                name="breach_is_one_event", fields=["key", "opened_by", "opened_at"]
            ),
            pgtrigger.FSM(name="breach_steps", field="state", transitions=[("open", "closed")]),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def held(self) -> bool:
        """A law-enforcement agency asked in writing to wait, and has not ended it."""
        return self.hold_since is not None and self.hold_ended_on is None


class Affected(models.Model):
    """Somebody whose information may be out. ``state`` is the postal one: “IA” is a resident."""

    breach = models.ForeignKey(Breach, models.PROTECT, related_name="affected")
    name = models.CharField(max_length=200)
    street = models.CharField(max_length=200, blank=True)
    city = models.CharField(max_length=100, blank=True)
    state = models.CharField(max_length=2)
    zip = models.CharField(max_length=10, blank=True)
    email = models.EmailField(blank=True)
    told_on = models.DateField(null=True, blank=True)
    told_how = models.CharField(max_length=10, blank=True)

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["breach", "name", "street", "city", "state", "zip", "email"],
                name="affected_once",
            )
        ]

    def __str__(self) -> str:
        return self.name


class Determination(models.Model):
    """What a named person decided about the likelihood of financial harm, and on what grounds."""

    breach = models.ForeignKey(Breach, models.PROTECT, related_name="determinations")
    harm_likely = models.BooleanField()
    reasons = models.TextField()
    consulted = models.CharField(max_length=300, blank=True)
    by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    keep_until = models.DateField()
    leaf_no = models.PositiveBigIntegerField()

    class Meta:
        ordering = ["-pk"]
        triggers = [
            pgtrigger.Protect(
                name="determination_stays", operation=pgtrigger.Update | pgtrigger.Delete
            ),
            pgtrigger.Trigger(
                name="determination_not_emptied",
                level=pgtrigger.Statement,
                when=pgtrigger.Before,
                operation=pgtrigger.Truncate,
                func="RAISE EXCEPTION 'determinations are evidence: TRUNCATE refused';",
            ),
        ]

    def __str__(self) -> str:
        return f"determination {self.pk}"


class BreachEvent(Deed):
    """What was done with it."""

    breach = models.ForeignKey(Breach, models.PROTECT, related_name="events")

    class Meta(Deed.Meta):
        triggers = [
            pgtrigger.Protect(
                name="breach_event_stays", operation=pgtrigger.Update | pgtrigger.Delete
            )
        ]
