"""The only way a view gets a person. Absent and forbidden get the same answer.

===================  ==================================  =========================
role                 sees                                birth dates
===================  ==================================  =========================
human resources,     who has a role where theirs reaches;  yes
superintendent,      everybody, where that is the
principal            whole district
IT administrator     the same                            no
anybody else         their own page (``/me/``) only      their own
===================  ==================================  =========================

Tokens are listed on these pages; only IT issues and revokes them.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet
from django.http import Http404
from django.utils import timezone

from hornbook.district.people.models import Person, Role, RoleAssignment, Site, Token, User
from hornbook.district.people.permissions import has_role, person_of
from hornbook.district.people.scope import Reach, reach, reaches_all, sites_of

SEE_ALL = (Role.HR, Role.SUPERINTENDENT, Role.IT)


def viewer_or_404(user: User | AnonymousUser) -> Person:
    """Who looks. An account to which nobody of the roster belongs sees nobody."""
    viewer = person_of(user)
    if viewer is None:
        raise Http404
    return viewer


def visible_people(viewer: Person) -> QuerySet[Person]:
    """Everybody whose page the viewer may open. Nobody, for most."""
    return _people_within(reach(viewer, *SEE_ALL, Role.PRINCIPAL))


def _people_within(found: Reach) -> QuerySet[Person]:
    if found.everywhere:
        return Person.objects.all()
    if not found.sites:
        return Person.objects.none()
    today = timezone.localdate()
    there = RoleAssignment.objects.filter(site__in=found.sites).exclude(ends_on__lt=today)
    return Person.objects.filter(pk__in=there.values("person"))


def visible_sites(viewer: Person) -> QuerySet[Site]:
    """The sites by which the viewer may narrow the list."""
    return Site.objects.filter(pk__in=sites_of(viewer, *SEE_ALL, Role.PRINCIPAL))


def people_or_404(viewer: Person) -> QuerySet[Person]:
    """The list of people, for those who have one."""
    found = reach(viewer, *SEE_ALL, Role.PRINCIPAL)
    if not found.sites:
        raise Http404
    return _people_within(found)


def person_or_404(viewer: Person, key: UUID) -> Person:
    person = visible_people(viewer).filter(key=key).first()
    if person is None:
        raise Http404
    return person


def may_see_birth_date(viewer: Person, person: Person) -> bool:
    """Of people where their role reaches; IT needs it for nothing."""
    if viewer == person or reaches_all(viewer, Role.HR, Role.SUPERINTENDENT):
        return True
    sites = sites_of(viewer, Role.HR, Role.SUPERINTENDENT, Role.PRINCIPAL)
    return person.roles.filter(site__in=sites).exists()


def may_give_tokens(viewer: Person) -> bool:
    """Whoever sets up devices: IT."""
    return has_role(viewer, Role.IT)


@dataclass(frozen=True)
class Powers:
    """What the viewer may do on the list of people."""

    manage: bool
    add: bool
    rule: bool


def powers_of(viewer: Person) -> Powers:
    """Directories are for those whose role reaches the whole district."""
    return Powers(
        manage=reaches_all(viewer, Role.HR, Role.IT),
        add=may_give_roles(viewer),
        rule=may_give_tokens(viewer) and reaches_all(viewer, Role.IT),
    )


def may_manage(viewer: Person) -> bool:
    """Whoever keeps the list of people: human resources and IT."""
    return has_role(viewer, Role.HR, Role.IT)


def may_give_roles(viewer: Person) -> bool:
    """Who works here, as what, is for human resources to say."""
    return has_role(viewer, Role.HR)


def manager_or_404(user: User | AnonymousUser) -> Person:
    """Who looks, where that is human resources or IT."""
    viewer = viewer_or_404(user)
    if not may_manage(viewer):
        raise Http404
    return viewer


def keeper_or_404(user: User | AnonymousUser) -> Person:
    """Who looks, where that is human resources or IT of the whole district."""
    viewer = viewer_or_404(user)
    if not reaches_all(viewer, Role.HR, Role.IT):
        raise Http404
    return viewer


def token_holder_or_404(viewer: Person, key: UUID) -> Person:
    """Somebody for whom the viewer may issue and revoke tokens."""
    if not may_give_tokens(viewer):
        raise Http404
    return person_or_404(viewer, key)


def token_or_404(viewer: Person, person_key: UUID, key: UUID) -> Token:
    """A token of that person, for those who may revoke it."""
    found = Token.objects.filter(person=token_holder_or_404(viewer, person_key), key=key).first()
    if found is None:
        raise Http404
    return found


# --- devices: IT sets up those of the sites where their role reaches -------------------------


def device_sites_or_404(viewer: Person) -> QuerySet[Site]:
    found = sites_of(viewer, Role.IT)
    if not found:
        raise Http404
    return Site.objects.filter(pk__in=found)


def device_tokens(viewer: Person) -> list[tuple[Token, bool]]:
    """What stands for those sites and their devices, newest first, and whether it is still good."""
    held = _device_tokens(viewer).select_related("site", "device__site")
    now = timezone.now()
    return [(token, token.is_good(now)) for token in held]


def _device_tokens(viewer: Person) -> QuerySet[Token]:
    sites = device_sites_or_404(viewer)
    return Token.objects.filter(Q(site__in=sites) | Q(device__site__in=sites))


def device_token_or_404(viewer: Person, key: UUID) -> Token:
    found = _device_tokens(viewer).filter(key=key).first()
    if found is None:
        raise Http404
    return found


def search(people: QuerySet[Person], words: str) -> QuerySet[Person]:
    """People whose names or address contain every word."""
    for word in words.split()[:6]:
        people = people.filter(
            Q(given_name__icontains=word)
            | Q(family_name__icontains=word)
            | Q(email__icontains=word)
        )
    return people
