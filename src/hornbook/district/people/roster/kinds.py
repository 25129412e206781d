"""What kind of school a school is. OneRoster does not say, and the filter needs to know."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import replace
from statistics import median_low

from hornbook.district.people.roster.rows import Known, Roster, SiteRow

_WORDS = (
    ("middle", re.compile(r"\b(middle|junior high|intermediate)\b", re.IGNORECASE)),
    ("elementary", re.compile(r"\b(elementary|primary|grade school|preschool)\b", re.IGNORECASE)),
    ("high", re.compile(r"\b(high|senior|secondary)\b", re.IGNORECASE)),
)
_EARLY_GRADES = {"IT", "PR", "PK", "TK", "KG", "K"}


def with_kinds(roster: Roster, known: Known) -> list[SiteRow]:
    """The sites of orgs.csv, each school as elementary, middle or high.

    From its name, else from the grades of its students, else elementary: the strictest
    profile is the safe mistake. What had to be guessed of a new school is noted in the
    roster's findings; a kind that the district has set stays as it is when it is applied.
    """
    grades = _grades_by_site(roster)

    def kind_of(site: SiteRow) -> str:
        if site.kind != "school":
            return site.kind
        return _from_name(site.name) or _from_grades(grades.get(site.sourced_id, []))

    def settled(site: SiteRow) -> SiteRow:
        kind = kind_of(site)
        if (
            site.kind == "school"
            and not _from_name(site.name)
            and site.sourced_id not in known.sites
        ):
            roster.findings.notice(
                f"The name “{site.name}” shows no level; from its students' grades it is taken "
                f"as a school of kind {kind}."
            )
        return replace(site, kind=kind)

    return [settled(site) for site in roster.sites]


def _from_name(name: str) -> str | None:
    return next((kind for kind, words in _WORDS if words.search(name)), None)


def _from_grades(grades: list[int]) -> str:
    middle = median_low(grades) if grades else 0
    return "elementary" if middle <= 5 else "middle" if middle <= 8 else "high"


def _grades_by_site(roster: Roster) -> dict[str, list[int]]:
    grade_of = {person.sourced_id: _number(person.grade) for person in roster.people}
    found: dict[str, list[int]] = defaultdict(list)
    for role in roster.roles:
        grade = grade_of.get(role.person)
        if role.role == "student" and grade is not None:
            found[role.site].append(grade)
    return found


def _number(grade: str) -> int | None:
    """A CEDS grade ("KG", "03", "12") as a number, kindergarten and before as 0."""
    if grade.upper() in _EARLY_GRADES:
        return 0
    return int(grade) if grade.isascii() and grade.isdigit() else None
