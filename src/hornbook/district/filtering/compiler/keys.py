"""How a node knows people without their address: tokens, Chrome's identifiers, certificates, logins
of Kerberos, MAC addresses."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from django.utils import timezone

from hornbook.district.filtering.compiler.roll import Roll
from hornbook.district.people.identifiers import chrome_identifier, digest
from hornbook.district.people.models import Device, Token, TokenKind
from hornbook.district.people.presence import signed_in
from hornbook.kernel.orders import NEVER
from hornbook.kernel.seating import BadSeating, Key, Seat, login_digest

PERSON = re.compile(r"[a-z0-9._+-]{1,64}")


def tokens(roll: Roll, salts: Sequence[str]) -> list[Key]:
    """Every token that is good now, and what Chrome sends for each person and device."""
    return [*_issued(roll, TokenKind.SECRET), *_of_chrome(roll, salts)]


def certificates(roll: Roll) -> list[Key]:
    """Every certificate of a device or site that is good now."""
    return list(_issued(roll, TokenKind.CERTIFICATE))


def logins(roll: Roll, realms: Mapping[str, Sequence[str]]) -> Iterator[Key]:
    """Everybody's principal in each realm that has their mail domain: ``ann@REALM``.

    What would be two persons' is nobody's, as are names that no principal of a person has.
    """
    found: dict[str, Seat | None] = {}
    known = _mail_domains(realms)
    for pk, entry in roll.people.items() if known else ():
        name, _, domain = entry.email.lower().rpartition("@")
        if not entry.here or not PERSON.fullmatch(name):
            continue
        for realm, domains in known.items():
            if domain in domains:
                seat, login = roll.seat(pk, None), f"{name}@{realm}"
                found[login] = seat if found.get(login, seat) == seat else None
    return (Key(login_digest(login), seat) for login, seat in found.items() if seat)


def _mail_domains(realms: object) -> dict[str, list[str]]:
    """As instance.json has them. Raises BadSeating for another shape."""
    if isinstance(realms, Mapping) and all(isinstance(some, list) for some in realms.values()):
        return {str(realm): [str(one).lower() for one in realms[realm]] for realm in realms}
    raise BadSeating(
        "kerberos_realms in instance.json must say for each realm a list of mail domains, like "
        '{"AD.DISTRICT.EXAMPLE": ["district.example"]}'
    )


def macs(roll: Roll) -> Iterator[Key]:
    """The devices whose MAC address is known, and who signed in to the network with which."""
    signed = signed_in(timezone.now())
    known = Device.objects.exclude(mac=None).values_list("mac", "person", "site")
    seats = {str(mac): roll.seat(signed.get(str(mac), person), site) for mac, person, site in known}
    seats |= {mac: roll.seat(person, None) for mac, person in signed.items() if mac not in seats}
    for mac, seat in seats.items():
        yield Key(bytes.fromhex(mac.replace(":", "")), seat)


def _issued(roll: Roll, kind: TokenKind) -> Iterator[Key]:
    good = Token.objects.good(timezone.now()).filter(kind=kind).select_related("device")
    for token in good:
        device = token.device
        if device:
            seat = roll.seat(device.person_id, device.site_id)
        else:
            seat = roll.seat(token.person_id, token.site_id)
        ends = int(token.ends_at.timestamp()) if token.ends_at else NEVER
        yield Key(bytes.fromhex(token.sha256), seat, ends)


def _of_chrome(roll: Roll, salts: Sequence[str]) -> Iterator[Key]:
    """What stands for two seats identifies nobody, and is left out."""
    found: dict[str, Seat | None] = {}
    for value, seat in _values(roll):
        found[value] = seat if found.get(value, seat) == seat else None
    for value, known in found.items():
        if known:
            for salt in salts:
                yield Key(digest(chrome_identifier(salt, value)), known)


def _values(roll: Roll) -> Iterator[tuple[str, Seat]]:
    """E-mail addresses (Chrome sends them in lower case) and tags of devices."""
    for pk, entry in roll.people.items():
        if entry.email and entry.here:
            yield entry.email.lower(), roll.seat(pk, None)
    for tag, person, site in Device.objects.values_list("tag", "person", "site"):
        yield tag, roll.seat(person, site)
