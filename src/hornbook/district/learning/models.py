"""Duties, campaigns, assignments, signatures and what was shown.

What is evidence is protected by triggers: no code, and no hand at the database short of its
owner, changes or deletes a signature, a refusal, a withdrawal or the bytes that were shown.
"""

from __future__ import annotations

from datetime import date
from uuid import uuid4

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils import timezone

from hornbook.district.people.models import Person
from hornbook.district.policy.models import Clause, ClauseText, Policy, Revision


def evidence(what: str) -> list[pgtrigger.Trigger]:
    """Written once: update, delete and truncate are refused by the database."""
    return [
        pgtrigger.Protect(name=f"{what}_stays", operation=pgtrigger.Update | pgtrigger.Delete),
        pgtrigger.Trigger(
            name=f"{what}_not_emptied",
            level=pgtrigger.Statement,
            when=pgtrigger.Before,
            operation=pgtrigger.Truncate,
            func=f"RAISE EXCEPTION 'the {what} is evidence: TRUNCATE refused';",
        ),
    ]


class Duty(models.Model):
    """Who must sign, learn or confirm what, because of which clause.

    ``audience`` is the language of ``people.audience``. ``sentence`` is what a person agrees to.
    ``repeats_months`` is after how long a signature must be renewed; None: never by itself.
    ``school_days`` is how long people have.
    """

    class Kind(models.TextChoices):
        SIGN = "sign", "Sign"
        LEARN = "learn", "Learn"
        CONFIRM = "confirm", "Confirm"

    key = models.SlugField(unique=True)
    title = models.CharField(max_length=120)
    clause = models.ForeignKey(Clause, models.PROTECT, related_name="duties")
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.SIGN)
    audience = models.JSONField(default=dict)
    sentence = models.TextField(blank=True)
    repeats_months = models.PositiveSmallIntegerField(null=True, blank=True)
    school_days = models.PositiveSmallIntegerField(default=10)
    enabled = models.BooleanField(default=True)

    class Meta:
        ordering = ["title"]
        verbose_name_plural = "duties"

    def __str__(self) -> str:
        return self.title

    @property
    def policy(self) -> Policy:
        return self.clause.policy


class NoSchool(models.Model):
    """Days without school, from ``first`` to ``last``: no day of them counts for a deadline."""

    first = models.DateField()
    last = models.DateField()
    name = models.CharField(max_length=100)

    class Meta:
        ordering = ["first"]
        verbose_name_plural = "days without school"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(last__gte=models.F("first")),
                name="no_school_has_a_day",
            )
        ]

    def __str__(self) -> str:
        return self.name


class NoticeClause(models.Model):
    """A clause that tells people that they are monitored: shown at sign-in and before signing."""

    clause = models.OneToOneField(Clause, models.PROTECT, related_name="in_notice")
    order = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["order"]

    def __str__(self) -> str:
        return self.clause.key


class Question(models.Model):
    """One question about one wording. It falls silent when the clause's words change.

    ``choices`` is ``[{"text", "why", "right"}, …]``: every choice says why it is right or wrong.
    ``asked``/``missed`` count first answers of everybody; nobody's own are kept.
    """

    clause = models.ForeignKey(Clause, models.PROTECT, related_name="questions")
    words_sha256 = models.CharField(max_length=64)
    lang = models.CharField(max_length=12, default="en")
    prompt = models.CharField(max_length=400)
    choices = models.JSONField()
    enabled = models.BooleanField(default=True)
    written_by = models.CharField(max_length=200)
    written_at = models.DateTimeField(default=timezone.now)
    asked = models.PositiveIntegerField(default=0)
    missed = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["clause__key", "pk"]

    def __str__(self) -> str:
        return self.prompt


