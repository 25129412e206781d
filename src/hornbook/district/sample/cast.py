"""Who is in the sample district: pupils and employees of its student system."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from random import Random

from hornbook.district.sample import calendar
from hornbook.district.sample.names import people
from hornbook.district.sample.schools import DOMAIN, SCHOOLS, SIGN_IN, School

SEED = 20
NAMES = 320
FIXED_AGES = {"cedar": 9, "middle": 12, "high": 17}
"""At these schools the first pupil has this age, for the seats on loopback addresses."""


@dataclass(frozen=True)
class Pupil:
    id: str
    given: str
    family: str
    school: School
    grade: int
    born: date


@dataclass(frozen=True)
class Employee:
    """``role`` is principal or teacher; ``grade`` is what a class teacher teaches."""

    id: str
    given: str
    family: str
    email: str
    role: str
    school: School
    place: int


@dataclass(frozen=True)
class Cast:
    """Everybody on that day; ``spare`` names are left for people on the staff list."""

    today: date
    pupils: tuple[Pupil, ...]
    employees: tuple[Employee, ...]
    spare: tuple[tuple[str, str], ...]

    def pupils_of(self, school: School, grade: int) -> list[Pupil]:
        return [p for p in self.pupils if p.school is school and p.grade == grade]

    def teachers_of(self, school: School) -> list[Employee]:
        return [e for e in self.employees if e.school is school and e.role == "teacher"]


def make_cast(today: date) -> Cast:
    """The same people at every call; their birth dates move with ``today``."""
    names = iter(people(NAMES, SEED))
    employees = tuple(_employees(names))
    pupils = tuple(_pupils(names, today))
    return Cast(today, pupils, employees, tuple(names))


def mailbox(given: str, family: str) -> str:
    return f"{given}.{family}@{DOMAIN}".lower()


def _employees(names: Iterator[tuple[str, str]]) -> Iterator[Employee]:
    """A principal and the teachers of each school; the first of each role can sign in at once."""
    number, open_mailboxes = 0, {"principal", "teacher"}
    for school in SCHOOLS:
        for place, role in enumerate(["principal", *["teacher"] * school.teachers]):
            given, family = next(names)
            email = mailbox(given, family)
            if role in open_mailboxes:
                open_mailboxes.remove(role)
                email = f"{SIGN_IN[role]}@{DOMAIN}"
            number += 1
            yield Employee(f"mv-e-{number:03}", given, family, email, role, school, place)


def _pupils(names: Iterator[tuple[str, str]], today: date) -> Iterator[Pupil]:
    chance = Random(SEED)  # noqa: S311  (birth dates of invented people)
    number = 0
    for school in SCHOOLS:
        fixed = FIXED_AGES.get(school.id)
        for grade in school.grades:
            for _ in range(school.students_a_grade):
                born = calendar.born_in_grade(grade, today, chance)
                if fixed is not None:
                    born, fixed = calendar.born_at_age(fixed, today), None
                number += 1
                given, family = next(names)
                in_grade = calendar.grade_of(born, today)
                yield Pupil(f"mv-p-{number:03}", given, family, school, in_grade, born)
