"""Due process: notice, answer, finding, decision, consequence, appeal. Written once each."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from hornbook.district.conduct.models.base import Stage, kept
from hornbook.district.conduct.models.cases import Allegation, Case
from hornbook.district.conduct.models.gates import CONSEQUENCE_GATE
from hornbook.district.conduct.models.sealed import SealedText
from hornbook.district.filtering.models import Restriction
from hornbook.district.learning.models import Training
from hornbook.district.ledger.models import append_only
from hornbook.district.people.models import Person
from hornbook.district.policy.models import ClauseText

_NOTICE_STAYS = ("case", "round", "words", "law", "how", "given_on", "answer_by", "closes_at", "at")

_DECISION_STAYS = (
    *("case", "round", "outcome", "weight", "severity", "repeat", "reason", "compared"),
    *("outside_why", "advice_why", "decided_by", "decided_on", "appeal_by", "at"),
)


class Step(models.Model):
    """A move of a case through the table, with the number of its leaf."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="steps")
    move = models.CharField(max_length=20)
    before = models.CharField(max_length=12, choices=Stage)
    after = models.CharField(max_length=12, choices=Stage)
    reason = SealedText(blank=True)
    by = models.CharField(max_length=200)
    at = models.DateTimeField(default=timezone.now)
    leaf_no = models.PositiveBigIntegerField()

    class Meta:
        ordering = ["pk"]
        triggers = append_only("steps")

    def __str__(self) -> str:
        return f"{self.move} of {self.case_id}"


class Notice(models.Model):
    """The written notice (Iowa Code 22.15 and the case's clauses) and the time to answer.

    ``words`` are what was given, whole. ``how``: on screen, by hand, by mail. ``opened_at`` is
    when the subject opened it on their own page.
    """

    class How(models.TextChoices):
        SCREEN = "screen", "On their own page here"
        HAND = "hand", "By hand"
        MAIL = "mail", "By registered mail"

    case = models.ForeignKey(Case, models.PROTECT, related_name="notices")
    round = models.PositiveSmallIntegerField()
    words = SealedText()
    law = models.CharField(max_length=200)
    how = models.CharField(max_length=8, choices=How)
    given_on = models.DateField()
    answer_by = models.DateField()
    closes_at = models.DateTimeField(help_text="the midnight behind answer_by, district time")
    given_by = models.CharField(max_length=200)
    at = models.DateTimeField(default=timezone.now)
    opened_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(answer_by__gt=F("given_on")), name="notice_leaves_time_to_answer"
            )
        ]
        triggers = kept(
            "notice", "case", "words", "law", "how", "given_on", "answer_by", "closes_at", "at"
        )

    def __str__(self) -> str:
        return f"notice of {self.given_on}"


