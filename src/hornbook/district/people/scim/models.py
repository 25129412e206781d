"""What a directory told: sources, accounts and groups. Roles come from groups that are mapped."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

from django.db import models
from django.db.models.functions import Lower

if TYPE_CHECKING:
    from hornbook.district.people.models import Person


class ScimSource(models.Model):
    """A directory that may write here. Its token is shown once; only the digest is kept."""

    key = models.SlugField(unique=True)
    token_sha256 = models.CharField(max_length=64, unique=True)
    added_at = models.DateTimeField(auto_now_add=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_seen = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["key"]

    def __str__(self) -> str:
        return self.key


class ScimAccount(models.Model):
    """How the directory knows a person. ``emails`` is kept as it was told, for exact answers.

    ``active`` is None where the directory does not say: then the account is open.
    """

    person: models.OneToOneField[Person, Person] = models.OneToOneField(
        "people.Person", models.CASCADE, related_name="scim"
    )
    user_name = models.CharField(max_length=255)
    external_id = models.CharField(max_length=255, blank=True, db_index=True)
    emails = models.JSONField(default=list)
    active = models.BooleanField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                Lower("user_name"),
                condition=models.Q(removed_at__isnull=True),
                name="scim_user_name_once",
            )
        ]

    def __str__(self) -> str:
        return self.user_name


class ScimGroup(models.Model):
    """A group of the directory; with ``role`` and ``site`` it gives its members that role."""

    key = models.UUIDField(default=uuid4, unique=True, editable=False)
    display_name = models.CharField(max_length=255)
    external_id = models.CharField(max_length=255, blank=True, db_index=True)
    role = models.CharField(max_length=20, blank=True)
    site = models.ForeignKey("people.Site", models.PROTECT, null=True, blank=True)
    members: models.ManyToManyField[Person, models.Model] = models.ManyToManyField(
        "people.Person", related_name="scim_groups", blank=True
    )
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["display_name"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(role="", site__isnull=True)
                | (~models.Q(role="") & models.Q(site__isnull=False)),
                name="scim_group_has_role_and_site_or_neither",
            )
        ]

    def __str__(self) -> str:
        return self.display_name

    @property
    def role_words(self) -> str:
        from hornbook.district.people.models import Role

        return Role(self.role).label if self.role else ""

    @property
    def source(self) -> str:
        """Under which its role assignments stand."""
        return f"scim:{self.pk}"
