"""Write the roles of a delivery, and see to whoever leaves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from hornbook.district.people.applying.bulk import Task
from hornbook.district.people.applying.reconcile import Reconciler, Wanted
from hornbook.district.people.models import Person, RoleAssignment
from hornbook.district.people.roster.rows import Mode, RoleRow, RosterError

MAX_ENDED = 0.30


@dataclass(frozen=True)
class Ids:
    """Our row ids by sourcedId."""

    people: dict[str, int]
    sites: dict[str, int]

    def of(self, sourced_ids: Iterable[str]) -> set[int]:
        return {self.people[key] for key in sourced_ids if key in self.people}


def apply_roles(task: Task, ids: Ids) -> set[int]:
    """Bring roles in line and make leavers inactive; the ids of all who leave.

    Raises RosterError when so many would be lost that the file is more likely wrong than true.
    """
    reconciler = Reconciler(task.source, task.today, task.report.tally("roles"))
    running = reconciler.current()
    brought = {assignment.person_id for assignment in running}
    leavers = _leavers(task, ids, brought)
    reconciler.apply(_wanted(task.roster.roles, ids))
    ended = reconciler.end_unused(_speaks_for(task, ids, brought) | leavers)
    ended += reconciler.end(want.key for want in _wanted(task.roster.ended_roles, ids))
    going = _deactivate(task, leavers)
    _guard(task, going, len(brought), "people inactive")
    _guard(task, ended, len(running), "roles ended")
    return leavers


def _wanted(rows: Iterable[RoleRow], ids: Ids) -> Iterator[Wanted]:
    for row in rows:
        if row.person in ids.people and row.site in ids.sites:
            person, site = ids.people[row.person], ids.sites[row.site]
            yield Wanted(person, row.role, site, row.starts_on, row.ends_on)


def _speaks_for(task: Task, ids: Ids, brought: set[int]) -> set[int]:
    """Whose roles end when this delivery does not name them.

    A full list speaks for everybody; a 1.1 delta for the users in it (their row has all their
    roles); a 1.2 delta only for its own rows. Refused rows silence it about their person.
    """
    roster = task.roster
    file = "users" if roster.version == "1.1" else "roles"
    doubtful = ids.of(roster.doubtful.get(file, set()) | roster.doubtful.get("users", set()))
    if roster.modes[file] is Mode.BULK:
        return brought - doubtful
    if roster.version == "1.1":
        return ids.of(row.sourced_id for row in roster.people) - doubtful
    return set()


def _leavers(task: Task, ids: Ids, brought: set[int]) -> set[int]:
    """Who is deleted, or missing from a full list though a list once brought them."""
    roster = task.roster
    gone = ids.of(roster.gone.get("users", set()))
    if roster.modes["users"] is Mode.BULK:
        listed = {row.sourced_id for row in roster.people}
        gone |= brought - ids.of(listed | roster.doubtful.get("users", set()))
    return gone


def _deactivate(task: Task, leavers: set[int]) -> int:
    """Make leavers inactive unless another source gives them a role; how many."""
    staying = RoleAssignment.objects.active(task.today).filter(person__in=leavers)
    going = leavers - set(staying.values_list("person_id", flat=True))
    count = Person.objects.filter(pk__in=going, active=True).update(active=False)
    task.report.tally("people").ended += count
    return count


def _guard(task: Task, ended: int, of: int, what: str) -> None:
    if of and ended / of > MAX_ENDED and not task.accept_change:
        raise RosterError(
            f"This delivery would make {ended} of {of} {what}, more than {MAX_ENDED:.0%}. "
            "Nothing was changed. If it is right, import it again with --accept-change."
        )
