"""Persons, their roles at sites over time, classes, devices, and how a node knows who asks."""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar
from uuid import uuid4

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.db.models import Q

from hornbook.district.people.scim.models import ScimAccount, ScimGroup, ScimSource
from hornbook.district.people.signin.models import Attempt, Closing, ResetCode, SignInRule

__all__ = [
    "Attempt",
    "Closing",
    "Device",
    "Enrollment",
    "Person",
    "ResetCode",
    "Role",
    "RoleAssignment",
    "SchoolClass",
    "ScimAccount",
    "ScimGroup",
    "ScimSource",
    "Seat",
    "SignInRule",
    "Site",
    "SiteKind",
    "Token",
    "User",
]


class SiteKind(models.TextChoices):
    DISTRICT = "district", "District"
    ELEMENTARY = "elementary", "Elementary school"
    MIDDLE = "middle", "Middle school"
    HIGH = "high", "High school"
    OFFICE = "office", "Office"


class Role(models.TextChoices):
    """What a person is at a site. OneRoster names where it has them, ours for the rest."""

    STUDENT = "student", "Student"
    GUARDIAN = "guardian", "Parent or guardian"
    TEACHER = "teacher", "Teacher"
    AIDE = "aide", "Aide"
    COACH = "coach", "Coach"
    VOLUNTEER = "volunteer", "Volunteer"
    STAFF = "staff", "Other staff"
    SUBSTITUTE = "substitute", "Substitute"
    PRINCIPAL = "principal", "Principal"
    DIRECTOR = "director", "Director"
    HR = "hr", "Human resources"
    IT = "it", "IT administrator"
    CUSTODIAN = "custodian", "Records custodian"
    POLICY_OWNER = "policy-owner", "Policy owner"
    SUPERINTENDENT = "superintendent", "Superintendent"
    BOARD = "board", "Board member"


class AccountManager(UserManager["User"]):
    """Accounts have an e-mail address, kept in lower case, and no user name."""

    def create_user(self, email: str, password: str | None = None, **extra: object) -> User:  # type: ignore[override]
        user = self.model(email=self.normalize_email(email).lower(), **extra)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractUser):
    """The account that signs in. What it may do comes from its person's role assignments."""

    username = None  # type: ignore[assignment]
    email = models.EmailField("e-mail address", unique=True)

    objects: ClassVar[AccountManager] = AccountManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []


class Site(models.Model):
    key = models.SlugField(unique=True)
    sourced_id = models.CharField(max_length=255, blank=True, db_index=True)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=20, choices=SiteKind)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


def completed_years(born: date | None, day: date) -> int | None:
    """How old somebody who was born that day is; None when the birth date is unknown."""
    if born is None:
        return None
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


class Person(models.Model):
    """A human being of the roster. ``key`` is what the record stores; it says nothing by itself."""

    key = models.UUIDField(default=uuid4, unique=True, editable=False)
    sourced_id = models.CharField(max_length=255, null=True, blank=True, unique=True)
    given_name = models.CharField(max_length=100)
    family_name = models.CharField(max_length=100)
    email = models.EmailField(blank=True, db_index=True)
    birth_date = models.DateField(null=True, blank=True)
    grade = models.CharField(max_length=10, blank=True)
    active = models.BooleanField(default=True)
    user = models.OneToOneField(User, models.SET_NULL, null=True, blank=True, related_name="person")

    class Meta:
        ordering = ["family_name", "given_name"]
        verbose_name_plural = "people"

    def __str__(self) -> str:
        return f"{self.given_name} {self.family_name}"

    def age_on(self, day: date) -> int | None:
        """Completed years on ``day``, or None when the birth date is unknown."""
        return completed_years(self.birth_date, day)


class AssignmentQuerySet(models.QuerySet["RoleAssignment"]):
    def active(self, on: date) -> AssignmentQuerySet:
        return self.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=on), starts_on__lte=on)


class RoleAssignment(models.Model):
    person = models.ForeignKey(Person, models.CASCADE, related_name="roles")
    role = models.CharField(max_length=20, choices=Role)
    site = models.ForeignKey(Site, models.PROTECT, related_name="assignments")
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)
    source = models.CharField(max_length=40, default="manual")

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "role", "site", "starts_on"], name="role_once_a_start"
            )
        ]

    def __str__(self) -> str:
        return f"{self.person}: {self.get_role_display()} at {self.site}"


