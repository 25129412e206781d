"""Who is meant, on a given day: the one place that turns an audience into people.

An audience is ``{"roles": [...], "sites": [...], "site_kinds": [...], "min_age": n,
"max_age": n}``, the language of the filter's profiles; an absent key does not restrict. Role and
site must belong to one assignment that is active on that day: a student of Oak who coaches at
Birch is no student of Birch. An age that nobody knows counts as young.

Everything here is one SQL statement, however many people there are.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from django.db.models import Exists, Min, OuterRef, Q, QuerySet

from hornbook.district.people.models import (
    AssignmentQuerySet,
    Person,
    Role,
    RoleAssignment,
    Site,
    SiteKind,
)

Audience = Mapping[str, Any]

_FILE = Path(__file__).with_name("data") / "audiences.toml"
_PLACES = {"roles": "role__in", "sites": "site__key__in", "site_kinds": "site__kind__in"}
_AGES = ("min_age", "max_age")


class BadAudience(ValueError):
    """An audience that cannot be read; the message says what may stand there."""


def check(audience: Audience) -> None:
    """Raises BadAudience for unknown keys, roles, kinds and sites, and for ages that are none."""
    unknown = set(audience) - {*_PLACES, *_AGES}
    if unknown:
        may = ", ".join((*_PLACES, *_AGES))
        raise BadAudience(f"an audience has no key “{sorted(unknown)[0]}”; it may have {may}")
    _check_words("role", audience.get("roles", ()), set(Role.values))
    _check_words("kind of site", audience.get("site_kinds", ()), set(SiteKind.values))
    if wanted := audience.get("sites"):
        here = set(Site.objects.filter(key__in=wanted).values_list("key", flat=True))
        _check_words("site", wanted, here)
    for name in _AGES:
        if not isinstance(audience.get(name, 0), int):
            raise BadAudience(f"{name} must be a whole number of years")


def _check_words(what: str, words: Any, known: set[str]) -> None:
    if isinstance(words, str) or not all(isinstance(word, str) for word in words):
        raise BadAudience(f"write the {what}s of an audience as a list of words")
    if strange := sorted(set(words) - known):
        raise BadAudience(f"there is no {what} “{strange[0]}”")


def places_in(audience: Audience) -> AssignmentQuerySet:
    """Every role assignment, past and future ones too, that the audience names."""
    wanted = {lookup: audience[key] for key, lookup in _PLACES.items() if key in audience}
    return RoleAssignment.objects.filter(**wanted)


def people_in(audience: Audience, on: date) -> QuerySet[Person]:
    """Whom the audience means on that day: active people with a role that fits, of that age.

    The empty audience means everybody who holds any role.

    Whoever begins tomorrow is not among them today, and whoever left yesterday is not any more.
    """
    return Person.objects.filter(_meant(audience, on), active=True)


def people_in_any(audiences: Iterable[Audience], on: date) -> QuerySet[Person]:
    """Whom at least one of the audiences means on that day, each person once; of none, nobody.

    The audiences stay look-ups by person beside each other: as ``IN`` of whole sets, joined by
    ``OR``, they cost minutes right after an import, while the database has no statistics yet.
    """
    meant = Q(pk__in=[])
    for audience in audiences:
        meant |= _meant(audience, on)
    return Person.objects.filter(meant, active=True)


def _meant(audience: Audience, on: date) -> Q:
    held = places_in(audience).active(on).filter(person=OuterRef("pk"))
    return Q(Exists(held)) & _age(audience, on)


def coming_into(audience: Audience, after: date, until: date) -> QuerySet[Person]:
    """Whom it does not mean on ``after`` but will on a later day up to ``until``.

    Each carries ``first_day``, when the first fitting role begins.
    """
    starts = places_in(audience).filter(starts_on__gt=after, starts_on__lte=until)
    now = people_in(audience, after).values("pk")
    found = Person.objects.filter(_age(audience, until), active=True).exclude(pk__in=now)
    return found.filter(roles__in=starts).annotate(first_day=Min("roles__starts_on"))


def audience_of(holder: str) -> dict[str, Any]:
    """Whom a clause's holder (``policy.models.Holder``) means; nobody has no audience.

    Raises BadAudience for the District and for nobody: no person carries those.
    """
    try:
        return {"roles": list(_holders()[holder]["roles"])}
    except KeyError as error:
        raise BadAudience(f"no person carries what “{holder}” carries") from error


def is_carried_by_people(holder: str) -> bool:
    return holder in _holders()


def in_words(audience: Audience) -> str:
    """The audience as people read it, for a plan and a leaf."""
    known = next((h["words"] for h in _holders().values() if _same(h, audience)), "")
    if known:
        return str(known)
    roles = [Role(role).label for role in audience.get("roles", ())]
    kinds = [SiteKind(kind).label for kind in audience.get("site_kinds", ())]
    parts = [
        ", ".join(roles) or "Everybody with a role",
        f"at {', '.join(audience['sites'])}" if audience.get("sites") else "",
        f"at: {', '.join(kinds)}" if kinds else "",
        f"from {audience['min_age']} years on" if "min_age" in audience else "",
        f"up to {audience['max_age']} years" if "max_age" in audience else "",
    ]
    return " ".join(part for part in parts if part)


def _same(holder: Mapping[str, Any], audience: Audience) -> bool:
    return set(audience) == {"roles"} and set(audience["roles"]) == set(holder["roles"])


def _age(audience: Audience, on: date) -> Q:
    """Completed years on that day, from the birth date."""
    fits = Q()
    if "min_age" in audience:
        fits &= Q(birth_date__lte=_years_before(on, audience["min_age"]))
    if "max_age" in audience:
        young = Q(birth_date__gt=_years_before(on, audience["max_age"] + 1))
        fits &= young | Q(birth_date__isnull=True)
    return fits


def _years_before(day: date, years: int) -> date:
    """The last birthday of whoever is ``years`` old that day; 29 February counts as it falls."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return date(day.year - years, 2, 28)


@cache
def _holders() -> dict[str, dict[str, Any]]:
    return tomllib.loads(_FILE.read_text(encoding="utf-8"))
