"""Whose profile is whose: the first audience that fits.

An audience is ``{"roles": [...], "site_kinds": [...], "sites": [...], "min_age": n,
"max_age": n}``; an absent key does not restrict. Role and site must belong to one assignment: a
student of Oak who coaches at Birch is no student of Birch. An age that nobody knows counts as
young, so that a missing birth date never opens what is closed to minors.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

KEYS = {"roles", "site_kinds", "sites", "min_age", "max_age"}


@dataclass(frozen=True)
class Place:
    """One role at one site; ``role`` is "" where only the site is known."""

    role: str
    site_kind: str
    site: str


@dataclass(frozen=True)
class Standing:
    """What is known of whoever sits there today. Empty for an unknown address."""

    places: tuple[Place, ...] = ()
    age: int | None = None


NOBODY = Standing()


@dataclass(frozen=True)
class Reading:
    """One audience that was read. ``misses`` says why it does not fit; None when it fits."""

    profile: str
    misses: str | None


class HasAudience(Protocol):
    @property
    def key(self) -> str: ...

    @property
    def audience(self) -> Mapping[str, Any]: ...


class BadAudience(ValueError):
    """An audience cannot be read, or no profile fits an unknown address."""


def choose(profiles: Sequence[HasAudience], standing: Standing) -> tuple[str, list[Reading]]:
    """The key of the first profile that fits, and every audience that was read on the way.

    Raises BadAudience when none fits: an unknown address must still meet the rules.
    """
    read: list[Reading] = []
    for profile in profiles:
        read.append(Reading(profile.key, misses(profile.audience, standing)))
        if read[-1].misses is None:
            return profile.key, read
    raise BadAudience(
        "no profile fits an unknown address; keep a last profile with an empty audience, {}"
    )


def misses(audience: Mapping[str, Any], standing: Standing) -> str | None:
    """Why the audience does not hold for that standing; None when it fits."""
    unknown = set(audience) - KEYS
    if unknown:
        raise BadAudience(f"an audience has no key {sorted(unknown)[0]!r}; it may have {KEYS}")
    if not _at_a_place(audience, standing.places):
        return "it is for other roles or other schools"
    if "min_age" in audience and (standing.age is None or standing.age < audience["min_age"]):
        return f"it begins at {audience['min_age']} years"
    if "max_age" in audience and standing.age is not None and standing.age > audience["max_age"]:
        return f"it ends at {audience['max_age']} years"
    return None


def _at_a_place(audience: Mapping[str, Any], places: Sequence[Place]) -> bool:
    wanted = {key: audience[key] for key in ("roles", "site_kinds", "sites") if key in audience}
    if not wanted:
        return True
    return any(
        place.role in wanted.get("roles", (place.role,))
        and place.site_kind in wanted.get("site_kinds", (place.site_kind,))
        and place.site in wanted.get("sites", (place.site,))
        for place in places
    )
