"""Purposes, holds, open inspections, certificates of destruction, exports."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import uuid4

import pgtrigger
from django.db import models
from django.db.models import F, Q

from hornbook.district.ledger.models import Leaf, append_only
from hornbook.district.people.models import Person, Site
from hornbook.district.policy.models import Clause


def kept(what: str) -> list[pgtrigger.Trigger]:
    """Rows that may be ended but never removed."""
    return [pgtrigger.Protect(name=f"{what}_stay", operation=pgtrigger.Delete)]


class Level(models.TextChoices):
    """How much of one person's activity is opened."""

    SUMS = "sums", "Sums by day, kind of site and clause"
    NAMES = "names", "Every question, with the name asked for"


class Purpose(models.Model):
    """Why somebody may look at one person's activity, until when, and who agreed.

    ``kind`` is a key of ``law.purposes``. ``names`` needs a second person; the database holds
    that it is a second one. The subject reads ``reason`` on their own page.
    """

    subject = models.ForeignKey(Person, models.PROTECT, related_name="purposes")
    kind = models.CharField(max_length=20)
    reason = models.TextField()
    level = models.CharField(max_length=10, choices=Level, default=Level.SUMS)
    since = models.DateField()
    until = models.DateField()
    asked_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    approved_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-asked_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True)
                | (~Q(approved_by=F("asked_by")) & ~Q(approved_by=F("subject"))),
                name="purpose_needs_a_second_person",
            )
        ]
        triggers = kept("purposes")

    def __str__(self) -> str:
        return f"purpose {self.pk}"

    @property
    def opens(self) -> bool:
        """Whether what was asked for may be seen, its end aside."""
        return self.level == Level.SUMS or self.approved_at is not None


class Mode(models.TextChoices):
    """What becomes of a question that is out of scope; as ``record.scope.MODES`` has them."""

    FULL = "full", "Recorded like any other"
    ANONYMOUS = "anonymous", "Recorded without person and address"
    NONE = "none", "Not recorded"


class RecordingRule(models.Model):
    """What nodes may record, and with whose name. In force is the last that two people agreed to.

    ``hours`` are texts like “mon-fri 06:30-18:00” in district time, ``campus`` networks. What was
    agreed to never changes again; another rule replaces it.
    """

    hours = models.JSONField(default=list)
    off_hours = models.CharField(max_length=10, choices=Mode, default=Mode.FULL)
    campus = models.JSONField(default=list)
    off_campus = models.CharField(max_length=10, choices=Mode, default=Mode.FULL)
    clause = models.ForeignKey(Clause, models.PROTECT, related_name="+")
    reason = models.CharField(max_length=300)
    proposed_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    agreed_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    agreed_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-agreed_at", "-proposed_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(agreed_by__isnull=True) | ~Q(agreed_by=F("proposed_by")),
                name="recording_needs_a_second_person",
            ),
            models.CheckConstraint(
                condition=Q(agreed_by__isnull=True, agreed_at__isnull=True)
                | Q(agreed_by__isnull=False, agreed_at__isnull=False, withdrawn_at__isnull=True),
                name="recording_agreed_or_withdrawn",
            ),
            models.UniqueConstraint(
                models.Value(1),
                condition=Q(agreed_at__isnull=True, withdrawn_at__isnull=True),
                name="recording_one_proposal",
            ),
        ]
        triggers = [
            *kept("recording_rules"),
            pgtrigger.Protect(
                name="agreed_recording_stays",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__agreed_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"recording rule {self.pk}"

    @property
    def told(self) -> dict[str, Any]:
        """As nodes read it (``record.scope``)."""
        return {
            "hours": self.hours,
            "off_hours": self.off_hours,
            "campus": self.campus,
            "off_campus": self.off_campus,
        }


class HoldQuerySet(models.QuerySet["Hold"]):
    def active(self) -> HoldQuerySet:
        return self.filter(released_at__isnull=True)


class Hold(models.Model):
    """Nothing in its scope is destroyed. No persons and no sites: everybody, everywhere."""

    matter = models.CharField(max_length=200)
    reason = models.TextField()
    persons = models.ManyToManyField(Person, blank=True, related_name="holds")
    sites = models.ManyToManyField(Site, blank=True, related_name="holds")
    since = models.DateField(null=True, blank=True)
    until = models.DateField(null=True, blank=True)
    placed_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    placed_at = models.DateTimeField()
    released_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    released_at = models.DateTimeField(null=True)
    release_reason = models.TextField(blank=True)

    objects = HoldQuerySet.as_manager()

    class Meta:
        ordering = ["-placed_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(released_by__isnull=True) | ~Q(released_by=F("placed_by")),
                name="hold_released_by_another",
            )
        ]
        triggers = kept("holds")

    def __str__(self) -> str:
        return f"hold “{self.matter}”"

    def covers(self, day: date) -> bool:
        return not (self.since and day < self.since) and not (self.until and day > self.until)


class Inspection(models.Model):
    """Somebody asked to inspect a person's records (34 CFR 99.10). While open, all of it stays."""

    subject = models.ForeignKey(Person, models.PROTECT, related_name="inspections")
    asked_by = models.CharField(max_length=200)
    asked_on = models.DateField()
    due_on = models.DateField()
    closed_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["-asked_on"]
        triggers = kept("inspections")

    def __str__(self) -> str:
        return f"inspection {self.pk}"


class Certificate(models.Model):
    """What was destroyed, under which rule; its SHA-256 is in the leaf, and so in the tree."""

    entry = models.CharField(max_length=40)
    body: models.JSONField[Any, Any] = models.JSONField()
    leaf = models.OneToOneField(Leaf, models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-pk"]
        triggers = append_only("certificates are append-only")

    def __str__(self) -> str:
        return f"certificate {self.pk}"


class Export(models.Model):
    """A folder that was made for somebody. ``leaf`` holds its manifest's SHA-256."""

    key = models.UUIDField(default=uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=10)
    subject = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=300)
    made_by = models.CharField(max_length=200)
    made_at = models.DateTimeField()
    files = models.PositiveIntegerField()
    octets = models.PositiveBigIntegerField()
    leaf = models.OneToOneField(Leaf, models.PROTECT, related_name="+")
    destroyed_at = models.DateTimeField(null=True)
    published = models.BooleanField(default=False, help_text="anybody may fetch it")

    class Meta:
        ordering = ["-made_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(published=False) | Q(kind="public"), name="only_counts_are_published"
            )
        ]
        triggers = kept("exports")

    def __str__(self) -> str:
        return f"export {self.key}"


class PublicDay(models.Model):
    """What may be told of one day, worked out once: another time it is told the same.

    ``rows`` are [site, action, category, clause, questions]; ``k`` the people behind each.
    """

    day = models.DateField(unique=True)
    k = models.PositiveIntegerField()
    rows: models.JSONField[Any, Any] = models.JSONField()
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["day"]
        triggers = append_only("published days are append-only")

    def __str__(self) -> str:
        return f"public counts of {self.day.isoformat()}"
