"""Whom a command line means."""

from __future__ import annotations

from contextlib import suppress
from uuid import UUID

from django.db.models import Q

from hornbook.district.people.models import Person
from hornbook.instance import InstanceError


def person_called(text: str) -> Person:
    """The one person with that key, roster ID or e-mail address. Raises InstanceError."""
    known = Q(sourced_id=text) | Q(email__iexact=text)
    with suppress(ValueError):
        known |= Q(key=UUID(text))
    found = list(Person.objects.filter(known)[:2])
    if len(found) != 1:
        trouble = "There is no person" if not found else "There is more than one person"
        raise InstanceError(f"{trouble} with the key, roster ID or e-mail “{text}”.")
    return found[0]
