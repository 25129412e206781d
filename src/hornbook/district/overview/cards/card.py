"""What a card is, and for whom it is made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from hornbook.district.overview.nav import address_of
from hornbook.district.people.models import Person, RoleAssignment


@dataclass(frozen=True)
class Card:
    """One thing to know, with one next action. ``urgent`` cards need the viewer to act.

    ``room`` is the url name that the action leads to. ``figure`` is a number or word in large type.
    """

    title: str
    text: str
    room: str
    action: str
    figure: str = ""
    urgent: bool = False
    light: str = ""

    @property
    def url(self) -> str | None:
        return address_of(self.room)


@dataclass(frozen=True)
class Viewer:
    """The person, what they are where today, and the moment (district time)."""

    person: Person
    roles: tuple[RoleAssignment, ...]
    now: datetime

    @classmethod
    def of(cls, person: Person, now: datetime) -> Viewer:
        held = RoleAssignment.objects.active(now.date()).filter(person=person)
        return cls(person, tuple(held.select_related("site")), now)

    @property
    def today(self) -> date:
        return self.now.date()

    def holds(self, *roles: str) -> bool:
        return any(held.role in roles for held in self.roles)

    def site_keys(self, role: str) -> tuple[str, ...]:
        return tuple(held.site.key for held in self.roles if held.role == role)
