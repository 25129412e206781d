"""The seating part: every seat's person, site and profile on one day (ages change daily)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from hornbook.district.filtering.compiler.audience import (
    NOBODY,
    BadAudience,
    Place,
    Standing,
    choose,
)
from hornbook.district.filtering.compiler.rules import CompileError
from hornbook.district.filtering.models import Profile
from hornbook.district.people.models import Person, RoleAssignment, Seat
from hornbook.kernel.parts import encode_part
from hornbook.kernel.seating import KIND, BadSeating, build_seating


def compile_seating(profiles: Iterable[Profile], *, on: date, site: str) -> bytes:
    """The octets of the seating part; ``site`` is where an unknown address is counted.

    Raises CompileError for an audience or a network that cannot be used, with its name.
    """
    in_order = list(profiles)
    seats = list(Seat.objects.select_related("person", "site"))
    standings = standings_of({seat.person for seat in seats if seat.person}, on=on)
    try:
        rows = [_row(seat, in_order, standings) for seat in seats]
        default = choose(in_order, NOBODY)[0]
        meta, arrays = build_seating(rows, default_profile=default, default_site=site)
    except (BadAudience, BadSeating) as error:
        raise CompileError(f"The seats cannot be compiled: {error}.") from error
    return encode_part(KIND, meta, arrays)


def _row(
    seat: Seat, profiles: list[Profile], standings: dict[int, Standing]
) -> tuple[str, str, str, str]:
    standing = standings[seat.person.pk] if seat.person else at_site(seat)
    profile, _ = choose(profiles, standing)
    site = seat.site.key if seat.site else next((p.site for p in standing.places), "")
    return seat.network, str(seat.person.key) if seat.person else "", profile, site


def at_site(seat: Seat) -> Standing:
    """Somebody at a site, nobody knows who."""
    return Standing((Place("", seat.site.kind, seat.site.key),)) if seat.site else NOBODY


def standings_of(people: Iterable[Person], *, on: date) -> dict[int, Standing]:
    """What holds for each person on that day, by primary key.

    Somebody who has left, or whose roles have all ended, is treated like an unknown address.
    """
    places: dict[int, list[Place]] = defaultdict(list)
    everyone = {person.pk: person for person in people}
    held = RoleAssignment.objects.active(on).filter(person__in=everyone, person__active=True)
    for role in held.select_related("site").order_by("starts_on", "pk"):
        places[role.person_id].append(Place(role.role, role.site.kind, role.site.key))
    return {pk: Standing(tuple(places[pk]), person.age_on(on)) for pk, person in everyone.items()}
