"""Write the people of users.csv and the birth dates of demographics.csv."""

from __future__ import annotations

from collections import defaultdict

from django.db.models import Q

from hornbook.district.people.applying.bulk import Task, upsert
from hornbook.district.people.models import Person, User
from hornbook.district.people.roster.rows import PersonRow, Roster

STAFF_PREFIX = "staff:"
FIELDS = ("given_name", "family_name", "email", "grade", "active", "birth_date")


def apply_people(task: Task) -> dict[str, int]:
    """Add and change people; the id of each person by sourcedId.

    Whoever comes back is active again, account included.
    """
    held = {p.sourced_id: p for p in Person.objects.exclude(sourced_id=None) if p.sourced_id}
    _adopt(task.roster.people, held)
    fresh = [_person(row, held.get(row.sourced_id), task.roster) for row in task.roster.people]
    fresh += _births_only(task.roster, held)
    written = upsert(fresh, held, FIELDS, task.report.tally("people"))
    _reopen_accounts(written, held)
    rows = Person.objects.exclude(sourced_id=None).values_list("sourced_id", "pk")
    return {key: pk for key, pk in rows if key}


def _adopt(rows: list[PersonRow], held: dict[str, Person]) -> None:
    """Give their sourcedId to people whom a staff CSV brought before the student system."""
    outside = Q(sourced_id=None) | Q(sourced_id__startswith=STAFF_PREFIX)
    waiting: dict[str, list[Person]] = defaultdict(list)
    for person in Person.objects.filter(outside).exclude(email=""):
        waiting[person.email.lower()].append(person)
    for row in rows:
        matches = waiting.get(row.email, []) if row.sourced_id not in held else []
        if len(matches) == 1:
            (person,) = waiting.pop(row.email)
            held.pop(person.sourced_id or "", None)
            person.sourced_id = row.sourced_id
            person.save(update_fields=["sourced_id"])
            held[row.sourced_id] = person


def _person(row: PersonRow, before: Person | None, roster: Roster) -> Person:
    """The person as the file has them; a birth date that it does not give is kept."""
    person = Person(
        sourced_id=row.sourced_id,
        given_name=row.given_name,
        family_name=row.family_name,
        email=row.email,
        grade=row.grade,
        active=row.enabled,
        birth_date=roster.births.get(row.sourced_id) or (before.birth_date if before else None),
    )
    if before is not None:
        person.key = before.key
    return person


def _births_only(roster: Roster, held: dict[str, Person]) -> list[Person]:
    """People of whom only demographics.csv speaks."""
    listed = {row.sourced_id for row in roster.people}
    found = []
    for key in roster.births.keys() - listed:
        same = {name: getattr(held[key], name) for name in ("key", *FIELDS)}
        found.append(Person(sourced_id=key, **(same | {"birth_date": roster.births[key]})))
    return found


def _reopen_accounts(written: list[Person], held: dict[str, Person]) -> None:
    back = [
        before.pk
        for person in written
        if person.active and (before := held.get(person.sourced_id or "")) and not before.active
    ]
    User.objects.filter(person__in=back).update(is_active=True)
