"""Who sees what happened to whose account. Absent and forbidden get the same answer, ``Http404``.

=======================  ====================================================================
whose account it is      what was done, their own sign-ins, the lesson
IT, where it reaches     the same of others, their sign-ins too; closes and finishes
principal, HR,           that it happened and what was done; no sign-ins
superintendent
IT and custodian of the  breaches; the determination of harm is for the superintendent and the
whole district,          custodian
superintendent
=======================  ====================================================================

Nobody handles their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet
from django.http import Http404
from django.utils import timezone

from hornbook.district.incidents.models import Breach, GivenAway, Word
from hornbook.district.people.access import viewer_or_404, visible_people
from hornbook.district.people.models import Attempt, Person, Role, RoleAssignment, User
from hornbook.district.people.permissions import has_role, roles_of
from hornbook.district.people.scope import reach, reaches_all
from hornbook.district.records.stops import Stop

LOOKERS = (Role.IT, Role.HR, Role.PRINCIPAL, Role.SUPERINTENDENT)
BREACH = (Role.IT, Role.CUSTODIAN, Role.SUPERINTENDENT)
DECIDERS = (Role.CUSTODIAN, Role.SUPERINTENDENT)


@dataclass(frozen=True)
class Sight:
    """Who looks, and whether they may act on accounts, see breaches, decide about harm."""

    viewer: Person
    works: bool
    breaches: bool
    decides: bool
    sets: bool


def sight_or_404(user: User | AnonymousUser) -> Sight:
    sight = sight_of(viewer_or_404(user))
    if not sight.breaches and not has_role(sight.viewer, *LOOKERS):
        raise Http404
    return sight


def sight_of(viewer: Person) -> Sight:
    return Sight(
        viewer=viewer,
        works=has_role(viewer, Role.IT),
        breaches=reaches_all(viewer, *BREACH),
        decides=reaches_all(viewer, *DECIDERS),
        sets=reaches_all(viewer, Role.IT),
    )


def visible(sight: Sight) -> QuerySet[GivenAway]:
    """Incidents of people whom the viewer looks after, never their own."""
    people = visible_people(sight.viewer).exclude(pk=sight.viewer.pk)
    return GivenAway.objects.filter(person__in=people).select_related("person", "closing__user")


def incident_or_404(sight: Sight, key: UUID) -> GivenAway:
    found = visible(sight).filter(key=key).first()
    if found is None:
        raise Http404
    return found


def workable_or_404(sight: Sight, key: UUID) -> GivenAway:
    """One on which the viewer may act: IT, and not their own."""
    if not sight.works:
        raise Http404
    return incident_or_404(sight, key)


def person_or_404(sight: Sight, key: UUID) -> Person:
    """Somebody whose account the viewer may close: it is open, and not their own."""
    people = visible_people(sight.viewer).exclude(pk=sight.viewer.pk)
    found = people.filter(key=key, user__is_active=True).select_related("user").first()
    if found is None or not has_role(sight.viewer, *LOOKERS):
        raise Http404
    return found


def waiting_words(sight: Sight) -> QuerySet[Word]:
    """What people told who could not sign in; addresses that fit nobody are for the whole IT."""
    if not sight.works:
        return Word.objects.none()
    people = visible_people(sight.viewer).exclude(pk=sight.viewer.pk)
    mine = Q(person__in=people) | (Q(person__isnull=True) if sight.sets else Q())
    return Word.objects.filter(mine, state=Word.State.WAITING).select_related("person")


def word_or_404(sight: Sight, pk: int) -> Word:
    found = waiting_words(sight).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def own_or_404(viewer: Person, key: UUID) -> GivenAway:
    found = viewer.given_away.filter(key=key).select_related("closing", "lesson__clause").first()
    if found is None:
        raise Http404
    return found


def own_attempt_or_404(viewer: Person, pk: int) -> Attempt:
    found = Attempt.objects.filter(pk=pk, user=viewer.user).first() if viewer.user else None
    if found is None:
        raise Http404
    return found


def breaches_or_404(sight: Sight) -> QuerySet[Breach]:
    if not sight.breaches:
        raise Http404
    return Breach.objects.select_related("incident__person")


def breach_or_404(sight: Sight, key: UUID) -> Breach:
    found = breaches_or_404(sight).filter(key=key).first()
    if found is None:
        raise Http404
    return found


def helpers_of(person: Person) -> list[Person]:
    """Who is told: IT whose role reaches the person, and whom the person answers to.

    A principal, and whoever has no principal, answers to the superintendent.
    """
    sites = set(roles_of(person).values_list("site", flat=True))
    leads = has_role(person, Role.PRINCIPAL)
    held = RoleAssignment.objects.active(timezone.localdate()).filter(person__active=True)
    found: dict[int, Person] = {}
    bosses = 0
    for role in held.filter(role__in=[Role.IT, Role.PRINCIPAL]).select_related("person"):
        boss = role.role == Role.PRINCIPAL
        if role.person == person or (boss and leads):
            continue
        if sites & reach(role.person, Role(role.role)).sites:
            found[role.person_id] = role.person
            bosses += boss
    if not bosses:
        for role in held.filter(role=Role.SUPERINTENDENT).select_related("person"):
            found[role.person_id] = role.person
    found.pop(person.pk, None)
    return list(found.values())


def keeps_records() -> list[Stop]:
    """While an incident is open, what its person's account did stays (``records.stops``)."""
    running = GivenAway.objects.filter(state=GivenAway.State.OPEN).select_related("person")
    return [
        Stop(
            f"incident told on {one.told_at:%-d %B %Y}",
            persons=frozenset({str(one.person.key)}),
            since=timezone.localdate(one.since),
        )
        for one in running
    ]
