"""What reports and cases share: kinds, stages, envelopes, triggers that keep rows."""

from __future__ import annotations

import pgtrigger
from django.db import models

from hornbook.district.ledger.models import no_truncate


def kept(what: str, *fixed: str) -> list[pgtrigger.Trigger]:
    """Rows that may be ended but never removed; the ``fixed`` fields never change."""
    found: list[pgtrigger.Trigger] = [
        pgtrigger.Protect(name=f"{what}_stays", operation=pgtrigger.Delete),
        no_truncate(what),
    ]
    if fixed:
        found.append(pgtrigger.ReadOnly(name=f"{what}_terms_stay", fields=list(fixed)))
    return found


class Kind(models.TextChoices):
    """What a report or case is about. Words, clauses and clocks are data: ``data/kinds.toml``."""

    BULLYING = "bullying", "Bullying or harassment"
    THREAT = "threat", "A threat"
    EXPOSURE = "exposure", "Harmful pictures or pages"
    ACCOUNT = "account", "Somebody used another person's account"
    EQUIPMENT = "equipment", "Damaged, lost or stolen equipment"
    VANDALISM = "vandalism", "Damage on purpose"
    MALWARE = "malware", "A virus, or getting around the filter"
    COPYRIGHT = "copyright", "Copied without the right to"
    CONTACT = "contact", "An adult's contact with a student"
    DATA = "data", "Somebody's data was shared"
    OTHER = "other", "Something else"


class Stage(models.TextChoices):
    """Where a case stands. ``process/table.py`` says which way leads on from each."""

    TRIAGE = "triage", "Being read"
    NOTICE = "notice", "Notice to be given"
    ANSWER = "answer", "Time to answer"
    FINDING = "finding", "Facts to be found"
    DECISION = "decision", "To be decided"
    CONSEQUENCE = "consequence", "Decided"
    APPEAL = "appeal", "Appealed"
    CLOSED = "closed", "Closed"


class Envelope(models.Model):
    """A data key, wrapped by the district's key ``key_id`` (``sealing.py``). Of one thing only."""

    key_id = models.CharField(max_length=16, db_index=True)
    wrapped = models.BinaryField()

    class Meta:
        triggers = kept("envelope")

    def __str__(self) -> str:
        return f"envelope {self.pk}"
