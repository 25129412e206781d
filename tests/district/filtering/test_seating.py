"""Who sits where, from the tables to the part: tokens, Chrome's identifiers, MAC addresses."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from django.utils import timezone

from hornbook.district.filtering.compiler.rules import CompileError
from hornbook.district.filtering.models import Profile, Publication
from hornbook.district.filtering.publishing import (
    PublishError,
    publish,
    publish_seating,
    store_of,
)
from hornbook.district.ledger.actions import Actor
from hornbook.district.ledger.models import Leaf
from hornbook.district.people.actions import add_devices, issue_token, revoke_token, rotate_salt
from hornbook.district.people.identifiers import chrome_identifier, chrome_salts
from hornbook.district.people.models import Device, Person, Role, RoleAssignment, Seat
from hornbook.instance import Instance
from hornbook.kernel.seating import Seat as Known
from hornbook.kernel.seating import Seating
from tests.district.conftest import Sites

Sit = Callable[[str, Person], Seat]


def seating() -> Seating:
    current = store_of().current()
    assert current is not None
    return store_of().load(current).seating


def behind(token: str) -> Known:
    """The seat in service of whoever sends that token."""
    found = seating()
    return found.seats[int(found.by_token([token.encode()], now=time.time())[0])]


def test_a_token_brings_the_rules_of_its_holder_anywhere(
    house: Instance, actor: Actor, owner: Person, student: Person, sites: Sites
) -> None:
    device = Device.objects.create(tag="CART-1", site=sites.birch)
    holders = {
        holder: issue_token(actor=actor, holder=holder, label="x").secret
        for holder in (owner, student, device, sites.oak)
    }
    publish(actor=actor)
    found = {holder: behind(secret) for holder, secret in holders.items()}
    assert found == {
        owner: Known(str(owner.key), "staff", "maple"),
        student: Known(str(student.key), "elementary-students", "maple"),
        device: Known("", found[device].profile, "birch"),
        sites.oak: Known("", found[sites.oak].profile, "oak"),
    }
    assert behind("guess").person == ""


def test_a_device_that_somebody_has_brings_their_rules(
    house: Instance, actor: Actor, student: Person, sites: Sites
) -> None:
    mac = "02:00:5e:10:00:01"
    add_devices(
        actor=actor, devices=[Device(tag="LAP-7", person=student, site=sites.birch, mac=mac)]
    )
    publish(actor=actor)
    found = seating()
    octets = np.frombuffer(bytes.fromhex(mac.replace(":", "")), np.uint8).reshape(1, 6)
    expected = Known(str(student.key), "elementary-students", "birch")
    assert found.seats[found.by_mac(octets)[0]] == expected
    assert behind(chrome_identifier(chrome_salts(house)[0], "LAP-7")) == expected


def test_chrome_is_known_by_the_salt_in_use_and_the_one_before(
    house: Instance, actor: Actor, owner: Person
) -> None:
    Person.objects.filter(pk=owner.pk).update(email="Olive.Owner@District.test")
    sent = [chrome_identifier(chrome_salts(house)[0], "olive.owner@district.test")]
    publish(actor=actor)
    for _ in range(2):
        rotate_salt(actor=actor)
        sent.append(chrome_identifier(chrome_salts(house)[0], "olive.owner@district.test"))
        publish_seating(actor=actor)
    assert [behind(identifier).person for identifier in sent] == ["", *[str(owner.key)] * 2]


def test_an_address_that_two_people_share_identifies_nobody(
    house: Instance, actor: Actor, owner: Person, colleague: Person
) -> None:
    Person.objects.filter(pk__in=[owner.pk, colleague.pk]).update(email="office@district.test")
    publish(actor=actor)
    assert behind(chrome_identifier(chrome_salts(house)[0], "office@district.test")).person == ""


def test_who_has_left_is_not_known_by_e_mail(house: Instance, actor: Actor, owner: Person) -> None:
    Person.objects.filter(pk=owner.pk).update(active=False)
    publish(actor=actor)
    assert behind(chrome_identifier(chrome_salts(house)[0], owner.email)).person == ""


def test_a_revoked_token_is_nobody_s_after_seating_anew(
    house: Instance, actor: Actor, owner: Person
) -> None:
    issued = issue_token(actor=actor, holder=owner, label="Phone")
    first = publish(actor=actor)
    revoke_token(actor=actor, token=issued.token)
    second = publish_seating(actor=actor)
    assert second is not None
    assert behind(issued.secret).person == ""
    assert (second.catalogue, second.rulebook) == (first.catalogue, first.rulebook)
    current = store_of().current()
    assert current is not None
    assert (current.number, current.seating) == (2, second.seating)
    assert Leaf.objects.latest("no").verb == "filtering.seated"
    assert publish(actor=actor) == second


def test_a_token_ends_at_its_time_without_a_publication(
    house: Instance, actor: Actor, owner: Person
) -> None:
    ends = timezone.now() + timedelta(hours=1)
    secret = issue_token(actor=actor, holder=owner, label="Trip", ends_at=ends).secret
    publish(actor=actor)
    found, token = seating(), [secret.encode()]
    assert found.by_token(token, now=ends.timestamp() - 2)[0] > 0
    assert found.by_token(token, now=ends.timestamp())[0] == 0


def test_nothing_changes_where_no_seat_changed(house: Instance, actor: Actor) -> None:
    assert publish_seating(actor=actor) is None
    first = publish(actor=actor)
    assert publish_seating(actor=actor) == first
    assert Publication.objects.count() == 1


def test_seats_that_the_rules_in_force_do_not_know_are_not_published(
    house: Instance, actor: Actor, owner: Person, sit: Sit
) -> None:
    publish(actor=actor)
    before = store_of().current()
    Profile.objects.filter(key="staff").update(key="crew")
    sit("10.9.9.9", owner)
    with pytest.raises(PublishError, match="no profile crew"):
        publish_seating(actor=actor)
    assert store_of().current() == before
    assert Publication.objects.count() == 1


def test_seats_of_a_whole_district_are_published(
    house: Instance, actor: Actor, sites: Sites
) -> None:
    """12,000 people with addresses, e-mail and devices."""
    people = Person.objects.bulk_create(
        Person(given_name="P", family_name=str(n), email=f"p{n}@district.test")
        for n in range(12_000)
    )
    start = timezone.localdate()
    RoleAssignment.objects.bulk_create(
        RoleAssignment(person=person, role=Role.STUDENT, site=sites.birch, starts_on=start)
        for person in people
    )
    Seat.objects.bulk_create(
        Seat(network=f"10.{n >> 16}.{n >> 8 & 255}.{n & 255}/32", person=person)
        for n, person in enumerate(people)
    )
    publish(actor=actor)
    secret = issue_token(actor=actor, holder=people[0], label="Phone").secret
    publish_seating(actor=actor)
    assert behind(secret).person == str(people[0].key)


REALMS = {"STAFF.EXAMPLE": ["maple.example"], "AD.EXAMPLE": ["maple.example", "pupils.example"]}


def signed_in(login: str) -> str:
    """The person whom the nodes take for whoever shows a ticket of that principal."""
    found = seating()
    return found.seats[int(found.by_login([login])[0])].person


def test_a_principal_is_who_has_that_name_in_a_mail_domain_of_the_realm(
    house: Instance, actor: Actor, owner: Person, student: Person
) -> None:
    house.save(replace(house.settings(), kerberos_realms=REALMS))
    Person.objects.filter(pk=owner.pk).update(email="Olive.Stone@maple.example")
    Person.objects.filter(pk=student.pk).update(email="sam@pupils.example")
    publish(actor=actor)
    for realm in REALMS:
        assert signed_in(f"olive.stone@{realm}") == str(owner.key)
        assert signed_in(f"OLIVE.STONE@{realm}") == str(owner.key)
    assert signed_in("sam@AD.EXAMPLE") == str(student.key)
    strangers = (
        *("sam@STAFF.EXAMPLE", "sam@ELSEWHERE.EXAMPLE", "sam@pupils.example", "sam@ad.example"),
        *("sam", "@AD.EXAMPLE", "sam/admin@AD.EXAMPLE", "olive.stone@maple.example@AD.EXAMPLE"),
    )
    assert {signed_in(one) for one in strangers} == {""}


def test_a_principal_that_would_be_two_people_is_nobody(
    house: Instance, actor: Actor, owner: Person, student: Person
) -> None:
    house.save(replace(house.settings(), kerberos_realms=REALMS))
    Person.objects.filter(pk=owner.pk).update(email="sam@maple.example")
    Person.objects.filter(pk=student.pk).update(email="sam@pupils.example")
    publish(actor=actor)
    assert signed_in("sam@AD.EXAMPLE") == ""
    assert signed_in("sam@STAFF.EXAMPLE") == str(owner.key)


def test_without_a_realm_no_names_are_given_to_the_nodes(
    house: Instance, actor: Actor, owner: Person
) -> None:
    publish(actor=actor)
    assert not len(seating()._logins._keys)


@pytest.mark.parametrize("realms", [{"AD.EXAMPLE": "maple.example"}, ["AD.EXAMPLE"], "AD.EXAMPLE"])
def test_realms_of_another_shape_are_told_and_change_nothing(
    house: Instance, actor: Actor, realms: Any
) -> None:
    """A text instead of a list would hold each piece of itself as a domain."""
    before = publish(actor=actor)
    house.save(replace(house.settings(), kerberos_realms=realms))
    with pytest.raises(CompileError, match="a list of mail domains"):
        publish_seating(actor=actor)
    assert Publication.objects.first() == before
