"""Where a role reaches: the sites at which it is held, and every site beneath them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from hornbook.district.people.models import Person, Role, Site
from hornbook.district.people.permissions import roles_of


def sites_of(person: Person, *roles: Role, on: date | None = None) -> frozenset[int]:
    """The ids of the sites where one of these roles counts; empty when none is held."""
    held = roles_of(person, on).filter(role__in=roles).values_list("site", flat=True)
    return beneath(held)


def reaches_all(person: Person, *roles: Role, on: date | None = None) -> bool:
    """Does one of these roles count at every site of the district?"""
    sites = sites_of(person, *roles, on=on)
    return bool(sites) and not Site.objects.exclude(pk__in=sites).exists()


def beneath(sites: Iterable[int]) -> frozenset[int]:
    """These sites and all sites under them."""
    children: dict[int | None, list[int]] = defaultdict(list)
    for pk, parent in Site.objects.values_list("pk", "parent"):
        children[parent].append(pk)
    found: set[int] = set()
    waiting = list(sites)
    while waiting:
        site = waiting.pop()
        if site not in found:
            found.add(site)
            waiting += children[site]
    return frozenset(found)
