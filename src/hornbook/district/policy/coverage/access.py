"""Who sees the coverage map, of which sites, and who decides about it.

=================================  ==================  ==========================
role                               sees                decides
=================================  ==================  ==========================
policy owner of the District       every site          owners, waivers, measures
superintendent, board, HR, IT and  every site          —
records custodian of the District
principal, HR of a school          that school         —
=================================  ==================  ==========================

Absent and forbidden get the same 404.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser
from django.http import Http404

from hornbook.district.ledger.actions import Actor
from hornbook.district.people.models import Person, Role, Site, User
from hornbook.district.people.permissions import actor_of, person_of
from hornbook.district.people.scope import reaches_all, sites_of

READERS = (
    Role.POLICY_OWNER,
    Role.SUPERINTENDENT,
    Role.BOARD,
    Role.HR,
    Role.IT,
    Role.CUSTODIAN,
    Role.PRINCIPAL,
)
Account = User | AnonymousUser


@dataclass(frozen=True)
class Viewer:
    """``sites`` are those whose lights the viewer may see; ``everywhere``: the sum, too."""

    person: Person
    sites: tuple[Site, ...]
    everywhere: bool
    decides: bool

    @property
    def actor(self) -> Actor:
        return actor_of(self.person)


def viewer_or_404(account: Account) -> Viewer:
    person = person_of(account)
    if person is None:
        raise Http404
    reach = sites_of(person, *READERS)
    if not reach:
        raise Http404
    sites = tuple(Site.objects.filter(pk__in=reach))
    everywhere = reaches_all(person, *READERS)
    return Viewer(person, sites, everywhere, reaches_all(person, Role.POLICY_OWNER))


def decider_or_404(account: Account) -> Viewer:
    viewer = viewer_or_404(account)
    if not viewer.decides:
        raise Http404
    return viewer


def site_or_404(viewer: Viewer, key: str) -> Site | None:
    """The site that was asked for; None is the whole district, for those who may see it.

    Who sees one school only gets that school without asking.
    """
    if key:
        found = next((site for site in viewer.sites if site.key == key), None)
        if found is None:
            raise Http404
        return found
    return None if viewer.everywhere else viewer.sites[0]
