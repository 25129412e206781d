"""Who is at which address right now, as DHCP and the wireless network tell it.

These rows come and go by themselves all day. An address that the district has given to somebody
for good (``Seat``) is stronger than what is told here.
"""

from __future__ import annotations

from datetime import datetime

from django.db import models

from hornbook.district.people.models import Person


class CurrentQuerySet(models.QuerySet["Presence"]):
    def current(self, at: datetime) -> CurrentQuerySet:
        return self.filter(ends_at__gt=at)


class Presence(models.Model):
    """An address (or IPv6 prefix) that somebody's machine has until ``ends_at``."""

    class Source(models.TextChoices):
        DHCP = "dhcp", "DHCP"
        RADIUS = "radius", "RADIUS"

    network = models.CharField(max_length=50, unique=True)
    mac = models.CharField(max_length=17, blank=True, db_index=True)
    person = models.ForeignKey(Person, models.CASCADE, null=True, blank=True, related_name="+")
    source = models.CharField(max_length=10, choices=Source)
    ends_at = models.DateTimeField(db_index=True)

    objects = CurrentQuerySet.as_manager()

    def __str__(self) -> str:
        return self.network


class SignIn(models.Model):
    """Who signed in to the network with which machine (802.1X), until ``ends_at``."""

    mac = models.CharField(max_length=17, unique=True)
    person = models.ForeignKey(Person, models.CASCADE, related_name="+")
    ends_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.person} with {self.mac}"
