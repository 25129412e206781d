"""Policies, their revisions, and the exact wording of every clause in each revision."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.db.models import F, Q


class Force(models.TextChoices):
    """How strong the words are (the operative verb of the official text)."""

    MUST = "must", "must"
    MUST_NOT = "must_not", "must not"
    SHALL = "shall", "shall"
    SHOULD = "should", "should"
    SHOULD_NOT = "should_not", "should not"
    ENCOURAGED = "encouraged", "encouraged"
    DISCOURAGED = "discouraged", "discouraged"
    MAY = "may", "may"
    NEVER = "never", "never"
    DEFINITION = "definition", "definition"
    PROMISE = "promise", "promise of the District"


class Holder(models.TextChoices):
    """Who carries the duty, right or promise."""

    EMPLOYEE = "employee", "Employees"
    STAFF = "staff", "Staff"
    STUDENT = "student", "Students"
    USER = "user", "Users"
    EVERYONE = "everyone", "Everyone"
    DISTRICT = "district", "The District"
    NOBODY = "nobody", "Nobody (it explains)"


class LegalBasis(models.TextChoices):
    """Why a verdict may bind. Citations and checked-on dates are data: ``law.toml``."""

    CIPA_MINOR = "cipa-minor", "CIPA, minors"
    CIPA_ADULT = "cipa-adult", "CIPA, adults"
    LOCAL = "local", "Local policy"
    SECURITY = "security", "Network security"
    CLASS = "class", "Class session"
    LICENCE = "licence", "Licence"
    EMERGENCY = "emergency", "Emergency"
    PROTECTED = "protected", "Protected set"


class EvidenceKind(models.TextChoices):
    """What can show that a policy was made in the open."""

    NOTICE = "notice", "Public notice"
    AGENDA = "agenda", "Agenda"
    HEARING = "hearing", "Public hearing"
    MEETING = "meeting", "Board meeting"
    VOTE = "vote", "Vote"


class Policy(models.Model):
    """A policy of the district, for example "employee-responsible-use"."""

    key = models.SlugField(unique=True)
    title = models.CharField(max_length=300)
    code = models.CharField(max_length=30, blank=True, help_text="the board's number: 605.2")
    audience = models.JSONField(default=dict, help_text="whom it is for; {} is everybody")

    class Meta:
        verbose_name_plural = "policies"
        ordering = ["key"]

    def __str__(self) -> str:
        return self.title


class Revision(models.Model):
    """One adopted wording. A revision whose text is unknown is a dated shell (``text`` empty).

    ``readings`` is a list of ``{"kind": "adopted"|"revised", "on": "YYYY-MM-DD"}``.
    ``passages`` is the whole official text in order, each
    ``{"kind": "title"|"heading"|"lead"|"clause"|"closing", "text": str, "clause": key|None}``;
    joined, they equal ``text`` but for white space: nothing is lost.
    ``evidence`` is what shows that the public was told and heard before the board decided
    (47 U.S.C. 254(h)(5)(A)(iii)): a list of ``{"kind": an EvidenceKind, "on": "YYYY-MM-DD",
    "words": str}``.
    """

    policy = models.ForeignKey(Policy, models.PROTECT, related_name="revisions")
    no = models.PositiveIntegerField()
    effective_on = models.DateField()
    readings = models.JSONField(default=list)
    text = models.TextField(blank=True)
    text_sha256 = models.CharField(max_length=64, blank=True)
    passages = models.JSONField(default=list)
    evidence = models.JSONField(default=list)
    minute_ref = models.CharField(max_length=200, blank=True)
    source = models.CharField(max_length=300, blank=True)
    imported_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["policy", "no"]
        constraints = [
            models.UniqueConstraint(fields=["policy", "no"], name="revision_no_once"),
        ]

    def __str__(self) -> str:
        return f"{self.policy.key} revision {self.no}"

    @property
    def is_shell(self) -> bool:
        return not self.text


class Clause(models.Model):
    """The permanent address of one duty, right, promise or definition."""

    policy = models.ForeignKey(Policy, models.PROTECT, related_name="clauses")
    key = models.CharField(max_length=20, unique=True)

    class Meta:
        ordering = ["policy", "key"]

    def __str__(self) -> str:
        return self.key


class ClauseTextQuerySet(models.QuerySet["ClauseText"]):
    def in_force(self, on: date) -> ClauseTextQuerySet:
        """The wording that bound on that day."""
        return self.filter(
            Q(valid_to__isnull=True) | Q(valid_to__gt=on), valid_from__lte=on
        ).select_related("clause", "revision")


class ClauseText(models.Model):
    """The exact wording of a clause in one revision. ``version`` is what every act cites."""

    clause = models.ForeignKey(Clause, models.PROTECT, related_name="texts")
    revision = models.ForeignKey(Revision, models.PROTECT, related_name="clause_texts")
    order = models.PositiveIntegerField()
    section = models.CharField(max_length=200, blank=True)
    lead = models.TextField(blank=True, help_text="The list's opening words, for reading alone")
    official = models.TextField()
    plain = models.TextField(blank=True)
    plain_by = models.CharField(max_length=200, blank=True)
    plain_on = models.DateField(null=True, blank=True)
    lang = models.CharField(max_length=12, default="en")
    force = models.CharField(max_length=20, choices=Force)
    holder = models.CharField(max_length=20, choices=Holder)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)

    objects = ClauseTextQuerySet.as_manager()

    class Meta:
        ordering = ["revision", "order"]
        constraints = [
            models.UniqueConstraint(
                fields=["clause", "revision", "lang"], name="clause_text_once_a_revision"
            ),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")),
                name="clause_text_ends_after_it_begins",
            ),
        ]

    def __str__(self) -> str:
        return self.version

    @property
    def version(self) -> str:
        """``CRD-3@5``: the clause's key and the revision's number."""
        return f"{self.clause.key}@{self.revision.no}"


class ClauseLink(models.Model):
    """A clause that leans on another policy, or on one clause of it. ``words`` say how."""

    source = models.ForeignKey(Clause, models.CASCADE, related_name="links")
    policy = models.ForeignKey(Policy, models.CASCADE, related_name="linked_from")
    clause = models.ForeignKey(
        Clause, models.CASCADE, null=True, blank=True, related_name="linked_from"
    )
    words = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["source", "policy", "clause"]
        constraints = [
            models.UniqueConstraint(
                fields=["source", "policy", "clause"],
                nulls_distinct=False,
                name="clause_link_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.source.key} → {self.clause.key if self.clause else self.policy.key}"
