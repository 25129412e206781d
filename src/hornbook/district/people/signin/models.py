"""What sign-in asks of a role."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models


class SignInRule(models.Model):
    """Of several roles that a person holds, the strictest rule counts."""

    role = models.CharField(max_length=20, unique=True)
    second_step = models.BooleanField(default=False)
    idle_minutes = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MinValueValidator(5), MaxValueValidator(720)]
    )
    clause = models.ForeignKey("policy.Clause", models.PROTECT, null=True, blank=True)

    class Meta:
        ordering = ["role"]

    def __str__(self) -> str:
        return self.role
