"""Who decides a request: the role that its rule names, near to who asked; else IT.

A rule names who may override it (``Rule.override``); what a locked rule blocks is IT's to judge.
A teacher decides for students of their own classes, everybody else for people where their role
counts. IT decides where no rule names anybody, where nobody of that role is near, and where a
request waited too long: nothing waits for ever for one person. Nobody decides their own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import timedelta

from django.db.models import QuerySet
from django.utils import timezone

from hornbook.district.filtering.access import TEACHES
from hornbook.district.filtering.models import Ask, Rule
from hornbook.district.people.models import Enrollment, Person, Role, RoleAssignment, Site
from hornbook.district.people.permissions import roles_of

PATIENCE = timedelta(days=3)


class Deciders:
    """Who decides each of these requests; five queries, however many there are."""

    def __init__(self, asks: Iterable[Ask]) -> None:
        self._asks = list(asks)
        self._named = dict(_open_rules().values_list("key", "override"))
        people = {ask.person_id for ask in self._asks if ask.person_id}
        held = RoleAssignment.objects.active(timezone.localdate()).filter(person__active=True)
        self._parents = dict(Site.objects.values_list("pk", "parent"))
        self._sites = _grouped(held.filter(person__in=people).values_list("person", "site"))
        roles = {role for role in self._named.values() if role}
        near = held.filter(role__in=roles).values_list("role", "site", "person")
        self._holders = _grouped(((role, site), person) for role, site, person in near)
        self._teachers = _teachers_of(people)

    def role(self, ask: Ask) -> Role | None:
        """Whom the rule names, if that is somebody else than IT."""
        named = self._named.get(ask.rule, "")
        return None if named in ("", Role.IT) or ask.person_id is None else Role(named)

    def of(self, ask: Ask) -> frozenset[int]:
        """Ids of the people of that role who may decide it; nobody: IT does."""
        role = self.role(ask)
        if role is None:
            return frozenset()
        found = self._teachers[ask.person_id] if role in TEACHES else self._near(role, ask)
        return frozenset(found - {ask.person_id})

    def is_its(self, ask: Ask) -> bool:
        """Whether IT may decide it."""
        return not self.of(ask) or ask.asked_at < timezone.now() - PATIENCE

    def may(self, person: Person, ask: Ask, *, it: bool) -> bool:
        if person.pk == ask.person_id:
            return False
        return (it and self.is_its(ask)) or person.pk in self.of(ask)

    def _near(self, role: Role, ask: Ask) -> set[int]:
        found: set[int] = set()
        for start in self._sites[ask.person_id]:
            site: int | None = start
            while site is not None:
                found |= self._holders[role, site]
                site = self._parents.get(site)
        return found


def _open_rules() -> QuerySet[Rule]:
    """A locked rule leaves nothing to decide but whether a list is wrong."""
    return Rule.objects.filter(locked=False)


def _grouped(pairs: Iterable[tuple[object, int]]) -> defaultdict[object, set[int]]:
    found: defaultdict[object, set[int]] = defaultdict(set)
    for key, value in pairs:
        found[key].add(value)
    return found


def _teachers_of(people: set[int]) -> defaultdict[object, set[int]]:
    """Student → who teaches them today."""
    today = timezone.localdate()
    running = Enrollment.objects.running(today)
    theirs = running.filter(role=Role.STUDENT, person__in=people)
    pairs = list(theirs.values_list("person", "school_class"))
    teaching = running.filter(role__in=TEACHES, school_class__in={pk for _, pk in pairs})
    by_class = _grouped(teaching.values_list("school_class", "person"))
    return _grouped(
        (person, one) for person, school_class in pairs for one in by_class[school_class]
    )


def waiting_for(person: Person) -> list[Ask]:
    """Open requests that a rule lays before this person, the oldest first."""
    mine = set(roles_of(person).values_list("role", flat=True)) - {Role.IT}
    rules = _open_rules().filter(override__in=mine).values("key")
    rows = Ask.objects.filter(state=Ask.State.OPEN, rule__in=rules).select_related("person")
    waiting = list(rows.order_by("asked_at"))
    deciders = Deciders(waiting) if waiting else None
    return [] if deciders is None else [ask for ask in waiting if person.pk in deciders.of(ask)]
