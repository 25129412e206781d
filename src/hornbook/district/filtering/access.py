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

Reasons at warnings are read without names; whose they are is told to themselves, and to others
only for a purpose to which a second person agreed.

Requests under a rule that names who may override it are theirs to decide, for who is near to them.
Class sessions belong to who teaches the class. The switchboard is worked by IT and the
superintendent, and read by principals and the policy owner. Openings for people and classes are
IT's; research is granted to adults by directors and the superintendent, whom the locked rule names.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet
from django.http import Http404
from django.utils import timezone

from hornbook.district.filtering.models import Reason
from hornbook.district.ledger.actions import Actor
from hornbook.district.people.access import visible_people
from hornbook.district.people.models import Enrollment, Person, Role, SchoolClass, User
from hornbook.district.people.permissions import actor_of, has_role, person_of

TEACHES = (Role.TEACHER, Role.AIDE, Role.SUBSTITUTE)
SWITCHES = (Role.IT, Role.SUPERINTENDENT)
GRANTS = (Role.DIRECTOR, Role.SUPERINTENDENT)
OVERRIDES = (Role.TEACHER, Role.PRINCIPAL, Role.DIRECTOR, Role.IT)
"""Whom a rule may name to override it; they decide requests under it (``authority``)."""
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


@dataclass(frozen=True)
class Teacher:
    """Somebody who teaches, and the classes that they teach today."""

    person: Person
    classes: tuple[SchoolClass, ...]

    @property
    def actor(self) -> Actor:
        return actor_of(self.person)


def teacher_or_404(account: Account) -> Teacher:
    """Somebody who holds a teaching role today; the classes are those of the roster."""
    person = person_of(account)
    if person is None or not has_role(person, *TEACHES):
        raise Http404
    today = timezone.localdate()
    held = Enrollment.objects.running(today).filter(person=person, role__in=TEACHES)
    classes = SchoolClass.objects.filter(pk__in=held.values("school_class")).select_related("site")
    return Teacher(person, tuple(classes))


def class_or_404(teacher: Teacher, pk: int) -> SchoolClass:
    """A class that this person teaches today."""
    found = next((one for one in teacher.classes if one.pk == pk), None)
    if found is None:
        raise Http404
    return found


def switcher_or_404(account: Account) -> Viewer:
    """Somebody who may see what is switched off. IT and the superintendent switch."""
    person = person_of(account)
    if person is None or not has_role(person, *SWITCHES, Role.PRINCIPAL, Role.POLICY_OWNER):
        raise Http404
    return Viewer(person, decides=has_role(person, *SWITCHES))


def switch_decider_or_404(account: Account) -> Viewer:
    viewer = switcher_or_404(account)
    if not viewer.decides:
        raise Http404
    return viewer


@dataclass(frozen=True)
class Opener(Viewer):
    """Who sees openings. ``decides``: names for people and classes; ``grants``: research."""

    grants: bool = False


def granter_or_404(account: Account) -> Viewer:
    """Somebody whom a locked rule names: they may grant research to an adult."""
    person = person_of(account)
    if person is None or not has_role(person, *GRANTS):
        raise Http404
    return Viewer(person, decides=True)


def opener_or_404(account: Account) -> Opener:
    """Somebody who may see what is opened for whom."""
    person = person_of(account)
    if person is None or not has_role(person, Role.IT, *GRANTS):
        raise Http404
    return Opener(person, has_role(person, Role.IT), has_role(person, *GRANTS))


def reader_or_404(account: Account) -> Viewer:
    """Somebody who may see rules, lists and requests."""
    person = person_of(account)
    if person is None or not has_role(person, Role.IT, Role.POLICY_OWNER):
        raise Http404
    return Viewer(person, decides=has_role(person, Role.IT))


@dataclass(frozen=True)
class Desk(Viewer):
    """Who sees requests. ``reads``: all of them (IT and the policy owner), not only their own to
    decide.
    """

    reads: bool = False


def desk_or_404(account: Account) -> Desk:
    """Somebody who sees requests: IT, the policy owner, and whoever a rule may name for some."""
    person = person_of(account)
    named = {Role(role) for role in OVERRIDES}
    if person is None or not has_role(person, Role.IT, Role.POLICY_OWNER, *named):
        raise Http404
    reads = has_role(person, Role.IT, Role.POLICY_OWNER)
    return Desk(person, has_role(person, Role.IT), reads)


def reasons_of(person: Person) -> QuerySet[Reason]:
    """What somebody wrote at warnings, newest first: for themselves, or for a purpose that opens
    single questions (``records.access``).
    """
    return Reason.objects.filter(person=person)


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
