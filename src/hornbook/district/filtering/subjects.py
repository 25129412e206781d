"""Find whom somebody means: by key, e-mail, sourced id, or the address where they sit."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from uuid import UUID

from django.db.models import Q

from hornbook.district.people.models import Person, Seat
from hornbook.instance import InstanceError


class UnknownSubject(InstanceError):
    """Nobody is called that; the message says what can be given."""


@dataclass(frozen=True)
class Subject:
    """A person, an address, or both. Without a person, it is whoever sits at the address."""

    person: Person | None
    address: str = ""


def find_subject(text: str) -> Subject:
    """Raises UnknownSubject when neither a person nor an address is meant."""
    wanted = text.strip()
    if is_address(wanted):
        return Subject(_at_address(wanted), wanted)
    person = Person.objects.filter(_names(wanted)).first()
    if person is None:
        raise UnknownSubject(
            f"Nobody is known as “{wanted}”. Give a person's key, e-mail or sourced id, "
            "or the address of a seat such as 127.0.0.4."
        )
    return Subject(person)


def is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _at_address(address: str) -> Person | None:
    """Who sits in the most specific network around the address."""
    found = ip_address(address)
    around = [
        (network.prefixlen, seat)
        for seat in Seat.objects.select_related("person")
        if found in (network := ip_network(seat.network))
    ]
    return max(around, key=lambda pair: pair[0])[1].person if around else None


def _names(wanted: str) -> Q:
    names = Q(email__iexact=wanted) | Q(sourced_id=wanted)
    try:
        return names | Q(key=UUID(wanted))
    except ValueError:
        return names
