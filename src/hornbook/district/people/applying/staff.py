"""Write the rows of a staff CSV: hundreds of people, one at a time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from hornbook.district.people.applying.persons import STAFF_PREFIX
from hornbook.district.people.applying.reconcile import Reconciler, Wanted
from hornbook.district.people.applying.report import ImportReport, Tally
from hornbook.district.people.models import Person, Role, RoleAssignment, Site
from hornbook.district.people.roster.rows import Refusal, Refused, Staff, StaffRow

SOURCE = "staff-csv"


def apply_staff(staff: Staff, report: ImportReport, today: date) -> None:
    """Add or change people and roles. Rows only speak for themselves: nobody else's role ends."""
    people: dict[int, Person] = {}
    wanted = list(_wanted(staff, report, people))
    Reconciler(SOURCE, today, report.tally("roles")).apply(wanted)
    _set_active(people, today)


def _wanted(staff: Staff, report: ImportReport, people: dict[int, Person]) -> Iterator[Wanted]:
    sites = dict(Site.objects.values_list("key", "pk"))
    tally, fresh = report.tally("people"), set[int]()
    for row in staff.rows:
        try:
            found = _find(row)
        except Refused as why:
            report.refusals.append(Refusal(staff.name, row.line, why.reason, why.remedy))
            continue
        person = _write(row, found, tally if found is None or found.pk not in people else Tally())
        fresh.add(person.pk)
        people[person.pk] = person
        yield Wanted(person.pk, row.role, sites[row.site], row.starts_on, row.ends_on)


def _find(row: StaffRow) -> Person | None:
    """By the employer's number, else by e-mail among people who are no students."""
    if row.number:
        found = Person.objects.filter(sourced_id=STAFF_PREFIX + row.number).first()
        if found is not None or not row.email:
            return found
    adults = Person.objects.filter(email__iexact=row.email).exclude(roles__role=Role.STUDENT)
    matches = list(adults.distinct()[:2])
    if len(matches) > 1:
        raise Refused(f"several people have the e-mail {row.email}", "Give each their own.")
    return matches[0] if matches else None


def _write(row: StaffRow, person: Person | None, tally: Tally) -> Person:
    """Names come from here only while no student system speaks for the person."""
    if person is not None and not _ours(person):
        tally.unchanged += 1
        return person
    person = person or Person()
    number = STAFF_PREFIX + row.number if row.number else None
    now = (person.sourced_id or number, row.given_name, row.family_name, row.email or person.email)
    if now == (person.sourced_id, person.given_name, person.family_name, person.email):
        tally.unchanged += 1
        return person
    tally.added += person._state.adding
    tally.changed += not person._state.adding
    person.sourced_id, person.given_name, person.family_name, person.email = now
    person.save()
    return person


def _ours(person: Person) -> bool:
    return person.sourced_id is None or person.sourced_id.startswith(STAFF_PREFIX)


def _set_active(people: dict[int, Person], today: date) -> None:
    """Active are those with a role now or later, whatever source gives it."""
    roles = RoleAssignment.objects.filter(person__in=people).exclude(ends_on__lt=today)
    staying = set(roles.values_list("person_id", flat=True))
    for pk, person in people.items():
        if person.active != (pk in staying):
            person.active = pk in staying
            person.save(update_fields=["active"])
