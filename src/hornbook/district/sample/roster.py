"""The sample's student system: a OneRoster 1.2 export, written in memory."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from hornbook.district.people.roster.files import Delivery
from hornbook.district.sample import calendar
from hornbook.district.sample.cast import Cast, Employee, Pupil
from hornbook.district.sample.schools import DISTRICT, SCHOOLS, STUDENT_DOMAIN, School

DISTRICT_ID = "mv-district"
Table = tuple[str, Iterable[Sequence[object]]]


def one_roster(cast: Cast) -> Delivery:
    """A complete, full delivery of everybody in ``cast``."""
    groups = list(_groups(cast))
    tables: dict[str, Table] = {
        "orgs": ("sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId", _orgs()),
        "academicSessions": (
            "sourcedId,status,dateLastModified,title,type,startDate,endDate,parentSourcedId,schoolYear",
            _sessions(cast),
        ),
        "classes": (
            "sourcedId,status,dateLastModified,title,classType,schoolSourcedId,termSourcedIds",
            ((g.id, "", "", g.title, "scheduled", org_id(g.school), "mv-year") for g in groups),
        ),
        "users": (
            "sourcedId,status,dateLastModified,enabledUser,username,givenName,familyName,email,grades",
            _users(cast),
        ),
        "roles": (
            "sourcedId,status,dateLastModified,userSourcedId,roleType,role,beginDate,endDate,"
            "orgSourcedId",
            _roles(cast),
        ),
        "enrollments": (
            "sourcedId,status,dateLastModified,classSourcedId,schoolSourcedId,userSourcedId,role,"
            "primary",
            _enrollments(groups),
        ),
        "demographics": (
            "sourcedId,status,dateLastModified,birthDate",
            ((p.id, "", "", p.born) for p in cast.pupils),
        ),
    }
    files = {f"{name}.csv": write_csv(header, rows) for name, (header, rows) in tables.items()}
    return Delivery("sample OneRoster export", {"manifest.csv": _manifest(tables), **files})


def org_id(school: School) -> str:
    return f"mv-{school.id}"


def write_csv(header: str, rows: Iterable[Sequence[object]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(header.split(","))
    writer.writerows(rows)
    return text.getvalue().encode()


def _manifest(tables: Iterable[str]) -> bytes:
    said = [("manifest.version", "1.0"), ("oneroster.version", "1.2")]
    said += [(f"file.{name}", "bulk") for name in tables]
    return write_csv("propertyName,value", said)


@dataclass(frozen=True)
class _Group:
    """A class with its teacher and pupils."""

    id: str
    title: str
    school: School
    teacher: Employee
    pupils: list[Pupil]


def _groups(cast: Cast) -> Iterator[_Group]:
    """Each grade of each school learns each subject together; teachers take turns."""
    for school in SCHOOLS:
        teachers = cast.teachers_of(school)
        number = 0
        for grade in school.grades:
            for subject in school.subjects:
                code = calendar.grade_code(grade)
                pupils = cast.pupils_of(school, grade)
                teacher = teachers[number % len(teachers)]
                number += 1
                title = f"{subject}, grade {code.lstrip('0').replace('KG', 'K')}"
                yield _Group(f"mv-c-{school.id}-{number:02}", title, school, teacher, pupils)


def _orgs() -> Iterator[Sequence[object]]:
    yield DISTRICT_ID, "", "", DISTRICT, "district", "", ""
    for school in SCHOOLS:
        yield org_id(school), "", "", school.name, "school", "", DISTRICT_ID


def _sessions(cast: Cast) -> Iterator[Sequence[object]]:
    first, last = calendar.year_starts(cast.today), calendar.year_ends(cast.today)
    yield "mv-year", "", "", f"{first.year}–{last.year}", "schoolYear", first, last, "", last.year


def _users(cast: Cast) -> Iterator[Sequence[object]]:
    for e in cast.employees:
        yield e.id, "", "", "true", e.email.split("@")[0], e.given, e.family, e.email, ""
    for p in cast.pupils:
        email = f"{p.id.removeprefix('mv-').replace('-', '')}@{STUDENT_DOMAIN}"
        grade = calendar.grade_code(p.grade)
        yield p.id, "", "", "true", p.id, p.given, p.family, email, grade


def _roles(cast: Cast) -> Iterator[Sequence[object]]:
    starts = calendar.year_starts(cast.today)
    standing = [
        (e.id, e.role, e.school, calendar.hired(number, cast.today))
        for number, e in enumerate(cast.employees)
    ]
    standing += [(p.id, "student", p.school, starts) for p in cast.pupils]
    for person, role, school, since in standing:
        yield f"r-{person}", "", "", person, "primary", role, since, "", org_id(school)


def _enrollments(groups: Iterable[_Group]) -> Iterator[Sequence[object]]:
    for group in groups:
        members = [(group.teacher.id, "teacher"), *((p.id, "student") for p in group.pupils)]
        for person, role in members:
            primary = "true" if role == "teacher" else "false"
            key = f"{group.id}-{person}"
            yield key, "", "", group.id, org_id(group.school), person, role, primary
