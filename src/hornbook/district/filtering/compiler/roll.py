"""Everybody's standing on one day: roles, schools, age, and the profile that follows.

Rows are read as plain values: a district has tens of thousands of people, and a seat that
changes must be in force within a second.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from django.db.models import TextField
from django.db.models.functions import Cast

from hornbook.district.filtering.compiler.audience import Place, Standing, choose
from hornbook.district.filtering.models import Profile
from hornbook.district.people.models import (
    AssignmentQuerySet,
    Person,
    RoleAssignment,
    Site,
    completed_years,
)
from hornbook.kernel.seating import Seat


class Entry(NamedTuple):
    """One person of the roll, and where they sit when no other place is told."""

    email: str
    here: bool
    seat: Seat


class Roll:
    """Everybody's seat on one day; the profile of each distinct standing is chosen once."""

    def __init__(self, profiles: Sequence[Profile], on: date) -> None:
        self._profiles = profiles
        self._chosen: dict[tuple[tuple[Place, ...], int | None], str] = {}
        sites = Site.objects.values_list("pk", "kind", "key")
        self._sites = {pk: Place("", kind, key) for pk, kind, key in sites}
        held = _places(RoleAssignment.objects.active(on).filter(person__active=True))
        key_text = Cast("key", TextField())  # as text at once: a UUID each costs more than the row
        rows = Person.objects.values_list("pk", key_text, "email", "active", "birth_date")
        self.people: dict[int, Entry] = {}
        for pk, key, email, here, born in rows:
            places = held.get(pk, ())
            profile = self._profile_of(places, completed_years(born, on))
            seat = Seat(key, profile, places[0].site if places else "")
            self.people[pk] = Entry(email, here, seat)

    def nobody(self) -> Seat:
        """Who is not known at all. Raises BadAudience when no profile fits."""
        return Seat("", self._profile_of((), None), "")

    def seat(self, person: int | None, site: int | None) -> Seat:
        """The seat of a person, at a site where one is told; of anyone at a site without one.

        Whoever came after the roll was read is in the next one, and meanwhile unknown.
        """
        place = self._sites.get(site) if site else None
        entry = self.people.get(person) if person else None
        if entry is None:
            return (
                Seat("", self._profile_of((place,), None), place.site) if place else self.nobody()
            )
        if place is None or place.site == entry.seat.site:
            return entry.seat
        return Seat(entry.seat.person, entry.seat.profile, place.site)

    def _profile_of(self, places: tuple[Place, ...], age: int | None) -> str:
        found = self._chosen.get((places, age))
        if found is None:
            found, _ = choose(self._profiles, Standing(places, age))
            self._chosen[places, age] = found
        return found


def standings_of(people: Iterable[Person], *, on: date) -> dict[int, Standing]:
    """What holds for each person on that day, by primary key.

    Somebody who has left, or whose roles have all ended, is treated like an unknown address.
    """
    everyone = {person.pk: person for person in people}
    held = RoleAssignment.objects.active(on).filter(person__in=everyone, person__active=True)
    places = _places(held)
    return {pk: Standing(places.get(pk, ()), person.age_on(on)) for pk, person in everyone.items()}


def _places(held: AssignmentQuerySet) -> dict[int, tuple[Place, ...]]:
    """Everybody's roles in the order in which they began; equal ones are one object."""
    places: dict[int, tuple[Place, ...]] = {}
    known: dict[tuple[Place, ...], tuple[Place, ...]] = {}
    in_order = held.order_by("starts_on", "pk")
    for person, *place in in_order.values_list("person", "role", "site__kind", "site__key"):
        found = (*places.get(person, ()), Place(*place))
        places[person] = known.setdefault(found, found)
    return places
