"""What a case rests on: evidence with its chain of custody, corrections, copies that were given."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.utils import timezone

from hornbook.district.conduct.models.base import kept
from hornbook.district.conduct.models.cases import Case
from hornbook.district.conduct.models.sealed import SealedText
from hornbook.district.ledger.models import append_only


class Correction(models.Model):
    """Somebody says that a line, an evidence or a finding is wrong, and what came of it.

    It stands beside what it is about in every copy, page and letter. ``about`` is
    "event 12", "evidence 3", "finding 4" or "allegation 5".
    """

    class State(models.TextChoices):
        CONTESTED = "contested", "Contested"
        CORRECTED = "corrected", "Corrected"
        STANDS = "stands", "Looked at again; it stands"

    case = models.ForeignKey(Case, models.PROTECT, related_name="corrections")
    about = models.CharField(max_length=40)
    words = SealedText(help_text="what is wrong, in the words of who says so")
    by = models.CharField(max_length=200)
    at = models.DateTimeField(default=timezone.now)
    state = models.CharField(max_length=10, choices=State, default=State.CONTESTED)
    corrected = SealedText(blank=True, help_text="how it is right")
    settled_by = models.CharField(max_length=200, blank=True)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["pk"]
        triggers = [
            *kept("correction", "case", "about", "words", "by", "at"),
            pgtrigger.FSM(
                name="correction_steps",
                field="state",
                transitions=[("contested", "corrected"), ("contested", "stands")],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_state_display()}: {self.about}"


class Evidence(models.Model):
    """A file or a pointer, with the SHA-256 of its exact octets. Sealed in the case's envelope.

    ``untouchable``: nobody opens, copies or shows it here; it is sealed by its hash and people
    were told (suspected pictures of child abuse). ``pointer`` names a record elsewhere in the
    district ("segment …", "finding …", "report …"); then there is no body.
    """

    case = models.ForeignKey(Case, models.PROTECT, related_name="evidence")
    name = SealedText()
    media_type = models.CharField(max_length=40, blank=True)
    size = models.PositiveIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    sealed = models.BinaryField(null=True)
    pointer = models.CharField(max_length=200, blank=True)
    untouchable = models.BooleanField(default=False)
    why = SealedText()
    added_at = models.DateTimeField(default=timezone.now)
    added_by = models.CharField(max_length=200)

    class Meta:
        ordering = ["pk"]
        verbose_name_plural = "evidence"
        triggers = kept("evidence", "case", "media_type", "size", "sha256", "sealed", "pointer")

    def __str__(self) -> str:
        return f"evidence {self.pk}"


class Custody(models.Model):
    """One link of the chain: who had it when, and why. ``sha256`` is what it was found to be."""

    class Act(models.TextChoices):
        RECEIVED = "received", "Received"
        OPENED = "opened", "Opened"
        CHECKED = "checked", "Checked against its hash"
        COPIED = "copied", "A copy was given"
        SEALED = "sealed", "Sealed: nobody opens it"

    evidence = models.ForeignKey(Evidence, models.PROTECT, related_name="custody")
    act = models.CharField(max_length=10, choices=Act)
    by = models.CharField(max_length=200)
    to = models.CharField(max_length=200, blank=True)
    why = SealedText(of="evidence.case")
    sha256 = models.CharField(max_length=64, blank=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["pk"]
        verbose_name_plural = "custody"
        triggers = append_only("custody")

    def __str__(self) -> str:
        return f"{self.get_act_display()}: {self.evidence_id}"


class CaseCopy(models.Model):
    """A copy of the case that somebody was given: corrections travel to them afterwards."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="copies")
    to = models.CharField(max_length=200)
    email = models.EmailField(blank=True)
    why = models.CharField(max_length=300)
    sha256 = models.CharField(max_length=64)
    by = models.CharField(max_length=200)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["pk"]
        verbose_name_plural = "case copies"
        triggers = append_only("copies")

    def __str__(self) -> str:
        return f"copy for {self.to}"
