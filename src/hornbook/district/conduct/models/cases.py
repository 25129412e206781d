"""A case: one subject, closed doors, facts, evidence with its custody, allegations."""

from __future__ import annotations

from datetime import date
from uuid import uuid4

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils import timezone

from hornbook.district.conduct.models.base import Envelope, Kind, Stage, kept
from hornbook.district.conduct.models.gates import (
    ALLEGATION_IN_FORCE,
    CASE_GATES,
    SEAT_GATE,
    STEPS,
    SUBJECT_GATE,
)
from hornbook.district.conduct.models.reports import Report
from hornbook.district.conduct.models.sealed import SealedText
from hornbook.district.ledger.models import append_only
from hornbook.district.people.models import Person, Site
from hornbook.district.policy.models import ClauseText


class Case(models.Model):
    """What people do about one person's conduct. Two people: two cases, with the same reports.

    ``number`` is what people call it ("2026-0012"). ``conduct_on`` is the day of what happened:
    wording and statute of that day count. ``lead`` runs it. ``due_on`` is the end of the clock
    that runs now. ``round`` counts the notices: what is given, answered, found and decided belongs
    to one round. ``reversed``: an appeal took the decision back.
    """

    key = models.UUIDField(default=uuid4, unique=True, editable=False)
    number = models.CharField(max_length=16, unique=True)
    title = models.CharField(max_length=120)
    kind = models.CharField(max_length=12, choices=Kind)
    site = models.ForeignKey(Site, models.PROTECT, related_name="+")
    conduct_on = models.DateField()
    subject = models.ForeignKey(Person, models.PROTECT, null=True, related_name="cases_about")
    lead = models.ForeignKey(Person, models.PROTECT, related_name="cases_led")
    reports = models.ManyToManyField(Report, blank=True, related_name="cases")
    envelope = models.OneToOneField(Envelope, models.PROTECT, related_name="case")
    stage = models.CharField(max_length=12, choices=Stage, default=Stage.TRIAGE)
    round = models.PositiveSmallIntegerField(default=0)
    danger = models.BooleanField(default=False)
    opened_at = models.DateTimeField(default=timezone.now)
    due_on = models.DateField(null=True)
    closed_at = models.DateTimeField(null=True)
    closed_why = SealedText(of="", blank=True)
    reversed = models.BooleanField(default=False)

    class Meta:
        ordering = ["-danger", "due_on", "pk"]
        indexes = [
            models.Index(fields=["stage", "due_on"], name="case_by_stage"),
            models.Index(fields=["site", "stage"], name="case_by_site"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(subject__isnull=True) | ~Q(subject=models.F("lead")),
                name="nobody_leads_their_own_case",
            ),
            models.CheckConstraint(
                condition=Q(stage=Stage.CLOSED, closed_at__isnull=False)
                | (~Q(stage=Stage.CLOSED) & Q(closed_at__isnull=True)),
                name="case_closes_at_a_moment",
            ),
        ]
        triggers = [
            *kept("case", "key", "number", "kind", "opened_at"),
            pgtrigger.FSM(name="case_steps", field="stage", transitions=STEPS),
            pgtrigger.Trigger(
                name="case_gates",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition("OLD.stage IS DISTINCT FROM NEW.stage"),
                func=CASE_GATES,
            ),
            pgtrigger.Trigger(
                name="case_subject",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition("OLD.subject_id IS DISTINCT FROM NEW.subject_id"),
                func=SUBJECT_GATE,
            ),
        ]

    def __str__(self) -> str:
        return f"case {self.number}"

    def is_late(self, on: date) -> bool:
        return self.closed_at is None and self.due_on is not None and self.due_on < on


