"""Who reads a report: the site administrator, unless it is about them, or they are away.

The choice itself is pure (``choose``): candidates in order, and what stands against each. A
report never lands on somebody whom it is about, and on somebody whom they supervise only when
nobody else is left.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from hornbook.district.conduct.models import Absence, Deputy, Recipient
from hornbook.district.people.models import Person, Role, RoleAssignment, Site
from hornbook.district.people.scope import beneath

_HEADS = (Role.PRINCIPAL, Role.SUPERINTENDENT, Role.DIRECTOR)
_LAST = (Role.BOARD, Role.HR, Role.CUSTODIAN)


@dataclass(frozen=True)
class Candidate:
    """``why`` they are asked, as a half sentence: “site administrator of Oak”."""

    person: int
    why: str


@dataclass(frozen=True)
class Choice:
    person: int | None
    why: str


@dataclass(frozen=True)
class Office:
    """What the choice needs to know of the district on one day."""

    chain: Sequence[Candidate]
    away: frozenset[int] = frozenset()
    deputies: Mapping[int, Sequence[int]] = field(default_factory=dict)
    supervised_by: Mapping[int, frozenset[int]] = field(default_factory=dict)

    def over(self, person: int) -> frozenset[int]:
        """Who supervises that person."""
        return self.supervised_by.get(person, frozenset())


def choose(office: Office, about: Iterable[int]) -> Choice:
    """The first who is not meant, not supervised by who is meant, and not away; else the first
    who is only supervised; else the first who is only away. Never one of ``about``.
    """
    closed = frozenset(about)
    for allow in ((), ("supervised",), ("supervised", "away")):
        for candidate in _with_deputies(office):
            against = _against(office, candidate.person, closed)
            if against is not None and against <= set(allow):
                return Choice(candidate.person, _words(office, candidate, closed, against))
    return Choice(None, "nobody is left whom it is not about")


def _with_deputies(office: Office) -> Iterable[Candidate]:
    """Each candidate, and behind them who stands in for them."""
    for candidate in office.chain:
        yield candidate
        for deputy in office.deputies.get(candidate.person, ()):
            yield Candidate(deputy, f"stands in for the {candidate.why}")


def _against(office: Office, person: int, about: frozenset[int]) -> set[str] | None:
    """None: never. Else what speaks against that person."""
    if person in about:
        return None
    against = set()
    if office.over(person) & about:
        against.add("supervised")
    if person in office.away:
        against.add("away")
    return against


def _words(office: Office, candidate: Candidate, about: frozenset[int], against: set[str]) -> str:
    passed = any(one.person in about for one in office.chain)
    rest = "; it is about somebody who would have read it" if passed else ""
    rest += "; nobody else was left" if against else ""
    return candidate.why + rest


# --- what the district knows ------------------------------------------------------------------


def office_of(site: Site, kind: str, on: date) -> Office:
    """The chain for reports of that kind at that site, and who is away; a handful of queries."""
    held = list(
        RoleAssignment.objects.active(on)
        .filter(role__in=[*_HEADS, *_LAST], person__active=True)
        .select_related("site")
        .order_by("pk")
    )
    deputies: dict[int, list[int]] = defaultdict(list)
    for person, deputy in Deputy.objects.filter(deputy__active=True).values_list(
        "person", "deputy"
    ):
        deputies[person].append(deputy)
    away = Absence.objects.filter(first__lte=on, last__gte=on).values_list("person", flat=True)
    chain = list(_chain(site, kind, held))
    everybody = {c.person for c in chain} | {d for row in deputies.values() for d in row}
    return Office(chain, frozenset(away), deputies, _supervisors(everybody, held, on))


def _chain(site: Site, kind: str, held: Sequence[RoleAssignment]) -> Iterable[Candidate]:
    named = list(Recipient.objects.filter(person__active=True).order_by("pk"))
    here = [row for row in named if row.site_id in (None, site.pk)]
    for row in sorted(here, key=lambda row: row.site_id is None):
        if row.kind == kind and not row.last_resort:
            yield Candidate(row.person_id, "named for reports of this kind")
    yield from _heads(_above(site), held)
    for row in named:
        if row.last_resort:
            yield Candidate(row.person_id, "named for what nobody else may read")
    for role in _LAST:
        yield from (
            Candidate(one.person_id, role.label.lower()) for one in held if one.role == role
        )


def _heads(above: Sequence[int], held: Sequence[RoleAssignment]) -> Iterable[Candidate]:
    """Principals before superintendents before directors; of one role the nearest first."""
    rows = [one for one in held if one.role in _HEADS and one.site_id in above]
    rows.sort(key=lambda one: (_HEADS.index(Role(one.role)), above.index(one.site_id)))
    for one in rows:
        title = (
            "site administrator" if one.role == Role.PRINCIPAL else one.get_role_display().lower()
        )
        yield Candidate(one.person_id, f"{title} of {one.site.name}")


def _above(site: Site) -> list[int]:
    parents = dict(Site.objects.values_list("pk", "parent"))
    found: list[int] = []
    here: int | None = site.pk
    while here is not None and here not in found:
        found.append(here)
        here = parents.get(here)
    return found


def _supervisors(
    people: Iterable[int], held: Sequence[RoleAssignment], on: date
) -> dict[int, frozenset[int]]:
    """Whose word counts over whom: a head over everybody who works beneath their site only.

    The board is over the superintendent, so nobody supervises a board member.
    """
    places: dict[int, set[int]] = defaultdict(set)
    free: set[int] = set()
    mine = RoleAssignment.objects.active(on).filter(person__in=list(people))
    for person, site, role in mine.values_list("person", "site", "role"):
        places[person].add(site)
        if role == Role.BOARD:
            free.add(person)
    heads = [
        (one.person_id, one.role, beneath([one.site_id])) for one in held if one.role in _HEADS
    ]
    top = {one.person_id for one in held if one.role == Role.SUPERINTENDENT}
    return {
        person: frozenset(
            head
            for head, role, sites in heads
            if head != person
            and places[person] <= sites
            and person not in free
            and (person not in top or role == Role.SUPERINTENDENT)
        )
        for person in people
    }


def heads_of(site: Site, on: date) -> set[int]:
    """The site's administrators and who stands in for them there: “the principal's office”."""
    principals = set(
        RoleAssignment.objects.active(on)
        .filter(role=Role.PRINCIPAL, site=site)
        .values_list("person", flat=True)
    )
    stand_in = Deputy.objects.filter(person__in=principals, deputy__roles__site=site)
    return principals | set(stand_in.values_list("deputy", flat=True))


def named_in(text: str, people: Iterable[int]) -> set[int]:
    """Those of the people whose family name stands in the text: they had better not read it."""
    words = {word.casefold() for word in re.findall(r"[\w'’-]+", text)}
    words |= {word.removesuffix("'s").removesuffix("’s") for word in words}
    names = Person.objects.filter(pk__in=list(people)).values_list("pk", "family_name")
    return {pk for pk, name in names if name.casefold() in words}
