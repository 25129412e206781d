"""From a packet or a lease file to the seat at an address."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from pytest_django import Settings

from hornbook.district.filtering.models import Publication
from hornbook.district.filtering.publishing import publish, store_of
from hornbook.district.ledger.actions import Actor
from hornbook.district.ledger.models import Leaf
from hornbook.district.people.feeds import SECRET, Feeds
from hornbook.district.people.models import Device, Person, Presence, Seat, SignIn
from hornbook.district.policy.models import ClauseText
from hornbook.instance import Instance
from hornbook.node.seating.radius import RESPONSE
from tests.district.conftest import Sites
from tests.node.seating.test_radius import ADDRESS, START, STATION, STOP, attribute, packet, status

MAC = "aa:bb:cc:00:11:22"


@pytest.fixture
def feeds(
    tmp_path: Path, settings: Settings, policy_in_force: dict[str, ClauseText], actor: Actor
) -> Feeds:
    instance = Instance(tmp_path / "data")
    settings.INSTANCE = instance
    leases = tmp_path / "dnsmasq.leases"
    leases.write_text("")
    instance.save(
        replace(
            instance.settings(),
            radius_from=("127.0.0.0/8",),
            radius_port=0,
            dhcp_leases=(str(leases),),
        )
    )
    publish(actor=actor)
    return Feeds(instance)


Send = Callable[..., bytes]


@pytest.fixture
def send(feeds: Feeds) -> Send:
    """Send a request to the listener, let it take its turn, and give its answer."""

    def sent(*attributes: bytes, secret: bytes | None = None) -> bytes:
        known = feeds.instance.secret(SECRET).encode()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.settimeout(0.3)
            sock.sendto(packet(*attributes, secret=secret or known), ("127.0.0.1", feeds.port))
            feeds.turn()
            try:
                return sock.recv(4096)
            except TimeoutError:
                return b""

    return sent


def sits_at(address: str) -> str:
    current = store_of().current()
    assert current is not None
    seating = store_of().load(current).seating
    return seating.seats[seating.by_address(address)].person


def test_who_signs_in_sits_there_until_they_leave(send: Send, owner: Person) -> None:
    user = attribute(1, owner.email.upper().encode())
    assert send(status(START), user, STATION, ADDRESS)[:1] == bytes([RESPONSE])
    assert sits_at("10.1.2.3") == str(owner.key)
    send(status(STOP), user, STATION, ADDRESS)
    assert sits_at("10.1.2.3") == ""
    assert not SignIn.objects.exists()
    assert Leaf.objects.filter(verb="note presence").count() == 2


def test_an_update_that_changes_nothing_publishes_nothing(send: Send, owner: Person) -> None:
    user = attribute(1, owner.email.encode())
    send(status(START), user, STATION, ADDRESS)
    before = Publication.objects.count()
    send(status(3), user, STATION, ADDRESS)
    assert Publication.objects.count() == before


def test_what_cannot_be_believed_has_no_answer_and_no_effect(send: Send, owner: Person) -> None:
    user = attribute(1, owner.email.encode())
    assert send(status(START), user, STATION, ADDRESS, secret=b"guess") == b""
    assert not Presence.objects.exists()


def test_only_named_networks_are_heard(feeds: Feeds, send: Send, owner: Person) -> None:
    feeds._networks = []
    user = attribute(1, owner.email.encode())
    assert send(status(START), user, STATION, ADDRESS) == b""
    assert feeds.counts["dropped"] == 1


def test_a_name_that_two_people_have_stands_for_nobody(
    send: Send, owner: Person, colleague: Person
) -> None:
    Person.objects.filter(pk=colleague.pk).update(email="olive.owner@elsewhere.test")
    send(status(START), attribute(1, b"olive.owner"), STATION, ADDRESS)
    assert sits_at("10.1.2.3") == ""


def test_a_lease_gives_its_machine_s_person_the_address(
    feeds: Feeds, send: Send, owner: Person, student: Person, sites: Sites
) -> None:
    Device.objects.create(tag="L-1", person=student, site=sites.maple, mac=MAC)
    Path(feeds.settings.dhcp_leases[0]).write_text(f"{time.time() + 999:.0f} {MAC} 10.9.9.9 x *\n")
    feeds.turn()
    assert sits_at("10.9.9.9") == str(student.key)
    send(status(START), attribute(1, owner.email.encode()), STATION)
    assert sits_at("10.9.9.9") == str(owner.key), "who signed in with the machine is nearer"
    Path(feeds.settings.dhcp_leases[0]).write_text("\n")
    feeds.turn()
    assert sits_at("10.9.9.9") == ""


def test_an_address_given_for_good_stays_whose_it_is(
    feeds: Feeds, send: Send, owner: Person, student: Person
) -> None:
    Seat.objects.create(network="10.1.2.3/32", person=student)
    send(status(START), attribute(1, owner.email.encode()), STATION, ADDRESS)
    assert sits_at("10.1.2.3") == str(student.key)
