"""Who holds which role, where, today. Every room asks here; none looks at accounts itself."""

from __future__ import annotations

from datetime import date

from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from hornbook.district.ledger.actions import Actor
from hornbook.district.people.models import AssignmentQuerySet, Person, Role, Site, User


def person_of(user: User | AnonymousUser) -> Person | None:
    """The active person who signs in with that account; None for visitors and bare accounts."""
    if not isinstance(user, User):
        return None
    return Person.objects.filter(user=user, active=True).first()


def actor_of(person: Person) -> Actor:
    """How the ledger names that person."""
    return Actor(label=str(person), person=str(person.key))


def roles_of(person: Person, on: date | None = None) -> AssignmentQuerySet:
    """The roles that the person holds on that day (today in district time)."""
    return person.roles.active(on or timezone.localdate()).select_related("site")


def has_role(person: Person | None, *roles: Role, site: Site | None = None) -> bool:
    """Does the person hold one of these roles today: anywhere, or at that site?"""
    if person is None or not person.active:
        return False
    held = roles_of(person).filter(role__in=roles)
    return (held.filter(site=site) if site else held).exists()
