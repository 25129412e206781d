"""The seating part: everybody's seat, when it becomes another one, and what holds for a while."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from ipaddress import ip_network
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone

from hornbook.district.filtering.compiler.audience import BadAudience
from hornbook.district.filtering.compiler.keys import certificates, logins, macs, tokens
from hornbook.district.filtering.compiler.roll import Roll
from hornbook.district.filtering.compiler.rules import CompileError
from hornbook.district.filtering.models import Profile
from hornbook.district.people.models import Seat
from hornbook.district.people.presence import present_networks
from hornbook.kernel.orders import Order
from hornbook.kernel.parts import encode_part
from hornbook.kernel.seating import KIND, BadSeating, build_seating

UTC = ZoneInfo("UTC")


def compile_seating(
    profiles: Iterable[Profile],
    *,
    on: date,
    site: str,
    salts: Sequence[str] = (),
    orders: Sequence[Order] = (),
    zone: ZoneInfo = UTC,
    recording: Mapping[str, Any] | None = None,
    realms: Mapping[str, Sequence[str]] | None = None,
) -> bytes:
    """The octets of the seating part; ``site`` is where an unknown address is counted.

    ``salts`` are those of Chrome's identifiers; days begin at midnight in ``zone``;
    ``recording`` is what nodes may record with whose name; ``realms`` are the mail domains of each
    realm of Kerberos. Raises CompileError for an audience,
    a network or a key that cannot be used, with its name.
    """
    try:
        roll = Roll(list(profiles), on)
        rows, keys, devices = _networks(roll), tokens(roll, salts), list(macs(roll))
        others = roll.of_persons({key for order in orders for key in order.who.persons})
        meta, arrays = build_seating(
            rows,
            default_profile=roll.nobody().profile,
            default_site=site,
            tokens=keys,
            certificates=certificates(roll),
            logins=logins(roll, realms or {}),
            macs=devices,
            steps=roll.steps(zone),
            orders=orders,
            others=others,
            recording=recording,
        )
    except (BadAudience, BadSeating) as error:
        raise CompileError(f"The seats cannot be compiled: {error}.") from error
    return encode_part(KIND, meta, arrays)


def _networks(roll: Roll) -> list[tuple[str, str, str, str]]:
    rows = []
    given: list[tuple[str, int | None, int | None]] = list(
        Seat.objects.values_list("network", "person", "site")
    )
    taken = {str(ip_network(network)) for network, _, _ in given}
    for found in present_networks(timezone.now()):
        network = str(ip_network(found.where))
        if network not in taken:  # what the district has given for good is stronger
            given.append((network, found.person, found.site))
    for network, person, site in given:
        seat = roll.seat(person, site)
        rows.append((network, seat.person, seat.profile, seat.site))
    return rows