class SchoolClass(models.Model):
    sourced_id = models.CharField(max_length=255, unique=True)
    title = models.CharField(max_length=200)
    site = models.ForeignKey(Site, models.PROTECT, related_name="classes")
    active = models.BooleanField(default=True)

    class Meta:
        ordering = ["title"]
        verbose_name_plural = "school classes"

    def __str__(self) -> str:
        return self.title


class EnrollmentQuerySet(models.QuerySet["Enrollment"]):
    def running(self, on: date) -> EnrollmentQuerySet:
        """Those of that day, in classes that are held."""
        begun = Q(starts_on__isnull=True) | Q(starts_on__lte=on)
        lasts = Q(ends_on__isnull=True) | Q(ends_on__gte=on)
        return self.filter(begun, lasts, school_class__active=True)


class Enrollment(models.Model):
    sourced_id = models.CharField(max_length=255, unique=True)
    school_class = models.ForeignKey(SchoolClass, models.CASCADE, related_name="enrollments")
    person = models.ForeignKey(Person, models.CASCADE, related_name="enrollments")
    role = models.CharField(max_length=20, choices=Role)
    primary = models.BooleanField(default=False)
    starts_on = models.DateField(null=True, blank=True)
    ends_on = models.DateField(null=True, blank=True)

    objects = EnrollmentQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.person} in {self.school_class}"


class Device(models.Model):
    """A machine of the district. ``tag`` is its asset id, or its serial number."""

    tag = models.CharField(max_length=60, unique=True)
    person = models.ForeignKey(Person, models.SET_NULL, null=True, blank=True)
    site = models.ForeignKey(Site, models.PROTECT)
    mac = models.CharField(
        "MAC address",
        max_length=17,
        null=True,
        blank=True,
        unique=True,
        help_text="aa:bb:cc:00:11:22",
    )

    def __str__(self) -> str:
        return self.tag


class Seat(models.Model):
    """An address or network, and who sits there: a person, or anyone at a site."""

    network = models.CharField(max_length=50, unique=True, help_text="CIDR, v4 or v6")
    person = models.ForeignKey(Person, models.CASCADE, null=True, blank=True, related_name="seats")
    site = models.ForeignKey(Site, models.PROTECT, null=True, blank=True)
    device = models.ForeignKey(Device, models.SET_NULL, null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(person__isnull=False) | Q(site__isnull=False),
                name="seat_has_a_person_or_a_site",
            )
        ]

    def __str__(self) -> str:
        return self.network


class TokenQuerySet(models.QuerySet["Token"]):
    def good(self, at: datetime) -> TokenQuerySet:
        """Neither revoked nor ended at that moment."""
        return self.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=at), revoked_at__isnull=True)


class TokenKind(models.TextChoices):
    """A secret that is sent, or a certificate whose key stays on the device."""

    SECRET = "token", "Token"
    CERTIFICATE = "certificate", "Certificate"


class Token(models.Model):
    """Who asks over an encrypted channel. Only the SHA-256 of what the client shows is kept."""

    key = models.UUIDField(default=uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=12, choices=TokenKind.choices, default=TokenKind.SECRET)
    sha256 = models.CharField(max_length=64, unique=True)
    label = models.CharField(max_length=100)
    person = models.ForeignKey(Person, models.CASCADE, null=True, blank=True, related_name="tokens")
    device = models.ForeignKey(Device, models.CASCADE, null=True, blank=True, related_name="tokens")
    site = models.ForeignKey(Site, models.PROTECT, null=True, blank=True, related_name="tokens")
    made_at = models.DateTimeField(auto_now_add=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = TokenQuerySet.as_manager()

    class Meta:
        ordering = ["-made_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(person__isnull=False, device__isnull=True, site__isnull=True)
                | Q(person__isnull=True, device__isnull=False, site__isnull=True)
                | Q(person__isnull=True, device__isnull=True, site__isnull=False),
                name="token_stands_for_one_person_device_or_site",
            ),
            models.CheckConstraint(
                condition=Q(kind="token") | Q(person__isnull=True, ends_at__isnull=False),
                name="certificate_is_of_a_device_or_site_and_ends",
            ),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def holder(self) -> Person | Device | Site:
        """For whom it stands. The constraint says that there is exactly one."""
        return next(found for found in (self.person, self.device, self.site) if found)

    def is_good(self, at: datetime) -> bool:
        return self.revoked_at is None and (self.ends_at is None or self.ends_at > at)


from hornbook.district.people.presence_models import (  # noqa: E402  (they point at models above)
    Presence as Presence,
)
from hornbook.district.people.presence_models import SignIn as SignIn  # noqa: E402
