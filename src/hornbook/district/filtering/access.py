"""Who may see and change the filter. Absent and forbidden get the same 404.

==================  ==========================  ==============================
role                rules, lists, requests      test a rule for
==================  ==========================  ==============================
IT administrator    reads and decides           everybody, and any address
policy owner        reads (asks without names)  themselves
other staff         —                           themselves, and whom the
                                                people room shows them
students, families  —                           —
==================  ==========================  ==============================
"""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet
from django.http import Http404

from hornbook.district.ledger.actions import Actor
from hornbook.district.people.access import visible_people
from hornbook.district.people.models import Person, Role, User
from hornbook.district.people.permissions import actor_of, has_role, person_of

STAFF = tuple(role for role in Role if role not in (Role.STUDENT, Role.GUARDIAN))
Account = User | AnonymousUser


@dataclass(frozen=True)
class Viewer:
    """Whoever looks at a page of this room. ``decides`` is true for IT only."""

    person: Person
    decides: bool

    @property
    def actor(self) -> Actor:
        return actor_of(self.person)


def reader_or_404(account: Account) -> Viewer:
    """Somebody who may see rules, lists and requests."""
    person = person_of(account)
    if person is None or not has_role(person, Role.IT, Role.POLICY_OWNER):
        raise Http404
    return Viewer(person, decides=has_role(person, Role.IT))


def decider_or_404(account: Account) -> Viewer:
    """Somebody who may change them."""
    viewer = reader_or_404(account)
    if not viewer.decides:
        raise Http404
    return viewer


def tester_or_404(account: Account) -> Viewer:
    """Somebody who may test a rule."""
    person = person_of(account)
    if person is None or not has_role(person, *STAFF):
        raise Http404
    return Viewer(person, decides=has_role(person, Role.IT))


def testable_people(viewer: Viewer) -> QuerySet[Person]:
    """The people for whom the viewer may test a rule."""
    return visible_people(viewer.person) | Person.objects.filter(pk=viewer.person.pk)
