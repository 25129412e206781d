"""One append-only chain of every privileged act. The record issue grows it into a Merkle log."""

from __future__ import annotations

import pgtrigger
from django.db import models


class Leaf(models.Model):
    """One act: who did what to which object, under which clause texts.

    ``actor`` is a label that stays readable when the person is gone. ``hash`` is the SHA-256
    of the canonical leaf, which contains ``prev``, the hash of the leaf before it.
    """

    no = models.PositiveBigIntegerField(primary_key=True)
    at = models.DateTimeField()
    actor = models.CharField(max_length=200)
    verb = models.CharField(max_length=80)
    object = models.CharField(max_length=200)
    clause_texts = models.JSONField(default=list)
    detail = models.JSONField(default=dict)
    prev = models.CharField(max_length=64)
    hash = models.CharField(max_length=64, unique=True)

    class Meta:
        ordering = ["no"]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
            pgtrigger.Trigger(
                name="no_truncate",
                level=pgtrigger.Statement,
                when=pgtrigger.Before,
                operation=pgtrigger.Truncate,
                func="RAISE EXCEPTION 'the ledger is append-only: TRUNCATE refused';",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.no} {self.verb} {self.object}"
