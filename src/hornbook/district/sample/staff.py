"""The sample's staff list: a plain CSV of those who are in no student system."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from hornbook.district.people.roster.files import Delivery
from hornbook.district.people.roster.staff import ROLES
from hornbook.district.sample import calendar
from hornbook.district.sample.cast import Cast, mailbox
from hornbook.district.sample.roster import write_csv
from hornbook.district.sample.schools import DOMAIN, POSTS, SIGN_IN

HEADER = "First name,Last name,E-mail,Role,Site,Start date,End date"


def staff_list(cast: Cast) -> Delivery:
    return Delivery("sample staff list", {"staff.csv": write_csv(HEADER, _rows(cast))})


def _rows(cast: Cast) -> Iterator[Sequence[object]]:
    names = iter(cast.spare)
    waiting = dict(SIGN_IN)
    since, number = calendar.year_starts(cast.today), 0
    for post in POSTS:
        for _ in range(post.count):
            number += 1
            given, family = next(names)
            role = ROLES.get(post.role, post.role)
            box = None if post.ended else waiting.pop(role, None)
            email = f"{box}@{DOMAIN}" if box else mailbox(given, family)
            start = (
                since - timedelta(days=365) if post.ended else calendar.hired(number, cast.today)
            )
            end = since - timedelta(days=76) if post.ended else ""
            yield given, family, email, post.role, post.site, start, end
    yield from _teachers_who_coach(cast)


def _teachers_who_coach(cast: Cast) -> Iterator[Sequence[object]]:
    """One teacher with a second role at another school, as in every real district."""
    teacher = next(e for e in cast.employees if e.school.id == "middle" and e.role == "teacher")
    since = calendar.year_starts(cast.today)
    yield (
        *(teacher.given, teacher.family, teacher.email),
        *("coach", "Maple Valley High School", since, ""),
    )
