"""What every page's frame needs: the district's name, the rooms that are open, who is signed in."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser
from django.db import DatabaseError
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from hornbook.district.overview.nav import (
    ACCOUNT,
    ROOMS,
    SHEETS,
    STAFF,
    Link,
    address_of,
    folded,
    links,
)
from hornbook.district.people.models import Role, Site, SiteKind
from hornbook.district.people.permissions import person_of, roles_of


@dataclass(frozen=True)
class Frame:
    district: str
    rooms: list[Link]
    account: list[Link]
    sheets: list[Link]
    person_label: str
    roles_label: str
    tell: str = ""

    @property
    def front(self) -> list[Link]:
        return folded(self.rooms)[0]

    @property
    def more(self) -> list[Link]:
        return folded(self.rooms)[1]

    @property
    def is_in_more(self) -> bool:
        return any(room.current for room in self.more)


def frame(request: HttpRequest) -> dict[str, object]:
    """The frame is built when a template asks for it, so that plain answers cost nothing."""
    return {
        "frame": SimpleLazyObject(lambda: _frame(request)),
        "passkeys": SimpleLazyObject(lambda: passkeys_work(request)),
    }


def passkeys_work(request: HttpRequest) -> bool:
    """A passkey belongs to a name; a site opened by its number has none (WebAuthn 5.1.2)."""
    host = request.get_host().rpartition(":")[0] or request.get_host()
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return True
    return False


def _frame(request: HttpRequest) -> Frame:
    """The frame as the database tells it; a bare one while the database is down."""
    try:
        return _full_frame(request)
    except DatabaseError:
        return Frame("", [], [], links(SHEETS, frozenset(), request.path), "", "")


def _full_frame(request: HttpRequest) -> Frame:
    user = getattr(request, "user", AnonymousUser())
    person = person_of(user)
    roles = frozenset(held.role for held in roles_of(person)) if person else frozenset()
    return Frame(
        district=district_name(),
        rooms=links(ROOMS, roles, request.path),
        account=links(ACCOUNT, roles, request.path),
        sheets=links(SHEETS, roles, request.path),
        person_label=str(person) if person else getattr(user, "email", ""),
        roles_label=", ".join(sorted(Role(role).label.lower() for role in roles)),
        tell=(address_of("case-tell") or "") if roles & STAFF else "",
    )


def district_name() -> str:
    site = Site.objects.filter(kind=SiteKind.DISTRICT).order_by("pk").first()
    return site.name if site else ""
