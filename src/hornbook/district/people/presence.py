"""Every write to who is where now: what DHCP and RADIUS tell, and where it follows from both."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.db.models.functions import Lower
from django.utils import timezone

from hornbook.district.ledger.actions import Actor, record
from hornbook.district.people.identifiers import read_mac
from hornbook.district.people.models import Device, Person, Presence, SignIn
from hornbook.node.seating.leases import Lease
from hornbook.node.seating.radius import ACCOUNTING_OFF, ACCOUNTING_ON, STOP, Accounting

FEEDS = Actor("DHCP and RADIUS")
STAYS = timedelta(hours=12)  # how long a session is believed without an interim update


@dataclass(frozen=True)
class Noted:
    """How many rows changed, and whether anybody's seat may be another one now."""

    came: int = 0
    went: int = 0

    def __bool__(self) -> bool:
        return bool(self.came or self.went)


@transaction.atomic
def note_leases(leases: Mapping[str, Lease], *, actor: Actor = FEEDS) -> Noted:
    """Make the addresses that DHCP gave those of these leases: the whole state of its files."""
    known = {row.network: row for row in Presence.objects.filter(source=Presence.Source.DHCP)}
    others = set(
        Presence.objects.exclude(source=Presence.Source.DHCP).values_list("network", flat=True)
    )
    now = timezone.now()
    good = {a: one for a, one in leases.items() if one.ends > now.timestamp() and a not in others}
    gone = [row.pk for network, row in known.items() if network not in good]
    came = [
        _leased(one)
        for network, one in good.items()
        if network not in known or known[network].mac != read_mac(one.mac)
    ]
    renewed = [
        _leased(one, known[network].pk)
        for network, one in good.items()
        if network in known and known[network].ends_at != _moment(one.ends)
    ]
    Presence.objects.filter(pk__in=gone).delete()
    Presence.objects.filter(network__in=[row.network for row in came]).delete()
    Presence.objects.bulk_create(came)
    Presence.objects.bulk_update([row for row in renewed if row.pk], ["ends_at"])
    return _told(actor, Presence.Source.DHCP, Noted(len(came), len(gone)))


def _leased(one: Lease, pk: int | None = None) -> Presence:
    return Presence(
        pk=pk,
        network=one.address,
        mac=read_mac(one.mac),
        source=Presence.Source.DHCP,
        ends_at=_moment(one.ends),
    )


def _moment(unix: float) -> datetime:
    return datetime.fromtimestamp(min(unix, 4e9), UTC)  # the year 2096 is far enough


@transaction.atomic
def note_accounting(requests: Iterable[Accounting], *, actor: Actor = FEEDS) -> Noted:
    """What the wireless network tells of people who sign in and leave."""
    found = list(requests)
    people = _people({one.user.lower() for one in found if one.user})
    came = went = 0
    for one in found:
        if one.status in (ACCOUNTING_ON, ACCOUNTING_OFF):
            continue  # an access point starts anew; its machines tell again, or their time ends
        person = people.get(one.user.lower())
        if one.status == STOP:
            went += _left(one)
        elif one.here and person:
            came += _came(one, person)
    return _told(actor, Presence.Source.RADIUS, Noted(came, went))


def _people(names: set[str]) -> dict[str, Person]:
    """Persons by what they sign in with: their e-mail address, its part before @, or roster ID.

    What stands for two people stands for nobody.
    """
    found: dict[str, Person | None] = {}
    everyone = Person.objects.filter(active=True).annotate(mail=Lower("email"))
    boxes = {name.partition("@")[0] for name in names}
    near = everyone.filter(mail__in=names) | everyone.filter(sourced_id__in=names)
    for box in boxes - {name for name in names if "@" in name}:
        near = near | everyone.filter(mail__startswith=f"{box}@")
    for person in near.distinct():
        mail = person.email.lower()
        for name in {mail, mail.partition("@")[0], (person.sourced_id or "").lower()} - {""}:
            found[name] = person if found.get(name, person) == person else None
    return {name: person for name, person in found.items() if person}


def _came(one: Accounting, person: Person) -> int:
    """1 when somebody's place is another one now; an update that changes nothing is 0."""
    ends = timezone.now() + STAYS
    changed = 0
    if one.mac:
        mac = read_mac(one.mac)
        changed += not SignIn.objects.filter(
            mac=mac, person=person, ends_at__gt=timezone.now()
        ).exists()
        SignIn.objects.update_or_create(mac=mac, defaults={"person": person, "ends_at": ends})
    for network in one.addresses:
        told = {
            "mac": read_mac(one.mac) if one.mac else "",
            "person": person,
            "source": Presence.Source.RADIUS,
        }
        changed += not Presence.objects.filter(network=network, **told).exists()
        Presence.objects.update_or_create(network=network, defaults={**told, "ends_at": ends})
    return int(bool(changed))


def _left(one: Accounting) -> int:
    found = Presence.objects.filter(network__in=one.addresses, source=Presence.Source.RADIUS)
    gone, _ = found.delete()
    if one.mac:
        signed, _ = SignIn.objects.filter(mac=read_mac(one.mac)).delete()
        gone += signed
    return int(bool(gone))


@transaction.atomic
def forget_old(*, actor: Actor = FEEDS) -> Noted:
    """Drop what has ended."""
    now = timezone.now()
    gone, _ = Presence.objects.filter(ends_at__lte=now).delete()
    signed, _ = SignIn.objects.filter(ends_at__lte=now).delete()
    return _told(actor, "ended", Noted(0, gone + signed))


def _told(actor: Actor, source: str, noted: Noted) -> Noted:
    """One leaf for all, in numbers: who is where is in the seating parts, which stay."""
    if noted:
        record(
            actor=actor,
            verb="note presence",
            object=str(source),
            detail={"came": noted.came, "went": noted.went},
        )
    return noted


@dataclass(frozen=True)
class Found:
    """An address or machine, and whose it is: a person, or anybody at a device's site."""

    where: str
    person: int | None
    site: int | None


def present_networks(at: datetime) -> Iterator[Found]:
    """Addresses whose holder is known: by RADIUS, by who signed in with the machine, or whose
    machine it is."""
    signed = dict(SignIn.objects.filter(ends_at__gt=at).values_list("mac", "person"))
    devices = {
        mac: (person, site)
        for mac, person, site in Device.objects.exclude(mac=None).values_list(
            "mac", "person", "site"
        )
    }
    rows = Presence.objects.current(at).values_list("network", "mac", "person")
    for network, mac, person in rows:
        owner, site = devices.get(mac, (None, None))
        whose = person or signed.get(mac) or owner
        if whose or site:
            yield Found(network, whose, site)


def signed_in(at: datetime) -> dict[str, int]:
    """MAC address → who signed in with that machine."""
    return dict(SignIn.objects.filter(ends_at__gt=at).values_list("mac", "person"))
