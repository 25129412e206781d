"""What every page's frame needs: the district's name, the rooms that are open, who is signed in."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser
from django.db import DatabaseError
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from hornbook.district.overview.nav import ACCOUNT, ROOMS, SHEETS, Link, links
from hornbook.district.people.models import Role, RoleAssignment, Site, SiteKind, User


@dataclass(frozen=True)
class Frame:
    district: str
    rooms: list[Link]
    account: list[Link]
    sheets: list[Link]
    person_label: str
    roles_label: str


def frame(request: HttpRequest) -> dict[str, object]:
    """The frame is built when a template asks for it, so that plain answers cost nothing."""
    return {"frame": SimpleLazyObject(lambda: _frame(request))}


def _frame(request: HttpRequest) -> Frame:
    """The frame as the database tells it; a bare one while the database is down."""
    try:
        return _full_frame(request)
    except DatabaseError:
        return Frame("", [], [], links(SHEETS, frozenset(), request.path), "", "")


def _full_frame(request: HttpRequest) -> Frame:
    user = getattr(request, "user", AnonymousUser())
    roles = roles_of(user)
    return Frame(
        district=district_name(),
        rooms=links(ROOMS, roles, request.path),
        account=links(ACCOUNT, roles, request.path),
        sheets=links(SHEETS, roles, request.path),
        person_label=_label(user),
        roles_label=", ".join(sorted(Role(role).label.lower() for role in roles)),
    )


def district_name() -> str:
    site = Site.objects.filter(kind=SiteKind.DISTRICT).order_by("pk").first()
    return site.name if site else ""


def roles_of(user: User | AnonymousUser) -> frozenset[str]:
    """The roles that the account's person holds today, at any site."""
    if not isinstance(user, User):
        return frozenset()
    held = RoleAssignment.objects.active(timezone.localdate()).filter(person__user=user)
    return frozenset(held.values_list("role", flat=True))


def _label(user: User | AnonymousUser) -> str:
    if not isinstance(user, User):
        return ""
    person = getattr(user, "person", None)
    return str(person or user.email)
