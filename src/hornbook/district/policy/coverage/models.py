"""What people decided about the map: lights that a clause does not need, owners, promises.

The lights themselves are never stored: they are read from the rooms that keep the facts.
"""

from __future__ import annotations

from django.db import models

from hornbook.district.people.models import Person
from hornbook.district.policy.models import Clause


class Light(models.TextChoices):
    """What can be true of a clause, in the order of the map."""

    TAUGHT = "taught", "Taught"
    SIGNED = "signed", "Signed"
    ENFORCED = "enforced", "Enforced"
    WATCHED = "watched", "Watched"
    PROVED = "proved", "Proved"


class Waiver(models.Model):
    """A light that the clause does not need, and why: "no machine can enforce it"."""

    clause = models.ForeignKey(Clause, models.CASCADE, related_name="waivers")
    light = models.CharField(max_length=10, choices=Light)
    why = models.CharField(max_length=300)
    label = models.CharField(max_length=200)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["clause", "light"]
        constraints = [
            models.UniqueConstraint(fields=["clause", "light"], name="waiver_once_a_light")
        ]

    def __str__(self) -> str:
        return f"{self.clause.key} needs no {self.light}"


class Task(models.Model):
    """Who looks after a light. Without a row it is the holder of the light's usual role."""

    clause = models.ForeignKey(Clause, models.CASCADE, related_name="light_tasks")
    light = models.CharField(max_length=10, choices=Light)
    owner = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="light_tasks")
    owner_label = models.CharField(max_length=200)
    due_on = models.DateField(null=True, blank=True)
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["due_on", "clause"]
        constraints = [
            models.UniqueConstraint(fields=["clause", "light"], name="task_once_a_light")
        ]

    def __str__(self) -> str:
        return f"{self.clause.key} {self.light}: {self.owner_label}"


class Promise(models.Model):
    """How a promise of the District is measured. Without a row nobody measures it yet."""

    clause = models.OneToOneField(Clause, models.CASCADE, related_name="promise")
    measure = models.SlugField()

    def __str__(self) -> str:
        return f"{self.clause.key} by {self.measure}"


class Attestation(models.Model):
    """A person's word that a promise is kept, or not, until it must be looked at again."""

    clause = models.ForeignKey(Clause, models.CASCADE, related_name="attestations")
    kept = models.BooleanField()
    words = models.CharField(max_length=300)
    label = models.CharField(max_length=200)
    on = models.DateField()
    until = models.DateField()

    class Meta:
        ordering = ["-on", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(until__gt=models.F("on")), name="attestation_ends_later"
            )
        ]

    def __str__(self) -> str:
        return f"{self.clause.key} {'kept' if self.kept else 'not kept'} on {self.on}"
