"""Tokens: made once, shown once, revoked for ever, and a leaf for each."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from hornbook.district.ledger.actions import Actor
from hornbook.district.ledger.models import Leaf
from hornbook.district.people.actions import add_devices, issue_token, revoke_token
from hornbook.district.people.identifiers import digest
from hornbook.district.people.models import Device, Person, Token
from tests.district.conftest import Sites


def test_a_token_is_kept_as_a_digest_and_never_told_again(owner: Person, actor: Actor) -> None:
    issued = issue_token(actor=actor, holder=owner, label="Olive's laptop at home")
    kept = Token.objects.get()
    assert kept.sha256 == digest(issued.secret).hex()
    assert kept.holder == owner
    leaf = Leaf.objects.get()
    assert (leaf.verb, leaf.object) == ("issue token", str(kept.key))
    assert leaf.detail["holder"] == f"person {owner.key}"
    told = f"{Leaf.objects.values_list()}{Token.objects.values_list()}"
    assert issued.secret not in told


def test_a_token_stands_for_a_device_or_a_site_as_well(
    sites: Sites, student: Person, actor: Actor
) -> None:
    device = Device.objects.create(tag="LAP-7", person=student, site=sites.maple)
    for holder in (device, sites.oak):
        assert issue_token(actor=actor, holder=holder, label="x").token.holder == holder
    with pytest.raises(IntegrityError), transaction.atomic():
        Token.objects.create(sha256="0" * 64, label="x", site=sites.oak, device=device)


def test_a_token_is_good_until_it_ends_or_is_revoked(owner: Person, actor: Actor) -> None:
    now = timezone.now()
    ends = now + timedelta(days=1)
    ending = issue_token(actor=actor, holder=owner, label="A week", ends_at=ends).token
    lasting = issue_token(actor=actor, holder=owner, label="Phone").token
    assert set(Token.objects.good(now)) == {ending, lasting}
    assert set(Token.objects.good(ends)) == {lasting}
    revoke_token(actor=actor, token=lasting)
    assert set(Token.objects.good(now)) == {ending}
    assert [token.is_good(now) for token in (ending, Token.objects.get(pk=lasting.pk))] == [
        True,
        False,
    ]


def test_revoking_twice_is_revoking_once(owner: Person, actor: Actor) -> None:
    token = issue_token(actor=actor, holder=owner, label="Phone").token
    first = revoke_token(actor=actor, token=token).revoked_at
    assert revoke_token(actor=actor, token=token).revoked_at == first
    assert Leaf.objects.filter(verb="revoke token").count() == 1


def test_a_token_without_a_name_or_with_an_end_in_the_past_is_refused(
    owner: Person, actor: Actor
) -> None:
    with pytest.raises(ValueError, match="name the token"):
        issue_token(actor=actor, holder=owner, label="  ")
    with pytest.raises(ValueError, match="in the future"):
        issue_token(actor=actor, holder=owner, label="x", ends_at=timezone.now())
    assert not Leaf.objects.exists()


def test_a_device_keeps_its_mac_address_until_another_is_given(sites: Sites, actor: Actor) -> None:
    add_devices(actor=actor, devices=[Device(tag="T", site=sites.oak, mac="AA-BB-CC-00-11-22")])
    add_devices(actor=actor, devices=[Device(tag="T", site=sites.maple)])
    found = Device.objects.get()
    assert (found.mac, found.site) == ("aa:bb:cc:00:11:22", sites.maple)
    with pytest.raises(ValueError, match="no MAC address"):
        add_devices(actor=actor, devices=[Device(tag="U", site=sites.oak, mac="router")])
