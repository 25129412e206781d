"""Drafts of a coming revision, clause by clause, with every wording that anybody saved."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from hornbook.district.people.models import Person
from hornbook.district.policy.models import ClauseText, Force, Holder, Policy, Revision


class DraftState(models.TextChoices):
    OPEN = "open", "Being written"
    PROPOSED = "proposed", "Waits for adoption"
    ADOPTED = "adopted", "Adopted"
    WITHDRAWN = "withdrawn", "Withdrawn"


class Draft(models.Model):
    """A coming revision, begun from the newest one. Who proposed it cannot be who adopts it.

    ``evidence`` has the shape of ``Revision.evidence``. The labels outlive the people.
    """

    policy = models.ForeignKey(Policy, models.PROTECT, related_name="drafts")
    base = models.ForeignKey(Revision, models.PROTECT, related_name="drafts")
    why = models.CharField(max_length=500)
    state = models.CharField(max_length=10, choices=DraftState, default=DraftState.OPEN)
    effective_on = models.DateField(null=True, blank=True)
    minute_ref = models.CharField(max_length=200, blank=True)
    evidence = models.JSONField(default=list)
    opened_label = models.CharField(max_length=200)
    opened_at = models.DateTimeField(auto_now_add=True)
    proposed_by = models.ForeignKey(
        Person, models.SET_NULL, null=True, blank=True, related_name="drafts_proposed"
    )
    proposed_label = models.CharField(max_length=200, blank=True)
    proposed_at = models.DateTimeField(null=True, blank=True)
    adopted_by = models.ForeignKey(
        Person, models.SET_NULL, null=True, blank=True, related_name="drafts_adopted"
    )
    adopted_label = models.CharField(max_length=200, blank=True)
    revision = models.OneToOneField(
        Revision, models.PROTECT, null=True, blank=True, related_name="draft"
    )

    class Meta:
        ordering = ["-opened_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(adopted_by=None)
                | Q(proposed_by=None)
                | ~Q(adopted_by=F("proposed_by")),
                name="two_people_put_a_draft_in_force",
            ),
            models.CheckConstraint(
                condition=Q(revision=None) | Q(state="adopted"),
                name="only_an_adopted_draft_is_a_revision",
            ),
        ]

    def __str__(self) -> str:
        return f"draft {self.pk} of {self.policy.key}"


class DraftClause(models.Model):
    """One clause of a draft. ``before`` is its wording in the base; None when it is new.

    ``version`` counts what was saved: who saves on top of another's version is asked first.
    ``clash`` is a wording that was adopted meanwhile, beside the one drafted here.
    """

    draft = models.ForeignKey(Draft, models.CASCADE, related_name="clauses")
    key = models.CharField(max_length=20)
    before = models.ForeignKey(ClauseText, models.PROTECT, null=True, blank=True, related_name="+")
    order = models.PositiveIntegerField()
    section = models.CharField(max_length=200, blank=True)
    lead = models.TextField(blank=True)
    official = models.TextField()
    plain = models.TextField(blank=True)
    force = models.CharField(max_length=20, choices=Force)
    holder = models.CharField(max_length=20, choices=Holder)
    removed = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=0)
    edited_label = models.CharField(max_length=200, blank=True)
    edited_at = models.DateTimeField(null=True, blank=True)
    clash = models.TextField(blank=True)

    class Meta:
        ordering = ["draft", "order"]
        constraints = [
            models.UniqueConstraint(fields=["draft", "key"], name="draft_clause_once"),
        ]

    def __str__(self) -> str:
        return f"{self.key} in {self.draft}"

    @property
    def is_new(self) -> bool:
        return self.before is None

    @property
    def is_changed(self) -> bool:
        """Anything but the plain line differs from the base."""
        if self.before is None or self.removed:
            return True
        now = (self.official, self.force, self.holder)
        return now != (self.before.official, self.before.force, self.before.holder)


class DraftEdit(models.Model):
    """One saved wording. Nothing that somebody saved is lost when another saves later."""

    clause = models.ForeignKey(DraftClause, models.CASCADE, related_name="edits")
    version = models.PositiveIntegerField()
    official = models.TextField()
    plain = models.TextField(blank=True)
    force = models.CharField(max_length=20)
    holder = models.CharField(max_length=20)
    removed = models.BooleanField(default=False)
    label = models.CharField(max_length=200)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-version"]
        constraints = [
            models.UniqueConstraint(fields=["clause", "version"], name="draft_edit_once"),
        ]

    def __str__(self) -> str:
        return f"{self.clause.key} version {self.version}"