class Seat(models.Model):
    """Who may come in, why, since when. Nobody else sees that there is a case.

    ``reader`` reads; ``lead`` runs the case; ``decider`` decides; ``appeal`` hears the appeal.
    """

    class Capacity(models.TextChoices):
        LEAD = "lead", "Runs the case"
        DECIDER = "decider", "Decides"
        APPEAL = "appeal", "Hears the appeal"
        READER = "reader", "Reads"

    case = models.ForeignKey(Case, models.PROTECT, related_name="seats")
    person = models.ForeignKey(Person, models.PROTECT, related_name="case_seats")
    capacity = models.CharField(max_length=8, choices=Capacity)
    why = models.CharField(max_length=300)
    given_by = models.CharField(max_length=200)
    given_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "person", "capacity"],
                condition=Q(ended_at__isnull=True),
                name="seat_once",
            )
        ]
        indexes = [
            models.Index(
                fields=["person", "case"], condition=Q(ended_at__isnull=True), name="seat_open"
            )
        ]
        triggers = [
            *kept("seat", "case", "person", "capacity", "why", "given_by", "given_at"),
            pgtrigger.Trigger(
                name="seat_is_not_the_subjects",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func=SEAT_GATE,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person}: {self.get_capacity_display()} ({self.case})"


class Party(models.Model):
    """Somebody whom the case touches, on the roster or not. The subject is ``Case.subject``."""

    class Part(models.TextChoices):
        TARGET = "target", "Was hurt by it"
        WITNESS = "witness", "Saw or heard it"
        GUARDIAN = "guardian", "Parent or guardian"
        ADVOCATE = "advocate", "Speaks for somebody"

    case = models.ForeignKey(Case, models.PROTECT, related_name="parties")
    person = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    name = SealedText()
    part = models.CharField(max_length=10, choices=Part)
    added_at = models.DateTimeField(default=timezone.now)
    added_by = models.CharField(max_length=200)

    class Meta:
        ordering = ["pk"]
        verbose_name_plural = "parties"
        triggers = append_only("parties")

    def __str__(self) -> str:
        return str(self.name)


class Event(models.Model):
    """One line of the timeline: what happened when, as far as anybody knows. Never rewritten."""

    class Sort(models.TextChoices):
        FACT = "fact", "Fact"
        SAID = "said", "Somebody said"
        DONE = "done", "Done in the case"
        LINK = "link", "Linked record"

    case = models.ForeignKey(Case, models.PROTECT, related_name="events")
    sort = models.CharField(max_length=6, choices=Sort)
    happened_at = models.DateTimeField()
    words = SealedText()
    source = SealedText(blank=True)
    at = models.DateTimeField(default=timezone.now)
    by = models.CharField(max_length=200)

    class Meta:
        ordering = ["happened_at", "pk"]
        triggers = append_only("the timeline")

    def __str__(self) -> str:
        return f"event {self.pk}"


class Allegation(models.Model):
    """What the subject is said to have done, against which wording. The database refuses a
    wording that was not in force on ``conduct_on``. It may be withdrawn, never rewritten.
    """

    case = models.ForeignKey(Case, models.PROTECT, related_name="allegations")
    clause_text = models.ForeignKey(ClauseText, models.PROTECT, related_name="allegations")
    conduct_on = models.DateField()
    words = SealedText()
    by = models.CharField(max_length=200)
    at = models.DateTimeField(default=timezone.now)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "clause_text"],
                condition=Q(withdrawn_at__isnull=True),
                name="alleged_once",
            )
        ]
        triggers = [
            *kept("allegation", "case", "clause_text", "conduct_on", "words", "by", "at"),
            pgtrigger.Trigger(
                name="in_force_on_the_day",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func=ALLEGATION_IN_FORCE,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.clause_text} in {self.case}"


class Task(models.Model):
    """Something to do in a case, by somebody, by a day."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="tasks")
    words = SealedText()
    owner = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    due_on = models.DateField(null=True, blank=True)
    by = models.CharField(max_length=200)
    at = models.DateTimeField(default=timezone.now)
    done_at = models.DateTimeField(null=True)
    done_by = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["due_on", "pk"]
        triggers = kept("task", "case", "words", "by", "at")

    def __str__(self) -> str:
        return str(self.words)


class CaseClock(models.Model):
    """Time that runs, in school days. One of a case runs at a time for each ``what``."""

    class What(models.TextChoices):
        TRIAGE = "triage", "Read it and begin"
        NOTICE = "notice", "Give notice"
        ANSWER = "answer", "Time to answer"
        FINDING = "finding", "Find the facts"
        DECISION = "decision", "Decide"
        APPEAL_BY = "appeal-by", "Time to appeal"
        APPEAL = "appeal", "Hear the appeal"
        REVIEW = "review", "Review the emergency"

    case = models.ForeignKey(Case, models.PROTECT, related_name="clocks")
    what = models.CharField(max_length=10, choices=What)
    school_days = models.PositiveSmallIntegerField()
    started_on = models.DateField()
    due_on = models.DateField()
    stopped_at = models.DateTimeField(null=True)
    escalated_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["due_on", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "what"],
                condition=Q(stopped_at__isnull=True),
                name="one_clock_runs",
            )
        ]
        indexes = [
            models.Index(
                fields=["due_on"], condition=Q(stopped_at__isnull=True), name="clock_running"
            )
        ]
        triggers = kept("clock", "case", "what", "school_days", "started_on", "due_on")

    def __str__(self) -> str:
        return f"{self.get_what_display()} by {self.due_on}"