class Campaign(models.Model):
    """Everybody whom a duty means is asked about one adopted revision.

    ``audience`` is the duty's as it was at the start. ``remind_before`` are school days before
    an assignment is due; ``escalate_after`` school days after it.
    """

    class State(models.TextChoices):
        RUNNING = "running", "Under way"
        CLOSED = "closed", "Closed"

    key = models.UUIDField(default=uuid4, unique=True, editable=False)
    duty = models.ForeignKey(Duty, models.PROTECT, related_name="campaigns")
    revision = models.ForeignKey(Revision, models.PROTECT, related_name="campaigns")
    previous = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="+")
    audience = models.JSONField()
    starts_on = models.DateField()
    due_on = models.DateField()
    remind_before = models.JSONField(default=list)
    escalate_after = models.PositiveSmallIntegerField(default=3)
    state = models.CharField(max_length=10, choices=State, default=State.RUNNING)
    started_by = models.CharField(max_length=200)
    started_at = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField(null=True, blank=True)
    leaf_no = models.PositiveBigIntegerField(default=0)

    class Meta:
        ordering = ["-starts_on", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["duty"],
                condition=models.Q(state="running"),
                name="one_running_campaign_a_duty",
            ),
            models.CheckConstraint(
                condition=models.Q(due_on__gte=models.F("starts_on")),
                name="campaign_is_due_after_it_begins",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="campaign_stays", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(
                name="campaign_terms_stay",
                fields=["key", "duty", "revision", "audience", "starts_on", "started_at"],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.duty.title}: revision of {self.revision.effective_on:%-d %B %Y}"

    @property
    def about(self) -> str:
        """By which the outbox knows its letters."""
        return f"campaign {self.key}"


class AssignmentState(models.TextChoices):
    OPEN = "open", "Not yet signed"
    SIGNED = "signed", "Signed"
    REFUSED = "refused", "Does not want to sign"
    RELEASED = "released", "Left, or not asked any more"
    SUPERSEDED = "superseded", "Asked again by a later campaign"


_STEPS = [
    ("open", "signed"),
    ("open", "refused"),
    ("open", "released"),
    ("open", "superseded"),
    ("refused", "signed"),
    ("refused", "released"),
    ("refused", "superseded"),
    ("released", "open"),
    ("released", "superseded"),
    ("signed", "open"),
]
"""“signed → open” happens when a signature is withdrawn. The database holds these steps."""


class Assignment(models.Model):
    """One person who is asked. ``sites`` are the sites of the roles by which they are meant."""

    key = models.UUIDField(default=uuid4, unique=True, editable=False)
    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="assignments")
    person = models.ForeignKey(Person, models.PROTECT, related_name="assignments")
    sites = ArrayField(models.BigIntegerField(), default=list)
    assigned_on = models.DateField()
    due_on = models.DateField()
    state = models.CharField(max_length=10, choices=AssignmentState, default=AssignmentState.OPEN)
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["person__family_name", "person__given_name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["campaign", "person"], name="asked_once_a_campaign")
        ]
        indexes = [
            GinIndex(fields=["sites"], name="assignment_sites"),
            models.Index(fields=["campaign", "state", "due_on"], name="assignment_state"),
        ]
        triggers = [
            pgtrigger.Protect(name="assignment_stays", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(
                name="assignment_is_of_one_person",
                fields=["key", "campaign", "person", "assigned_on"],
            ),
            pgtrigger.FSM(name="assignment_steps", field="state", transitions=_STEPS),
        ]

    def __str__(self) -> str:
        return f"{self.person}: {self.campaign.duty.title}"

    def is_late(self, on: date) -> bool:
        return self.state == AssignmentState.OPEN and self.due_on < on


class Shown(models.Model):
    """Exactly the bytes that somebody was shown, by their SHA-256. Many signatures share them."""

    sha256 = models.CharField(max_length=64, primary_key=True)
    body = models.BinaryField()
    kept_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name_plural = "shown"
        triggers = evidence("shown")

    def __str__(self) -> str:
        return self.sha256


class Sitting(models.Model):
    """How far somebody has come with signing, so that nothing is lost between two visits.

    ``answered`` are the primary keys of questions that were answered rightly, ``tried`` of all
    that were answered at all. ``read_at`` is when they said that they had read ``shown``.
    """

    assignment = models.OneToOneField(Assignment, models.CASCADE, related_name="sitting")
    lang = models.CharField(max_length=12, default="en")
    shown = models.ForeignKey(Shown, models.PROTECT, related_name="+")
    answered = ArrayField(models.BigIntegerField(), default=list)
    tried = ArrayField(models.BigIntegerField(), default=list)
    begun_at = models.DateTimeField(default=timezone.now)
    read_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"sitting of {self.assignment}"


class Signature(models.Model):
    """The evidence. ``number`` is what the public may verify; ``leaf_no`` is its leaf."""

    class Method(models.TextChoices):
        SCREEN = "screen", "On screen"
        PAPER = "paper", "On paper"
        BEHALF = "behalf", "By somebody on their behalf"

    class Strength(models.TextChoices):
        PASSKEY = "passkey", "Passkey"
        SECOND_STEP = "second-step", "Password and second step"
        PASSWORD = "password", "Password"
        SIGN_ON = "sign-on", "The District's single sign-on"
        WITNESS = "witness", "Seen by a witness"
        UNKNOWN = "unknown", "Not known"

    number = models.CharField(max_length=20, unique=True)
    assignment = models.ForeignKey(Assignment, models.PROTECT, related_name="signatures")
    person = models.ForeignKey(Person, models.PROTECT, related_name="signatures")
    person_label = models.CharField(max_length=201)
    duty = models.ForeignKey(Duty, models.PROTECT, related_name="signatures")
    revision = models.ForeignKey(Revision, models.PROTECT, related_name="signatures")
    clause_text = models.ForeignKey(ClauseText, models.PROTECT, related_name="signatures")
    lang = models.CharField(max_length=12)
    shown = models.ForeignKey(Shown, models.PROTECT, related_name="signatures")
    sentence = models.TextField()
    auth_strength = models.CharField(max_length=12, choices=Strength)
    method = models.CharField(max_length=10, choices=Method, default=Method.SCREEN)
    on_behalf_note = models.TextField(blank=True)
    witness = models.CharField(max_length=200, blank=True)
    scan_sha256 = models.CharField(max_length=64, blank=True)
    signed_at = models.DateTimeField()
    recorded_at = models.DateTimeField(default=timezone.now)
    recorded_by = models.CharField(max_length=200)
    valid_to = models.DateField(null=True, blank=True)
    leaf_no = models.PositiveBigIntegerField()

    class Meta:
        ordering = ["-signed_at", "-pk"]
        triggers = evidence("signature")

    def __str__(self) -> str:
        return self.number


class Withdrawal(models.Model):
    """A signature that does not stand any more, and why."""

    signature = models.OneToOneField(Signature, models.PROTECT, related_name="withdrawal")
    reason = models.TextField()
    at = models.DateTimeField(default=timezone.now)
    by = models.CharField(max_length=200)
    leaf_no = models.PositiveBigIntegerField()

    class Meta:
        triggers = evidence("withdrawal")

    def __str__(self) -> str:
        return f"withdrawal of {self.signature_id}"


class Refusal(models.Model):
    """Somebody did not want to sign, in their own words if they gave any."""

    assignment = models.ForeignKey(Assignment, models.PROTECT, related_name="refusals")
    words = models.TextField(blank=True)
    at = models.DateTimeField(default=timezone.now)
    by = models.CharField(max_length=200)
    leaf_no = models.PositiveBigIntegerField()

    class Meta:
        ordering = ["-at"]
        triggers = evidence("refusal")

    def __str__(self) -> str:
        return f"refusal of {self.assignment_id}"


class Training(models.Model):
    """One person reads one wording and answers its questions, by a day. Done or not, no marks.

    Who gave it knows why; here it is only a training, which nobody but its person opens.
    """

    key = models.UUIDField(default=uuid4, unique=True, editable=False)
    person = models.ForeignKey(Person, models.PROTECT, related_name="trainings")
    clause_text = models.ForeignKey(ClauseText, models.PROTECT, related_name="+")
    given_at = models.DateTimeField(default=timezone.now)
    due_on = models.DateField()
    done_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["due_on", "pk"]
        indexes = [
            models.Index(
                fields=["person", "due_on"],
                condition=models.Q(done_at__isnull=True, withdrawn_at__isnull=True),
                name="training_open",
            )
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(done_at__isnull=True) | models.Q(withdrawn_at__isnull=True),
                name="training_is_done_or_withdrawn",
            )
        ]
        triggers = [
            pgtrigger.Protect(name="training_stays", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(
                name="training_terms_stay",
                fields=["key", "person", "clause_text", "given_at", "due_on"],
            ),
        ]

    def __str__(self) -> str:
        return f"training on {self.clause_text}"

    def is_late(self, on: date) -> bool:
        return self.done_at is None and self.withdrawn_at is None and self.due_on < on
