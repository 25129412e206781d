"""What a card is, and for whom it is made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.urls import reverse

from hornbook.district.overview.nav import address_of
from hornbook.district.people.models import Person, RoleAssignment
from hornbook.district.people.permissions import roles_of


@dataclass(frozen=True)
class Card:
    """One thing to know, with one next action. ``urgent`` cards need the viewer to act.

    ``room`` is the url name that the action leads to, ``at`` what
    stands in its address. ``figure`` is a number or word in large type.
    """

    title: str
    text: str
    room: str
    action: str
    figure: str = ""
    urgent: bool = False
    at: str = ""

    @property
    def url(self) -> str | None:
        return reverse(self.room, args=[self.at]) if self.at else address_of(self.room)


@dataclass(frozen=True)
class Viewer:
    """The person, what they are where today, and the moment (district time)."""

    person: Person
    roles: tuple[RoleAssignment, ...]
    now: datetime

    @classmethod
    def of(cls, person: Person, now: datetime) -> Viewer:
        return cls(person, tuple(roles_of(person, now.date())), now)

    @property
    def today(self) -> date:
        return self.now.date()

    def holds(self, *roles: str) -> bool:
        return any(held.role in roles for held in self.roles)
