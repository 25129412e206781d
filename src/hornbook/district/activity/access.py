"""Who may see which part of the record.

Those who run the filter or answer for a school see sums and rows of their reach, never whose
rows they are: a principal the own sites, IT, the superintendent and the policy owner all of
them. Everybody with a place in the roster sees their own rows and nobody else's. Absent and
forbidden give the same answer, ``Http404``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.contrib.auth.models import AnonymousUser
from django.http import Http404

from hornbook.district.people import scope
from hornbook.district.people.models import Person, Role, RoleAssignment, Site, User
from hornbook.district.people.permissions import has_role
from hornbook.record.lake import Where

WHOLE_DISTRICT = frozenset({Role.IT, Role.SUPERINTENDENT, Role.POLICY_OWNER})


@dataclass(frozen=True)
class Reach:
    """What one viewer may see: ``place`` names it in words, ``where`` keeps queries inside.

    ``own`` is true where the rows are the viewer's own; ``mends`` for those who look after the
    record and are told which file cannot be read.
    """

    person: Person
    place: str
    where: Where
    own: bool = False
    mends: bool = False


def reach(user: User | AnonymousUser, on: date) -> Reach:
    """What that user may see of other people's questions, without names. Raises Http404."""
    person = _person(user)
    held = list(RoleAssignment.objects.active(on).filter(person=person).select_related("site"))
    if any(assignment.role in WHOLE_DISTRICT for assignment in held):
        mends = any(assignment.role == Role.IT for assignment in held)
        return Reach(person, "in the District", Where(), mends=mends)
    sites = {one.site.key: one.site.name for one in held if one.role == Role.PRINCIPAL}
    if not sites:
        raise Http404("no activity for this viewer")
    names = " and ".join(sorted(sites.values()))
    return Reach(person, f"at {names}", Where(sites=tuple(sorted(sites))))


def bypass_reach(user: User | AnonymousUser) -> Reach:
    """Whose tries to get around that user may see in sums: IT and principals, of their sites."""
    person = _person(user)
    held = scope.reach(person, Role.IT, Role.PRINCIPAL)
    mends = has_role(person, Role.IT)
    if held.everywhere:
        return Reach(person, "in the District", Where(), mends=mends)
    sites = dict(Site.objects.filter(pk__in=held.sites).values_list("key", "name"))
    if not sites:
        raise Http404("no ways around for this viewer")
    names = " and ".join(sorted(sites.values()))
    return Reach(person, f"at {names}", Where(sites=tuple(sorted(sites))), mends=mends)


def own_reach(user: User | AnonymousUser) -> Reach:
    """That user's own rows. Raises Http404 for an account without a person."""
    person = _person(user)
    return Reach(person, "that you asked", Where(persons=(str(person.key),)), own=True)


def _person(user: User | AnonymousUser) -> Person:
    person = Person.objects.filter(user=user, active=True).first() if user.pk else None
    if person is None:
        raise Http404("no person for this account")
    return person
