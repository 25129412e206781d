"""What sign-in asks of a role, who signed in, and accounts that are closed until a reset."""

from __future__ import annotations

import pgtrigger
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


class Attempt(models.Model):
    """One sign-in to the console, or one that failed, kept to find those of somebody else.

    Only as much as that needs: the network is coarse (/24, or /48 of IPv6), the browser a name.
    ``place`` is the District's site whose network it was; empty means from elsewhere. Rows go
    after the days that ``records/law.toml`` names. ``doubted_at``: the holder said “not me”.
    """

    class How(models.TextChoices):
        PASSWORD = "password", "Password"
        SECOND_STEP = "second-step", "Password and second step"
        PASSKEY = "passkey", "Passkey"
        DIRECTORY = "directory", "The District's directory"
        OTHER = "other", "Another way"

    user = models.ForeignKey("people.User", models.CASCADE, related_name="attempts")
    at = models.DateTimeField(db_index=True)
    good = models.BooleanField()
    how = models.CharField(max_length=12, choices=How)
    network = models.CharField(max_length=50, blank=True)
    place = models.CharField(max_length=200, blank=True)
    browser = models.CharField(max_length=60, blank=True)
    doubted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-at"]

    def __str__(self) -> str:
        return f"sign-in of {self.user_id}"


class Closing(models.Model):
    """An account that nobody can use until its holder has a new password.

    It rests on a clause, or on the wish of the holder; the database holds that.
    """

    user = models.ForeignKey("people.User", models.PROTECT, related_name="closings")
    at = models.DateTimeField()
    by = models.CharField(max_length=200)
    why = models.CharField(max_length=200)
    own_wish = models.BooleanField(default=False)
    clause_text = models.ForeignKey("policy.ClauseText", models.PROTECT, null=True, blank=True)
    reset_at = models.DateTimeField(null=True, blank=True)
    reset_how = models.CharField(max_length=100, blank=True)

    class Meta:
        ordering = ["-at"]
        constraints = [
            models.UniqueConstraint(
                fields=["user"],
                condition=models.Q(reset_at__isnull=True),
                name="account_closed_once_at_a_time",
            ),
            models.CheckConstraint(
                condition=models.Q(own_wish=True) | models.Q(clause_text__isnull=False),
                name="closing_cites_or_is_wished",
            ),
        ]
        triggers = [pgtrigger.Protect(name="closings_stay", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"closing of account {self.user_id}"


class ResetCode(models.Model):
    """What the desk hands to somebody in person, for one new password. Only its SHA-256 is kept."""

    user = models.ForeignKey("people.User", models.CASCADE, related_name="reset_codes")
    sha256 = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=200)
    ends_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-made_at"]

    def __str__(self) -> str:
        return f"reset code for account {self.user_id}"
