"""Bring role assignments in line with a roster: add, change the end, or end. Never delete."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from hornbook.district.people.applying.bulk import BATCH
from hornbook.district.people.applying.report import Tally
from hornbook.district.people.models import RoleAssignment


@dataclass(frozen=True, slots=True)
class Wanted:
    """A role as a roster states it, with the rows' ids of our own tables."""

    person: int
    role: str
    site: int
    starts_on: date | None = None
    ends_on: date | None = None

    @property
    def key(self) -> tuple[int, str, int]:
        return (self.person, self.role, self.site)

    def start(self, today: date) -> date:
        """The first day: as stated, else today (or the last day, where that is past)."""
        return self.starts_on or min(today, self.ends_on or today)


class Reconciler:
    """All assignments of one source, and what a delivery makes of them.

    An assignment that another source holds for the very same day counts as there already.
    """

    def __init__(self, source: str, today: date, tally: Tally) -> None:
        self.source = source
        self.today = today
        self.tally = tally
        self.held: dict[tuple[int, str, int], list[RoleAssignment]] = defaultdict(list)
        self.taken: set[tuple[tuple[int, str, int], date]] = set()
        self.used: set[int] = set()
        for assignment in RoleAssignment.objects.order_by("starts_on"):
            key = (assignment.person_id, assignment.role, assignment.site_id)
            self.taken.add((key, assignment.starts_on))
            if assignment.source == source:
                self.held[key].append(assignment)

    def current(self) -> list[RoleAssignment]:
        return [a for held in self.held.values() for a in held if self._runs(a)]

    def apply(self, wanted: Iterable[Wanted]) -> None:
        """Make every wanted role so; say nothing about roles that are not wanted."""
        added: list[RoleAssignment] = []
        changed: list[RoleAssignment] = []
        for want in dict.fromkeys(wanted):
            found = self._match(want)
            if found is None:
                added += self._new(want)
            elif found.ends_on != want.ends_on:
                found.ends_on = want.ends_on
                changed.append(found)
            else:
                self.tally.unchanged += 1
        RoleAssignment.objects.bulk_create(added, batch_size=BATCH)
        RoleAssignment.objects.bulk_update(changed, ["ends_on"], batch_size=BATCH)
        self.tally.added += len(added)
        self.tally.changed += len(changed)

    def end_unused(self, people: Collection[int]) -> int:
        """End yesterday what ``apply`` did not want of these people; how many were ended."""
        return self._end(
            [a for a in self.current() if a.person_id in people and a.pk not in self.used]
        )

    def end(self, keys: Iterable[tuple[int, str, int]]) -> int:
        """End yesterday the running assignments with these keys."""
        return self._end([a for key in keys for a in self.held.get(key, ()) if self._runs(a)])

    def _end(self, assignments: list[RoleAssignment]) -> int:
        yesterday = self.today - timedelta(days=1)
        ids = [assignment.pk for assignment in assignments]
        RoleAssignment.objects.filter(pk__in=ids).update(ends_on=yesterday)
        self.tally.ended += len(ids)
        return len(ids)

    def _runs(self, assignment: RoleAssignment) -> bool:
        return assignment.ends_on is None or assignment.ends_on >= self.today

    def _match(self, want: Wanted) -> RoleAssignment | None:
        held = [a for a in self.held.get(want.key, ()) if a.pk not in self.used]
        exact = [a for a in held if a.starts_on == want.start(self.today)]
        running = [a for a in held if self._runs(a)] if want.starts_on is None else []
        found = next(iter([*reversed(running), *exact]), None)
        if found is not None:
            self.used.add(found.pk)
        return found

    def _new(self, want: Wanted) -> list[RoleAssignment]:
        start = want.start(self.today)
        if (want.key, start) in self.taken:
            self.tally.unchanged += 1
            return []
        self.taken.add((want.key, start))
        return [
            RoleAssignment(
                person_id=want.person,
                role=want.role,
                site_id=want.site,
                starts_on=start,
                ends_on=want.ends_on,
                source=self.source,
            )
        ]
