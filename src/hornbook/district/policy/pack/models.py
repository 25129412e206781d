"""Which packs were made. The files are in ``packs/<seal>.zip`` of the data folder."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.utils import timezone

from hornbook.district.policy.models import Clause, Revision


class Pack(models.Model):
    """One pack. ``sha256`` is its seal: the SHA-256 of the file without its last 64 octets.

    ``clause`` and ``revision`` say which wording it is about; an audit has a ``funding_year``.
    """

    class Kind(models.TextChoices):
        CLAUSE = "clause", "One clause"
        AUDIT = "audit", "CIPA and E-Rate, one funding year"

    kind = models.CharField(max_length=10, choices=Kind)
    clause = models.ForeignKey(Clause, models.PROTECT, null=True, blank=True, related_name="packs")
    revision = models.ForeignKey(
        Revision, models.PROTECT, null=True, blank=True, related_name="packs"
    )
    funding_year = models.PositiveSmallIntegerField(null=True, blank=True)
    sha256 = models.CharField(max_length=64, unique=True)
    octets = models.PositiveBigIntegerField()
    made_at = models.DateTimeField(default=timezone.now)
    made_label = models.CharField(max_length=200)
    leaf_no = models.PositiveBigIntegerField()

    class Meta:
        ordering = ["-made_at"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(clause__isnull=False, revision__isnull=False)
                | models.Q(funding_year__isnull=False),
                name="pack_is_about_a_wording_or_a_year",
            )
        ]
        triggers = [
            pgtrigger.Protect(name="pack_stays", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.about} {self.sha256[:12]}"

    @property
    def about(self) -> str:
        if self.clause is not None:
            return f"clause {self.clause.key}"
        return f"E-Rate funding year {self.funding_year}"
