"""The district's six schools and who works where."""

from __future__ import annotations

from dataclasses import dataclass

DISTRICT = "Maple Valley Community School District"
DOMAIN = "maplevalley.example"
STUDENT_DOMAIN = "students.maplevalley.example"


@dataclass(frozen=True)
class School:
    """``classes_a_grade`` is how many subjects a grade has; 1 means one class teacher."""

    id: str
    name: str
    network: str
    grades: tuple[int, ...]
    students_a_grade: int
    subjects: tuple[str, ...]
    teachers: int


_LOWER = ("Classroom",)
_UPPER = ("English", "Mathematics", "Science", "Social Studies")

SCHOOLS = (
    School(
        "cedar", "Cedar Grove Elementary School", "10.11.0.0/16", (0, 1, 2, 3, 4, 5), 6, _LOWER, 6
    ),
    School(
        "willow", "Willow Creek Elementary School", "10.12.0.0/16", (0, 1, 2, 3, 4, 5), 6, _LOWER, 6
    ),
    School(
        "sunrise",
        "Sunrise Hill Elementary School",
        "10.13.0.0/16",
        (0, 1, 2, 3, 4, 5),
        6,
        _LOWER,
        6,
    ),
    School("middle", "Maple Valley Middle School", "10.21.0.0/16", (6, 7, 8), 20, _UPPER, 6),
    School("high", "Maple Valley High School", "10.31.0.0/16", (9, 10, 11, 12), 15, _UPPER, 6),
    School(
        "river",
        "Riverbend Alternative High School",
        "10.32.0.0/16",
        (9, 10, 11, 12),
        3,
        ("Studies",),
        2,
    ),
)
OFFICE_NETWORK = "10.1.0.0/16"


@dataclass(frozen=True)
class Post:
    """A place on the staff list. ``ended`` posts were left last spring."""

    role: str
    site: str
    count: int = 1
    ended: bool = False


POSTS = (
    Post("superintendent", DISTRICT),
    Post("hr", DISTRICT),
    Post("it", DISTRICT, 2),
    Post("records custodian", DISTRICT),
    Post("policy owner", DISTRICT),
    Post("director", DISTRICT),
    Post("board member", DISTRICT, 5),
    Post("coach", "Maple Valley High School", 3),
    Post("volunteer coach", "Maple Valley Middle School", 1),
    Post("volunteer", "Cedar Grove Elementary School", 2),
    Post("volunteer", "Willow Creek Elementary School", 2),
    Post("volunteer", "Sunrise Hill Elementary School", 1, ended=True),
    Post("substitute", "Maple Valley Middle School", 2),
    Post("substitute", "Willow Creek Elementary School"),
    Post("aide", "Sunrise Hill Elementary School"),
    Post("aide", "Cedar Grove Elementary School"),
    Post("secretary", "Maple Valley High School"),
)

SIGN_IN = {
    "teacher": "teacher",
    "principal": "principal",
    "superintendent": "superintendent",
    "hr": "hr",
    "it": "it",
    "custodian": "records",
    "policy-owner": "policy",
    "coach": "coach",
    "volunteer": "volunteer",
    "board": "board",
}
"""Role → the mailbox of the one person of that role who can sign in at once."""
