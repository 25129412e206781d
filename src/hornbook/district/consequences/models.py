"""Letters, suspended accounts in other systems, charges."""

from __future__ import annotations

from uuid import uuid4

import pgtrigger
from django.db import models
from django.db.models import F, Q

from hornbook.district.conduct.models import Consequence
from hornbook.district.conduct.models.sealed import SealedFile
from hornbook.district.ledger.models import append_only
from hornbook.district.people.models import Person
from hornbook.district.policy.models import ClauseText


class Letter(models.Model):
    """The letter of a consequence, exactly as it was given; its SHA-256 is in the leaf."""

    consequence = models.OneToOneField(Consequence, models.PROTECT, related_name="letter")
    pdf = SealedFile(of="consequence.decision.case")
    sha256 = models.CharField(max_length=64)
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=200)
    leaf_no = models.PositiveBigIntegerField()

    class Meta:
        triggers = append_only("letters are evidence")

    def __str__(self) -> str:
        return f"letter of {self.consequence_id}"


class Suspension(models.Model):
    """An account in another system that is switched off until the consequence ends.

    ``remote`` is its id there and ``was_active`` what it was before we touched it: only what we
    switched off is switched on again. ``answer`` is what the other system said last.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "To be switched off"
        SUSPENDED = "suspended", "Switched off"
        RESTORED = "restored", "As before"
        ABSENT = "absent", "Has no account there"
        DROPPED = "dropped", "Ended before it began"

    consequence = models.ForeignKey(Consequence, models.PROTECT, related_name="suspensions")
    person = models.ForeignKey(Person, models.PROTECT, related_name="suspensions")
    system = models.CharField(max_length=40)
    user_name = models.CharField(max_length=254)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    remote = models.CharField(max_length=200, blank=True)
    was_active = models.BooleanField(default=False)
    asked_at = models.DateTimeField()
    asked_by = models.CharField(max_length=200)
    tries = models.PositiveIntegerField(default=0)
    not_before = models.DateTimeField()
    answer = models.CharField(max_length=300, blank=True)
    suspended_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["consequence", "system"], name="suspended_once")
        ]
        indexes = [
            models.Index(
                fields=["not_before"],
                condition=Q(state__in=["waiting", "suspended"]),
                name="suspension_open",
            )
        ]
        triggers = [
            pgtrigger.Protect(name="suspensions_stay", operation=pgtrigger.Delete),
            pgtrigger.FSM(
                name="suspension_steps",
                field="state",
                transitions=[
                    ("waiting", "suspended"),
                    ("waiting", "absent"),
                    ("waiting", "dropped"),
                    ("waiting", "restored"),
                    ("suspended", "restored"),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_name} in {self.system}"


class ChargeState(models.TextChoices):
    OPEN = "open", "Asked for"
    CONTESTED = "contested", "Contested"
    UPHELD = "upheld", "Looked at again: stands"
    SETTLED = "settled", "Settled"
    WAIVED = "waived", "Not asked for any more"


class Charge(models.Model):
    """Money that the District asks for equipment, under one clause, with its evidence.

    A claim, never a deduction: nothing here reaches pay. Who contests it is heard by another
    person than who asked; the database holds that. Amounts are in cents.
    """

    key = models.UUIDField(default=uuid4, unique=True, editable=False)
    person = models.ForeignKey(Person, models.PROTECT, related_name="charges")
    consequence = models.ForeignKey(
        Consequence, models.PROTECT, null=True, blank=True, related_name="charges"
    )
    clause_text = models.ForeignKey(ClauseText, models.PROTECT, related_name="+")
    what = models.CharField(max_length=200)
    evidence = models.TextField()
    asked = models.PositiveIntegerField()
    amount = models.PositiveIntegerField()
    asked_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=ChargeState, default=ChargeState.OPEN)
    contest = models.TextField(blank=True)
    contested_at = models.DateTimeField(null=True, blank=True)
    heard_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    heard_at = models.DateTimeField(null=True, blank=True)
    reason = models.TextField(blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_how = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-asked_at"]
        indexes = [models.Index(fields=["state", "-asked_at"], name="charge_state")]
        constraints = [
            models.CheckConstraint(condition=~Q(person=F("asked_by")), name="charge_by_another"),
            models.CheckConstraint(
                condition=Q(heard_by__isnull=True)
                | (~Q(heard_by=F("asked_by")) & ~Q(heard_by=F("person"))),
                name="charge_heard_by_another",
            ),
            models.CheckConstraint(condition=Q(amount__lte=F("asked")), name="charge_never_grows"),
        ]
        triggers = [
            pgtrigger.Protect(name="charges_stay", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(
                name="charge_as_asked",
                fields=["key", "person", "clause_text", "what", "evidence", "asked", "asked_by"],
            ),
            pgtrigger.FSM(
                name="charge_steps",
                field="state",
                transitions=[
                    ("open", "contested"),
                    ("open", "settled"),
                    ("open", "waived"),
                    ("contested", "upheld"),
                    ("contested", "waived"),
                    ("upheld", "settled"),
                    ("upheld", "waived"),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"charge {self.key}"

    @property
    def dollars(self) -> str:
        return f"${self.amount // 100:,}.{self.amount % 100:02}"
