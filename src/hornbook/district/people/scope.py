"""Where a role reaches: the sites at which it is held, and every site beneath them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from hornbook.district.people.models import Person, Role, Site
from hornbook.district.people.permissions import roles_of


def sites_of(person: Person, *roles: Role, on: date | None = None) -> frozenset[int]:
    """The ids of the sites where one of these roles counts; empty when none is held."""
    held = roles_of(person, on).filter(role__in=roles).values_list("site", flat=True)
    return beneath(held)


@dataclass(frozen=True)
class Reach:
    """The ids of the sites where a role counts, and whether those are all there are."""

    sites: frozenset[int]
    everywhere: bool


def reach(person: Person, *roles: Role, on: date | None = None) -> Reach:
    """Where one of these roles counts; two queries."""
    held = roles_of(person, on).filter(role__in=roles).values_list("site", flat=True)
    tree = dict(Site.objects.values_list("pk", "parent"))
    found = _beneath(held, tree)
    return Reach(found, bool(found) and len(found) == len(tree))


def reaches_all(person: Person, *roles: Role, on: date | None = None) -> bool:
    """Does one of these roles count at every site of the district?"""
    return reach(person, *roles, on=on).everywhere


def beneath(sites: Iterable[int]) -> frozenset[int]:
    """These sites and all sites under them."""
    return _beneath(sites, dict(Site.objects.values_list("pk", "parent")))


def _beneath(sites: Iterable[int], parents: Mapping[int, int | None]) -> frozenset[int]:
    children: dict[int | None, list[int]] = defaultdict(list)
    for pk, parent in parents.items():
        children[parent].append(pk)
    found: set[int] = set()
    waiting = list(sites)
    while waiting:
        site = waiting.pop()
        if site not in found:
            found.add(site)
            waiting += children[site]
    return frozenset(found)
