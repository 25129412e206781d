"""Write the rows of a staff CSV: a district's thousands, in a few statements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date

from django.db.models import QuerySet
from django.db.models.functions import Lower

from hornbook.district.people.applying.bulk import BATCH
from hornbook.district.people.applying.persons import STAFF_PREFIX
from hornbook.district.people.applying.reconcile import Reconciler, Wanted
from hornbook.district.people.applying.report import ImportReport, Tally
from hornbook.district.people.models import Person, Role, RoleAssignment, Site
from hornbook.district.people.roster.rows import Refusal, Refused, Staff, StaffRow

SOURCE = "staff-csv"
_FIELDS = ["sourced_id", "given_name", "family_name", "email"]


def apply_staff(staff: Staff, report: ImportReport, today: date) -> None:
    """Add or change people and roles. Rows only speak for themselves: nobody else's role ends."""
    register = _Register(staff.rows)
    placed = list(_placed(staff, report, register))
    register.save()
    sites = dict(Site.objects.values_list("key", "pk"))
    wanted = [
        Wanted(person.pk, row.role, sites[row.site], row.starts_on, row.ends_on)
        for row, person in placed
    ]
    Reconciler(SOURCE, today, report.tally("roles")).apply(wanted)
    _set_active({person.pk: person for _, person in placed}, today)


class _Register:
    """Everybody whom the rows may mean, read at once; what rows add or change is found by the
    rows behind them, and written at the end."""

    def __init__(self, rows: Sequence[StaffRow]) -> None:
        numbers = {STAFF_PREFIX + row.number for row in rows if row.number}
        addresses = {row.email.lower() for row in rows if row.email}
        held = {one.pk: one for one in Person.objects.filter(sourced_id__in=numbers)}
        found = Person.objects.annotate(address=Lower("email")).filter(address__in=addresses)
        adults = [held.setdefault(one.pk, one) for one in _no_students(found)]
        self._numbers = {one.sourced_id: one for one in held.values()}
        self._addresses: dict[str, list[Person]] = defaultdict(list)
        for one in adults:
            self._addresses[one.email.lower()].append(one)
        self._new: dict[int, Person] = {}  # by identity: they have no number yet
        self._changed: dict[int, Person] = {}

    def find(self, row: StaffRow) -> Person | None:
        """By the employer's number, else by e-mail among people who are no students."""
        if row.number:
            found = self._numbers.get(STAFF_PREFIX + row.number)
            if found is not None or not row.email:
                return found
        matches = self._addresses[row.email.lower()] if row.email else []
        if len(matches) > 1:
            raise Refused(f"several people have the e-mail {row.email}", "Give each their own.")
        return matches[0] if matches else None

    def keep(self, person: Person, address_before: str) -> None:
        """Whoever is new, or whose facts have changed."""
        if person._state.adding:
            self._new[id(person)] = person
        else:
            self._changed[person.pk] = person
        if person.sourced_id:
            self._numbers[person.sourced_id] = person
        former = self._addresses[address_before.lower()]
        former[:] = [one for one in former if one is not person]
        self._addresses[person.email.lower()].append(person)

    def save(self) -> None:
        Person.objects.bulk_create(self._new.values(), batch_size=BATCH)
        Person.objects.bulk_update(self._changed.values(), _FIELDS, batch_size=BATCH)


def _no_students(people: QuerySet[Person]) -> QuerySet[Person]:
    return people.exclude(roles__role=Role.STUDENT)


def _placed(
    staff: Staff, report: ImportReport, register: _Register
) -> Iterator[tuple[StaffRow, Person]]:
    """Each row with its person; a person counts once, however many rows they have."""
    counted: dict[int, Person] = {}
    for row in staff.rows:
        try:
            found = register.find(row)
        except Refused as why:
            report.refusals.append(Refusal(staff.name, row.line, why.reason, why.remedy))
            continue
        again = found is not None and id(found) in counted
        person = _write(row, found, register, Tally() if again else report.tally("people"))
        counted[id(person)] = person
        yield row, person


def _write(row: StaffRow, person: Person | None, register: _Register, tally: Tally) -> Person:
    """Names come from here only while no student system speaks for the person."""
    if person is not None and not _ours(person):
        tally.unchanged += 1
        return person
    person = person or Person()
    number = STAFF_PREFIX + row.number if row.number else None
    now = (person.sourced_id or number, row.given_name, row.family_name, row.email or person.email)
    before = (person.sourced_id, person.given_name, person.family_name, person.email)
    if now == before:
        tally.unchanged += 1
        return person
    tally.added += person._state.adding
    tally.changed += not person._state.adding
    person.sourced_id, person.given_name, person.family_name, person.email = now
    register.keep(person, before[3])
    return person


def _ours(person: Person) -> bool:
    return person.sourced_id is None or person.sourced_id.startswith(STAFF_PREFIX)


def _set_active(people: dict[int, Person], today: date) -> None:
    """Active are those with a role now or later, whatever source gives it."""
    roles = RoleAssignment.objects.filter(person__in=people).exclude(ends_on__lt=today)
    staying = set(roles.values_list("person_id", flat=True))
    turned = [person for pk, person in people.items() if person.active != (pk in staying)]
    for person in turned:
        person.active = not person.active
    Person.objects.bulk_update(turned, ["active"], batch_size=BATCH)
