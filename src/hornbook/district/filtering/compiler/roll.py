"""Everybody's standing on one day: roles, schools, age, and the profile that follows.

Rows are read as plain values: a district has tens of thousands of people, and a seat that
changes must be in force within a second.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from hornbook.district.filtering.compiler.audience import NOBODY, Place, Standing, choose
from hornbook.district.filtering.models import Profile
from hornbook.district.people.models import (
    AssignmentQuerySet,
    Person,
    RoleAssignment,
    Site,
    completed_years,
)
from hornbook.kernel.seating import Seat


@dataclass(frozen=True)
class Entry:
    """One person of the roll: the key that the record stores, and what holds for them."""

    key: str
    email: str
    here: bool
    standing: Standing


class Roll:
    """Everybody's standing and profile on one day, each distinct standing chosen for once."""

    def __init__(self, profiles: Sequence[Profile], on: date) -> None:
        self._profiles = profiles
        self._chosen: dict[Standing, str] = {}
        self._sites = {
            pk: Place("", kind, key)
            for pk, kind, key in Site.objects.values_list("pk", "kind", "key")
        }
        held = _places(RoleAssignment.objects.active(on).filter(person__active=True))
        rows = Person.objects.values_list("pk", "key", "email", "active", "birth_date")
        self.people = {
            pk: Entry(str(key), email, here, Standing(held[pk], completed_years(born, on)))
            for pk, key, email, here, born in rows.iterator(chunk_size=10_000)
        }

    def profile_of(self, standing: Standing) -> str:
        """Raises BadAudience when no profile fits."""
        found = self._chosen.get(standing)
        if found is None:
            found = self._chosen[standing] = choose(self._profiles, standing)[0]
        return found

    def seat(self, person: int | None, site: int | None) -> Seat:
        """The seat of a person, at a site where one is told; of anyone at a site without one.

        Whoever came after the roll was read is in the next one, and meanwhile unknown.
        """
        place = self._sites.get(site) if site else None
        entry = self.people.get(person) if person else None
        if entry is None:
            standing = Standing((place,)) if place else NOBODY
            return Seat("", self.profile_of(standing), place.site if place else "")
        at = place or next(iter(entry.standing.places), None)
        return Seat(entry.key, self.profile_of(entry.standing), at.site if at else "")


def standings_of(people: Iterable[Person], *, on: date) -> dict[int, Standing]:
    """What holds for each person on that day, by primary key.

    Somebody who has left, or whose roles have all ended, is treated like an unknown address.
    """
    everyone = {person.pk: person for person in people}
    held = RoleAssignment.objects.active(on).filter(person__in=everyone, person__active=True)
    places = _places(held)
    return {pk: Standing(places[pk], person.age_on(on)) for pk, person in everyone.items()}


def _places(held: AssignmentQuerySet) -> defaultdict[int, tuple[Place, ...]]:
    """Everybody's roles in the order in which they began."""
    places: defaultdict[int, tuple[Place, ...]] = defaultdict(tuple)
    in_order = held.order_by("starts_on", "pk")
    for person, *place in in_order.values_list("person", "role", "site__kind", "site__key"):
        places[person] += (Place(*place),)
    return places
