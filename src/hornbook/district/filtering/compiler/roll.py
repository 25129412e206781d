"""Everybody's standing on one day: roles, schools, age, and the profile that follows.

Rows are read as plain values: a district has tens of thousands of people, and a seat that
changes must be in force within a second.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import astuple
from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet, TextField
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
from hornbook.kernel.seating import Seat, Step

AGES_AHEAD = timedelta(days=400)  # so that nodes without a console know of every next birthday
ROLES_AHEAD = timedelta(days=14)


class Entry(NamedTuple):
    """One person of the roll, and where they sit when no other place is told.

    ``later``: from a day on, another profile and site, in order.
    """

    email: str
    here: bool
    seat: Seat
    later: tuple[tuple[date, str, str], ...] = ()


class Held(NamedTuple):
    """A role that somebody holds, or will hold soon."""

    place: Place
    starts_on: date
    ends_on: date | None

    def on(self, day: date) -> bool:
        return self.starts_on <= day and (self.ends_on is None or day <= self.ends_on)


class Roll:
    """Everybody's seat on one day, and when it becomes another one by itself.

    The profile of each distinct standing is chosen once.
    """

    def __init__(self, profiles: Sequence[Profile], on: date) -> None:
        self._profiles = profiles
        self._on = on
        self._chosen: dict[tuple[tuple[Place, ...], int | None], str] = {}
        sites = Site.objects.values_list("pk", "kind", "key")
        self._sites = {pk: Place("", kind, key) for pk, kind, key in sites}
        here = RoleAssignment.objects.filter(person__active=True)
        held = _places(here.active(on))
        changing = _changing(here, on)
        key_text = Cast("key", TextField())  # as text at once: a UUID each costs more than the row
        rows = Person.objects.values_list("pk", key_text, "email", "active", "birth_date")
        self.people: dict[int, Entry] = {}
        self._used: dict[str, tuple[Entry, set[Seat]]] = {}
        for pk, key, email, active, born in rows:
            places = held.get(pk, ())
            profile = self._profile_of(places, completed_years(born, on))
            seat = Seat(key, profile, places[0].site if places else "")
            later = self._later(places, born, changing.get(pk), seat) if active else ()
            self.people[pk] = Entry(email, active, seat, later)

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
        found = entry.seat
        if place is not None and place.site != entry.seat.site:
            found = Seat(entry.seat.person, entry.seat.profile, place.site)
        self._used.setdefault(found.person, (entry, set()))[1].add(found)
        return found

    def of_persons(self, keys: Collection[str]) -> list[Seat]:
        """The seats of these persons, whether or not any network or key is theirs."""
        if not keys:
            return []
        return [
            self.seat(pk, None) for pk, entry in self.people.items() if entry.seat.person in keys
        ]

    def steps(self, zone: ZoneInfo) -> Iterator[Step]:
        """When the seats that were asked for become other ones: at midnight in ``zone``."""
        for entry, seats in self._used.values():
            for seat in sorted(seats, key=astuple) if entry.later else ():
                before, home = seat, entry.seat.site
                for day, profile, site in entry.later:
                    after = Seat(seat.person, profile, site if before.site == home else before.site)
                    at = datetime.combine(day, time.min, zone)
                    if after != before:
                        yield Step(int(at.timestamp()), before, after)
                    before, home = after, site

    def _later(
        self, places: tuple[Place, ...], born: date | None, roles: list[Held] | None, seat: Seat
    ) -> tuple[tuple[date, str, str], ...]:
        days = {born_again} if (born_again := _next_birthday(born, self._on)) else set()
        for held in roles or ():
            days |= {held.starts_on, (held.ends_on or date.max - _DAY) + _DAY}
        found = []
        now = (seat.profile, seat.site)
        for day in sorted(day for day in days if self._on < day <= self._on + AGES_AHEAD):
            there = tuple(held.place for held in roles if held.on(day)) if roles else places
            profile = self._profile_of(there, completed_years(born, day))
            then = (profile, there[0].site if there else "")
            if then != now:
                found.append((day, *then))
                now = then
        return tuple(found)

    def _profile_of(self, places: tuple[Place, ...], age: int | None) -> str:
        found = self._chosen.get((places, age))
        if found is None:
            found, _ = choose(self._profiles, Standing(places, age))
            self._chosen[places, age] = found
        return found


_DAY = timedelta(days=1)


def _next_birthday(born: date | None, on: date) -> date | None:
    """The next day on which the completed years are one more; after 28 February for the 29th."""
    if born is None:
        return None
    for year in (on.year, on.year + 1):
        try:
            day = born.replace(year=year)
        except ValueError:
            day = date(year, 3, 1)
        if day > on:
            return day
    return None


def _changing(here: QuerySet[RoleAssignment], on: date) -> dict[int, list[Held]]:
    """All roles, in the order in which they began, of people for whom one begins or ends soon."""
    until = on + ROLES_AHEAD
    soon = Q(starts_on__gt=on, starts_on__lte=until) | Q(ends_on__gte=on, ends_on__lt=until)
    # Two steps: without statistics, a database joins a table with itself in the worst of ways.
    people = set(here.filter(soon).values_list("person", flat=True))
    if not people:
        return {}
    rows = here.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=on), person__in=people)
    found: dict[int, list[Held]] = {}
    columns = ("person", "role", "site__kind", "site__key", "starts_on", "ends_on")
    for person, role, kind, key, starts, ends in rows.order_by("starts_on", "pk").values_list(
        *columns
    ):
        found.setdefault(person, []).append(Held(Place(role, kind, key), starts, ends))
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