class Answer(models.Model):
    """What the subject said to it. ``declined``: they said that they would say nothing."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="answers")
    round = models.PositiveSmallIntegerField()
    words = SealedText(blank=True)
    declined = models.BooleanField(default=False)
    how = models.CharField(max_length=200, help_text="on screen, or who wrote it down and when")
    by = models.CharField(max_length=200)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(declined=True) | ~Q(words=b""), name="answer_says_something"
            )
        ]
        triggers = append_only("answers")

    def __str__(self) -> str:
        return f"answer {self.pk}"


class Finding(models.Model):
    """What was found: of one allegation (the policy), or of a statute on the incident's date.

    ``elements`` is, for a statute, ``[{"key", "met": bool, "reason"}, …]``. The two are separate:
    neither decides the other. A later finding of the same thing replaces an earlier one.
    """

    class Result(models.TextChoices):
        UPHELD = "upheld", "It happened, and it broke the wording"
        NOT_UPHELD = "not-upheld", "It did not happen, or it broke nothing"
        UNCLEAR = "unclear", "It cannot be known"

    case = models.ForeignKey(Case, models.PROTECT, related_name="findings")
    round = models.PositiveSmallIntegerField()
    allegation = models.ForeignKey(
        Allegation, models.PROTECT, null=True, blank=True, related_name="findings"
    )
    statute = models.CharField(max_length=60, blank=True)
    elements: models.JSONField[Any, Any] = models.JSONField(default=list)
    result = models.CharField(max_length=12, choices=Result)
    reason = SealedText()
    by = models.CharField(max_length=200)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(allegation__isnull=False, statute="")
                | Q(allegation__isnull=True, statute__gt=""),
                name="finding_is_of_policy_or_statute",
            )
        ]
        triggers = append_only("findings")

    def __str__(self) -> str:
        return f"finding {self.pk}"


class Decision(models.Model):
    """What follows, by whom, why. ``weight`` orders outcomes; ``compared`` is how many alike
    were shown. ``outside_why``: why it lies outside what alike cases got; ``advice_why``: why a
    clause that only advises is the ground.
    """

    case = models.ForeignKey(Case, models.PROTECT, related_name="decisions")
    round = models.PositiveSmallIntegerField()
    outcome = models.CharField(max_length=16)
    weight = models.PositiveSmallIntegerField()
    severity = models.CharField(max_length=8)
    repeat = models.BooleanField(default=False)
    reason = SealedText()
    clause_texts = models.ManyToManyField(ClauseText, related_name="+")
    compared = models.PositiveIntegerField(default=0)
    outside_why = SealedText(blank=True)
    advice_why = SealedText(blank=True)
    decided_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    decided_on = models.DateField()
    appeal_by = models.DateField()
    no_appeal_at = models.DateTimeField(null=True, help_text="the subject gave the appeal up")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["pk"]
        triggers = kept("decision", *_DECISION_STAYS)

    def __str__(self) -> str:
        return f"decision {self.pk}"


class Consequence(models.Model):
    """One thing that follows from a decision, under one clause, and its end.

    ``restriction`` is live in the filter; ``training`` stands under Today of the subject.
    ``restored_at`` is when everything was as before.
    """

    class Sort(models.TextChoices):
        WARNING = "warning", "Warning"
        TRAINING = "training", "Training"
        RESTRICTION = "restriction", "Restricted access"
        REFERRAL = "referral", "Referral"
        RECORD = "record", "Discipline record"

    key = models.UUIDField(default=uuid4, unique=True, editable=False)
    decision = models.ForeignKey(Decision, models.PROTECT, related_name="consequences")
    sort = models.CharField(max_length=12, choices=Sort)
    clause_text = models.ForeignKey(ClauseText, models.PROTECT, related_name="+")
    words = SealedText(of="decision.case")
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)
    restriction = models.ForeignKey(
        Restriction, models.PROTECT, null=True, blank=True, related_name="+"
    )
    training = models.OneToOneField(
        Training, models.PROTECT, null=True, blank=True, related_name="consequence"
    )
    made_by = models.CharField(max_length=200)
    made_at = models.DateTimeField(default=timezone.now)
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_how = models.CharField(max_length=200, blank=True)
    lifted_at = models.DateTimeField(null=True)
    lifted_why = SealedText(of="decision.case", blank=True)
    restored_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(sort="restriction") | Q(ends_on__isnull=False),
                name="restricted_until_a_day",
            )
        ]
        triggers = [
            *kept(
                "consequence", "decision", "sort", "clause_text", "words", "starts_on", "made_at"
            ),
            pgtrigger.Trigger(
                name="no_consequence_without_notice",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func=CONSEQUENCE_GATE,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_sort_display()} ({self.decision_id})"


class Emergency(models.Model):
    """Access restricted before anybody was heard, because of a present danger; reviewed within
    days by another person.
    """

    case = models.ForeignKey(Case, models.PROTECT, related_name="emergencies")
    restriction = models.OneToOneField(Restriction, models.PROTECT, related_name="+")
    clause_text = models.ForeignKey(ClauseText, models.PROTECT, related_name="+")
    reason = SealedText()
    by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    review_by = models.DateField()
    reviewed_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    reviewed_at = models.DateTimeField(null=True)
    kept = models.BooleanField(null=True)
    review = SealedText(blank=True)

    class Meta:
        ordering = ["pk"]
        verbose_name_plural = "emergencies"
        constraints = [
            models.CheckConstraint(
                condition=Q(reviewed_by__isnull=True) | ~Q(reviewed_by=F("by")),
                name="emergency_reviewed_by_another",
            )
        ]
        triggers = kept("emergency", "case", "restriction", "reason", "by", "at", "review_by")

    def __str__(self) -> str:
        return f"emergency {self.pk}"


class Appeal(models.Model):
    """The subject asks another person to look again."""

    class Result(models.TextChoices):
        UPHELD = "upheld", "The decision stands"
        CHANGED = "changed", "To be decided again"
        REVERSED = "reversed", "The decision is taken back"

    decision = models.OneToOneField(Decision, models.PROTECT, related_name="appeal")
    words = SealedText(of="decision.case")
    how = models.CharField(max_length=200)
    filed_on = models.DateField()
    filed_by = models.CharField(max_length=200)
    heard_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    result = models.CharField(max_length=10, choices=Result, blank=True)
    reason = SealedText(of="decision.case", blank=True)
    heard_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["pk"]
        triggers = kept("appeal", "decision", "words", "how", "filed_on", "filed_by")

    def __str__(self) -> str:
        return f"appeal of {self.decision_id}"
