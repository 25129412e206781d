"""Who reads reports when: deputies, absences, the on-call list, and recipients by kind."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from hornbook.district.conduct.models.base import Kind
from hornbook.district.people.models import Person, Site


class Deputy(models.Model):
    """Who stands in for whom, in which order."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="deputies")
    deputy = models.ForeignKey(Person, models.CASCADE, related_name="deputy_of")
    order = models.PositiveSmallIntegerField(default=1)

    class Meta:
        ordering = ["person", "order", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["person", "deputy"], name="deputy_once"),
            models.CheckConstraint(condition=~Q(person=F("deputy")), name="deputy_is_another"),
        ]

    def __str__(self) -> str:
        return f"{self.deputy} for {self.person}"


class Absence(models.Model):
    """Out of office: nothing new lands on that person from ``first`` to ``last``."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="absences")
    first = models.DateField()
    last = models.DateField()

    class Meta:
        ordering = ["-first"]
        constraints = [
            models.CheckConstraint(condition=Q(last__gte=F("first")), name="absence_has_a_day")
        ]

    def __str__(self) -> str:
        return f"{self.person} away {self.first} to {self.last}"


class OnCall(models.Model):
    """Told at once when somebody's life may be in danger. No site: for every school."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="on_call")
    site = models.ForeignKey(Site, models.CASCADE, null=True, blank=True, related_name="+")
    phone = models.CharField(max_length=40, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "site"], nulls_distinct=False, name="on_call_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.person} on call"


class Recipient(models.Model):
    """Reports of that kind go to that person first; no site: from every school.

    Without such a row the site administrator gets them. ``last_resort``: the named other, who
    gets what nobody else may read (a report about the superintendent).
    """

    person = models.ForeignKey(Person, models.CASCADE, related_name="+")
    kind = models.CharField(max_length=12, choices=Kind, blank=True)
    site = models.ForeignKey(Site, models.CASCADE, null=True, blank=True, related_name="+")
    last_resort = models.BooleanField(default=False)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "kind", "site", "last_resort"],
                nulls_distinct=False,
                name="recipient_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.person} for {self.kind or 'the last resort'}"
