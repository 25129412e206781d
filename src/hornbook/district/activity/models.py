"""Rehearsals that were asked for: what, by whom, how far, and what came of it."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django.db import models

from hornbook.district.people.models import Person


class RehearsalRun(models.Model):
    """A draft tried on a window of the record, by the worker.

    ``parts`` are the hashes of both sides when it began; what was read of the record is of use
    only to them. ``step`` of ``steps`` is done. ``result`` is ``Rehearsal.as_dict()``; it may be
    forgotten, its ``hash`` stays here and in the ledger.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting for its turn"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Could not be done"
        CANCELLED = "cancelled", "Cancelled"

    key = models.UUIDField(default=uuid4, unique=True, editable=False)
    draft: models.JSONField[Any, Any] = models.JSONField()
    words = models.CharField(max_length=100, help_text="the window, as people say it")
    since = models.DateTimeField()
    until = models.DateTimeField()
    person = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")
    by = models.CharField(max_length=200)
    asked_at = models.DateTimeField(auto_now_add=True)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    doing = models.CharField(max_length=100, blank=True)
    step = models.PositiveIntegerField(default=0)
    steps = models.PositiveIntegerField(default=0)
    parts: models.JSONField[Any, Any] = models.JSONField(default=list)
    result: models.JSONField[Any, Any] = models.JSONField(null=True)
    hash = models.CharField(max_length=64, blank=True)
    problem = models.CharField(max_length=300, blank=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-asked_at", "-pk"]

    def __str__(self) -> str:
        return f"rehearsal {self.key}"

    @property
    def is_open(self) -> bool:
        return self.state in (self.State.WAITING, self.State.RUNNING)


class LookFile(models.Model):
    """A quarter hour's counts of one node, as they arrived. ``at`` is its start."""

    receipt = models.CharField(max_length=40, unique=True)
    node = models.CharField(max_length=100)
    at = models.DateTimeField()
    answers = models.PositiveIntegerField()

    class Meta:
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"looks {self.receipt}"


class Look(models.Model):
    """So many answers of one web site, to one school, in the quarter hour that begins ``at``.

    ``site`` is the key of the school; ``name`` is empty for the sites after the many first ones;
    ``reason`` says why an answer was not checked. There is no person here.
    """

    file = models.ForeignKey(LookFile, models.CASCADE, related_name="counts")
    at = models.DateTimeField()
    site = models.CharField(max_length=100, blank=True)
    name = models.CharField(max_length=255, blank=True)
    outcome = models.CharField(max_length=40)
    reason = models.CharField(max_length=100, blank=True)
    n = models.PositiveIntegerField()

    class Meta:
        indexes = [models.Index(fields=["at", "name"])]

    def __str__(self) -> str:
        return f"{self.name}: {self.n} {self.outcome}"
