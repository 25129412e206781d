"""What people tell. Everything that they wrote is sealed; what stays readable routes it."""

from __future__ import annotations

from uuid import uuid4

from django.db import models
from django.utils import timezone

from hornbook.district.conduct.models.base import Envelope, Kind, kept
from hornbook.district.conduct.models.sealed import SealedText
from hornbook.district.people.models import Person, Site
from hornbook.district.policy.models import ClauseText


class Report(models.Model):
    """One thing that somebody told. No address of any machine is kept, nowhere.

    ``receipt_hash`` is a slow hash of the 16 digits that only who told it knows. ``sealed`` is
    the body in ``envelope``: JSON with ``what``, ``who``, ``when``, ``page``. ``danger``: words
    of danger to life were in it. ``assigned_to`` is who reads it; ``route`` says why they.
    ``reporter`` is known for staff who told it from their account, and for nobody else.
    ``about`` are people who are named as the ones whom it is about: it never lands on them.
    """

    class State(models.TextChoices):
        RECEIVED = "received", "Received"
        READ = "read", "Being read"
        WORK = "work", "Being looked into"
        QUESTION = "question", "We have a question for you"
        DECIDED = "decided", "Decided"
        CLOSED = "closed", "Closed"

    key = models.UUIDField(default=uuid4, unique=True, editable=False)
    receipt_hash = models.CharField(max_length=64, unique=True)
    kind = models.CharField(max_length=12, choices=Kind)
    site = models.ForeignKey(Site, models.PROTECT, related_name="+")
    clause_text = models.ForeignKey(ClauseText, models.PROTECT, null=True, related_name="+")
    envelope = models.OneToOneField(Envelope, models.PROTECT, related_name="report")
    sealed = models.BinaryField()
    danger = models.BooleanField(default=False)
    staff_involved = models.BooleanField(default=False)
    talk = models.BooleanField(default=True)
    reporter = models.ForeignKey(Person, models.PROTECT, null=True, related_name="reports_told")
    about = models.ManyToManyField(Person, blank=True, related_name="reports_about")
    state = models.CharField(max_length=10, choices=State, default=State.RECEIVED)
    received_at = models.DateTimeField(default=timezone.now)
    due_on = models.DateField()
    assigned_to = models.ForeignKey(Person, models.PROTECT, null=True, related_name="reports_read")
    route = models.CharField(max_length=300, blank=True)
    read_at = models.DateTimeField(null=True)
    escalated_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    closed_why = SealedText(of="", blank=True)

    class Meta:
        ordering = ["-danger", "due_on", "pk"]
        indexes = [
            models.Index(
                fields=["assigned_to", "due_on"],
                condition=models.Q(closed_at__isnull=True),
                name="report_open_of",
            )
        ]
        triggers = kept(
            "report", "key", "receipt_hash", "kind", "site", "sealed", "reporter", "received_at"
        )

    def __str__(self) -> str:
        return f"report {self.key}"


class ReportFile(models.Model):
    """A file that came with a report, sealed. ``original`` rows are as they were sent; the others
    are without whatever says where and with what a picture was taken.
    """

    report = models.ForeignKey(Report, models.PROTECT, related_name="files")
    original = models.BooleanField(default=False)
    media_type = models.CharField(max_length=40)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    sealed = models.BinaryField()
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["pk"]
        triggers = kept("file", "report", "media_type", "size", "sha256", "sealed")

    def __str__(self) -> str:
        return f"file {self.pk} of {self.report_id}"


class Message(models.Model):
    """One line of the talk behind a receipt. ``by`` is "" for who told it."""

    report = models.ForeignKey(Report, models.PROTECT, related_name="messages")
    by = models.CharField(max_length=200, blank=True)
    sealed = models.BinaryField()
    asks = models.BooleanField(default=False)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["pk"]
        triggers = kept("message", "report", "by", "sealed", "at")

    def __str__(self) -> str:
        return f"message {self.pk}"
