"""How many of whom signed: the people behind the lights, as columns of numbers.

A district asks twelve thousand people. Row by row they would cost more than the whole page, so
the database sends each column as one run of octets, and they are counted as arrays.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from django.db.models import Aggregate, BinaryField, Q, QuerySet
from numpy.typing import NDArray

from hornbook.district.learning.models import Duty, Signature
from hornbook.district.people.audience import (
    audience_of,
    is_carried_by_people,
    people_in,
    places_in,
)
from hornbook.district.policy.models import Holder

Numbers = NDArray[np.int64]
Revisions = frozenset[int]
Tally = Mapping[int | None, tuple[int, int]]
"""Site (None: the whole district) → how many are asked, how many of them signed."""

_NOBODY = np.empty(0, np.int64)


class _Octets(Aggregate):
    """A column of whole numbers as big-endian 64-bit octets, one behind the other."""

    template = "string_agg(int8send((%(expressions)s)::int8), ''::bytea)"
    output_field = BinaryField()


def columns(rows: QuerySet[Any], *names: str) -> list[Numbers]:
    """These columns of whole numbers, in one order common to them; one statement."""
    found = rows.order_by().aggregate(**{f"_{n}": _Octets(name) for n, name in enumerate(names)})
    return [np.frombuffer(octets or b"", ">i8").astype(np.int64) for octets in found.values()]


@dataclass(frozen=True)
class Crowd:
    """Whom a policy's duties to sign mean, and what they signed.

    ``person`` and ``site`` (n,): each person once a site. ``signer`` and ``revision`` (m,):
    signatures that hold.
    """

    person: Numbers
    site: Numbers
    signer: Numbers
    revision: Numbers

    def tally(self, bound: Numbers | None, same: Revisions) -> Tally:
        """Of those in ``bound`` (None: all), and counting signatures of these revisions."""
        asked = np.full(len(self.person), True) if bound is None else np.isin(self.person, bound)
        person, site = self.person[asked], self.site[asked]
        signed = np.isin(person, self.signer[np.isin(self.revision, list(same))])
        return {
            None: (len(np.unique(person)), len(np.unique(person[signed]))),
            **_by_site(site, signed),
        }


def _by_site(site: Numbers, signed: NDArray[np.bool_]) -> dict[int | None, tuple[int, int]]:
    places, place = np.unique(site, return_inverse=True)
    asked = np.bincount(place, minlength=len(places))
    having = np.bincount(place[signed], minlength=len(places))
    return {int(pk): (int(n), int(m)) for pk, n, m in zip(places, asked, having, strict=True)}


def crowds(on: date) -> dict[int, Crowd]:
    """Policy id → its crowd that day, for policies that somebody is asked to sign."""
    places: dict[int, list[tuple[Numbers, Numbers]]] = defaultdict(list)
    for duty in Duty.objects.filter(enabled=True, kind=Duty.Kind.SIGN).select_related("clause"):
        places[duty.clause.policy_id].append(_meant(duty, on))
    policy, signer, revision = _signatures(on)
    return {
        key: Crowd(*_once(found), signer[policy == key], revision[policy == key])
        for key, found in places.items()
    }


def _meant(duty: Duty, on: date) -> tuple[Numbers, Numbers]:
    """Person and site of every role by which the duty means somebody."""
    # Two plain statements: as one, PostgreSQL plans a loop in a loop right after a large import.
    (people,) = columns(people_in(duty.audience, on), "pk")
    person, site = columns(places_in(duty.audience).active(on), "person", "site")
    meant = np.isin(person, people)
    return person[meant], site[meant]


def _once(found: list[tuple[Numbers, Numbers]]) -> tuple[Numbers, Numbers]:
    """Each person once a site, whatever number of roles and duties leads there."""
    person, site = (np.concatenate(some) for some in zip(*found, strict=True))
    width = int(site.max(initial=0)) + 1
    both = np.unique(person * width + site)
    return both // width, both % width


def _signatures(on: date) -> list[Numbers]:
    """Policy, person and revision of the signatures that hold that day."""
    valid = Q(valid_to__isnull=True) | Q(valid_to__gte=on)
    rows = Signature.objects.filter(valid, withdrawal=None)
    return columns(rows, "revision__policy", "person", "revision")


def bound_people(holders: set[str], on: date) -> dict[str, Numbers]:
    """Holder → everybody whom it means; no entry for what no person carries."""
    return {
        holder: columns(people_in(audience_of(holder), on), "pk")[0]
        for holder in sorted(holders)
        if is_carried_by_people(Holder(holder))
    }
