"""What is stronger than rules and ends by itself: switch-offs, restrictions, openings, lessons.

Each row stands on a clause and becomes an order in the seating part (``compiler/orders.py``).
Rows are never deleted: an end before its time is ``ended_at``, so that it stays readable who
opened or closed what, when, and why.
"""

from __future__ import annotations

from datetime import datetime
from typing import Self, TypeVar

from django.db import models
from django.db.models import F, Q

from hornbook.district.people.models import Person, SchoolClass, Site
from hornbook.district.policy.models import Clause

_Row = TypeVar("_Row", bound="Timed")


class TimedQuerySet(models.QuerySet[_Row]):
    def running(self, at: datetime) -> Self:
        """Begun and not over at that moment."""
        return self.to_come(at).filter(begins_at__lte=at)

    def to_come(self, at: datetime) -> Self:
        """Not over at that moment, whether begun or not."""
        open_ended = Q(ends_at__isnull=True) | Q(ends_at__gt=at)
        return self.filter(open_ended, Q(ended_at__isnull=True) | Q(ended_at__gt=at))


class Timed(models.Model):
    """Something under a clause, from one moment to another. ``by`` outlives the account."""

    clause = models.ForeignKey(Clause, models.PROTECT, related_name="+")
    reason = models.CharField(max_length=300)
    by = models.CharField(max_length=200)
    made_at = models.DateTimeField(auto_now_add=True)
    begins_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.CharField(max_length=200, blank=True)

    objects = TimedQuerySet.as_manager()

    class Meta:
        abstract = True
        ordering = ["-begins_at", "-pk"]

    def is_running(self, at: datetime) -> bool:
        over = [moment for moment in (self.ends_at, self.ended_at) if moment]
        return self.begins_at <= at and all(at < moment for moment in over)

    @property
    def over_at(self) -> datetime | None:
        """When it ends or ended; None for a switch-off that somebody must end."""
        return min((at for at in (self.ends_at, self.ended_at) if at), default=None)


class SwitchOff(Timed):
    """An application that is off now, for everybody or at some schools (emergency)."""

    name = models.CharField("application", max_length=100)
    names = models.JSONField(default=list, help_text="domain names, each with all below it")
    sites = models.ManyToManyField(Site, blank=True, related_name="+")

    def __str__(self) -> str:
        return self.name


class Restriction(Timed):
    """A consequence for one person. ``only``: nothing but the names and categories told."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="restrictions")
    only = models.BooleanField(default=False)
    names = models.JSONField(default=list)
    categories = models.ManyToManyField("filtering.Category", blank=True, related_name="+")

    class Meta(Timed.Meta):
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__isnull=False), name="restriction_has_an_end"
            )
        ]

    def __str__(self) -> str:
        return f"restriction of {self.person}"


class Opening(Timed):
    """An exception for one person or class, or (``category``) a grant to an adult.

    A grant lifts a locked rule: 47 U.S.C. 254(h)(5)(D), for bona fide research or another
    lawful purpose, by an authorised person who is not its subject.
    """

    name = models.CharField(max_length=255, blank=True)
    category = models.ForeignKey(
        "filtering.Category", models.PROTECT, null=True, blank=True, related_name="+"
    )
    person = models.ForeignKey(
        Person, models.CASCADE, null=True, blank=True, related_name="openings"
    )
    school_class = models.ForeignKey(
        SchoolClass, models.CASCADE, null=True, blank=True, related_name="openings"
    )
    authorised_by = models.ForeignKey(
        Person, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    ask = models.ForeignKey(
        "filtering.Ask", models.SET_NULL, null=True, blank=True, related_name="openings"
    )

    class Meta(Timed.Meta):
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__isnull=False), name="opening_has_an_end"),
            models.CheckConstraint(
                condition=Q(person__isnull=False, school_class__isnull=True)
                | Q(person__isnull=True, school_class__isnull=False),
                name="opening_is_for_a_person_or_a_class",
            ),
            models.CheckConstraint(
                condition=Q(category__isnull=True, name__gt="")
                | Q(category__isnull=False, name="", person__isnull=False),
                name="opening_is_of_a_name_or_is_a_grant_to_a_person",
            ),
            models.CheckConstraint(
                condition=Q(person__isnull=True)
                | Q(authorised_by__isnull=True)
                | ~Q(authorised_by=F("person")),
                name="nobody_opens_for_themselves",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name or self.category} for {self.holder}"

    @property
    def is_grant(self) -> bool:
        return self.category_id is not None

    @property
    def holder(self) -> Person | SchoolClass:
        """For whom it is. The constraint says that there is exactly one."""
        return next(found for found in (self.person, self.school_class) if found)


class Lesson(Timed):
    """A class session: a teacher opens sites for a class, or (``focus``) leaves only these open."""

    school_class = models.ForeignKey(SchoolClass, models.CASCADE, related_name="lessons")
    teacher = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="lessons")
    focus = models.BooleanField(default=False)
    names = models.JSONField(default=list)

    class Meta(Timed.Meta):
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__isnull=False), name="lesson_has_an_end")
        ]

    def __str__(self) -> str:
        return f"lesson of {self.school_class}"


class SchoolDay(models.Model):
    """A date on which school is not as on its weekday: none at all, or other hours."""

    day = models.DateField(unique=True)
    name = models.CharField(max_length=100, help_text="such as Labor Day, or Early out")
    starts = models.TimeField(null=True, blank=True)
    ends = models.TimeField(null=True, blank=True)
    closed = models.BooleanField(default=False)

    class Meta:
        ordering = ["day"]
        constraints = [
            models.CheckConstraint(
                condition=Q(closed=True, starts__isnull=True, ends__isnull=True)
                | Q(closed=False, starts__isnull=False)
                | Q(closed=False, ends__isnull=False),
                name="school_day_is_closed_or_has_hours",
            )
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.name}"
