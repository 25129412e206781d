"""Certificates of devices: made once, known to the nodes until they end, a leaf for each."""

from __future__ import annotations

import argparse
import json
import plistlib
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, pkcs12
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone
from pytest_django import Settings as DjangoSettings

from hornbook.district.filtering.defaults import ensure_defaults
from hornbook.district.filtering.publishing import publish, publish_seating, store_of
from hornbook.district.ledger.actions import Actor
from hornbook.district.ledger.models import Leaf
from hornbook.district.people import certificate_command
from hornbook.district.people.actions import issue_token, revoke_token
from hornbook.district.people.certificate_actions import issue_certificate, rotate_authority
from hornbook.district.people.certificate_command import CertificateError
from hornbook.district.people.models import Device, Person, Role, Token
from hornbook.district.policy.models import ClauseText
from hornbook.instance import Instance, InstanceError, Settings
from hornbook.kernel.seating import Seat as Known
from hornbook.node.devices import issuing
from tests.district.conftest import MakePerson, Sites
from tests.district.people.test_device_pages import unpacked

ClientFor = Callable[[Person | None], Client]
ONE = "/people/devices/one/"
WANTED = {"one-tag": "LAP 7/b", "one-what": "certificate", "one-days": "30"}


@pytest.fixture
def instance(
    tmp_path: Path, settings: DjangoSettings, policy_in_force: dict[str, ClauseText], actor: Actor
) -> Instance:
    """A published district in a data folder of its own."""
    found = Instance(tmp_path / "data")
    found.save(Settings(dns_name="filter.district.example", proxy_certificates=True))
    settings.INSTANCE = found
    ensure_defaults(actor=actor)
    publish(actor=actor)
    return found


@pytest.fixture
def laptop(sites: Sites, student: Person) -> Device:
    return Device.objects.create(tag="LAP 7/b", person=student, site=sites.maple)


def behind(fingerprint: bytes) -> Known:
    """The seat in service of whoever shows that certificate."""
    current = store_of().current()
    assert current is not None
    found = store_of().load(current).seating
    return found.seats[int(found.by_certificate([fingerprint], now=time.time())[0])]


def soon(days: float = 30) -> datetime:
    return timezone.now() + timedelta(days=days)


def test_a_device_is_its_person_and_a_site_is_nobody_in_particular(
    instance: Instance, actor: Actor, laptop: Device, student: Person, sites: Sites
) -> None:
    own = issue_certificate(actor=actor, holder=laptop, label="Proxy", ends_at=soon())
    site = issue_certificate(actor=actor, holder=sites.oak, label="Kiosks", ends_at=soon())
    publish_seating(actor=actor)
    assert behind(own.identity.fingerprint).person == str(student.key)
    assert behind(site.identity.fingerprint) == Known("", "guests", "oak")
    revoke_token(actor=actor, token=own.token)
    publish_seating(actor=actor)
    assert behind(own.identity.fingerprint).person == ""
    verbs = Leaf.objects.filter(object=str(own.token.key)).values_list("verb", flat=True)
    assert set(verbs) == {"issue certificate", "revoke certificate"}


def test_a_certificate_is_no_token_and_a_token_no_certificate(
    instance: Instance, actor: Actor, laptop: Device, student: Person
) -> None:
    """What everybody may see of a certificate is worth nothing as a password."""
    made = issue_certificate(actor=actor, holder=laptop, label="Proxy", ends_at=soon())
    secret = issue_token(actor=actor, holder=laptop, label="Proxy").secret
    publish_seating(actor=actor)
    assert behind(sha256(secret.encode()).digest()).person == ""
    current = store_of().current()
    assert current is not None
    seating = store_of().load(current).seating
    shown = made.identity.certificate.public_bytes(Encoding.DER)
    assert seating.by_token([shown], now=time.time()).tolist() == [0]
    assert seating.seats[int(seating.by_token([secret.encode()])[0])].person == str(student.key)


def test_what_cannot_be_certified_is_refused(
    instance: Instance, actor: Actor, laptop: Device, student: Person
) -> None:
    with pytest.raises(ValueError, match="in the future"):
        issue_certificate(actor=actor, holder=laptop, label="x", ends_at=soon(-1))
    with pytest.raises(ValueError, match="name the certificate"):
        issue_certificate(actor=actor, holder=laptop, label=" ", ends_at=soon())
    with pytest.raises(InstanceError, match="before the certificate would"):
        issue_certificate(actor=actor, holder=laptop, label="x", ends_at=soon(365 * 11))
    with pytest.raises(IntegrityError), transaction.atomic():
        Token.objects.create(sha256="0" * 64, label="x", person=student, kind="certificate")
    assert not Token.objects.exists()


def test_another_authority_signs_and_the_old_ones_certificates_stay(
    instance: Instance, actor: Actor, laptop: Device, student: Person
) -> None:
    before = issue_certificate(actor=actor, holder=laptop, label="Proxy", ends_at=soon())
    made = rotate_authority(actor=actor)
    after = issue_certificate(actor=actor, holder=laptop, label="Proxy", ends_at=soon())
    after.identity.certificate.verify_directly_issued_by(made)
    first, second = issuing.trusted(instance)
    assert first == made
    before.identity.certificate.verify_directly_issued_by(second)
    publish_seating(actor=actor)
    for one in (before, after):
        assert behind(one.identity.fingerprint).person == str(student.key)
    assert Leaf.objects.filter(verb="rotate authority").count() == 1


def test_it_makes_the_files_of_one_device_of_its_site(
    instance: Instance,
    laptop: Device,
    student: Person,
    make_person: MakePerson,
    sites: Sites,
    client_for: ClientFor,
) -> None:
    answer = client_for(make_person("Ivo Itmaple", Role.IT, sites.maple)).post(ONE, WANTED)
    made = unpacked(answer.content)
    assert set(made) == {"LAP_7_b.p12", "LAP_7_b.mobileconfig", "README.txt"}
    told = made["README.txt"].decode()
    password = told.partition("Password")[2].split()[0].encode()
    key, certificate, _ = pkcs12.load_key_and_certificates(made["LAP_7_b.p12"], password)
    assert key is not None
    assert certificate is not None
    assert key.public_key() == certificate.public_key()
    (payload,) = plistlib.loads(made["LAP_7_b.mobileconfig"])["PayloadContent"]
    assert payload["Password"] == password.decode()
    again = pkcs12.load_key_and_certificates(payload["PayloadContent"], password)
    assert again[1] == certificate
    token = Token.objects.get()
    assert (token.kind, token.device) == ("certificate", laptop)
    assert behind(bytes.fromhex(token.sha256)).person == str(student.key)
    assert password.decode() not in str(list(Leaf.objects.values_list("detail", "object")))


def test_or_with_a_token_of_the_devices_own(
    instance: Instance, laptop: Device, it_admin: Person, client_for: ClientFor
) -> None:
    answer = client_for(it_admin).post(ONE, WANTED | {"one-what": "token"})
    made = unpacked(answer.content)
    token = Token.objects.get()
    assert (token.kind, token.device) == ("token", laptop)
    assert "the device LAP 7/b" in made["README.txt"].decode()
    policies = json.loads(made["chrome.json"])
    secret = policies["DnsOverHttpsTemplates"].rpartition("/")[2].removesuffix("{?dns}")
    assert sha256(secret.encode()).hexdigest() == token.sha256
    assert "AutoSelectCertificateForUrls" in policies


def test_others_get_none_and_what_one_device_has_is_ended_by_it_of_its_site(
    instance: Instance,
    laptop: Device,
    it_admin: Person,
    principal: Person,
    make_person: MakePerson,
    sites: Sites,
    client_for: ClientFor,
) -> None:
    other = make_person("Ola Itoak", Role.IT, sites.oak)
    assert client_for(principal).post(ONE, WANTED).status_code == 404
    refused = client_for(other).post(ONE, WANTED)
    assert (refused.status_code, Token.objects.count()) == (422, 0)
    assert "No device of your sites has this asset id" in refused.content.decode()
    client_for(it_admin).post(ONE, WANTED)
    token = Token.objects.get()
    address = f"/people/devices/{token.key}/revoke/"
    assert client_for(other).post(address).status_code == 404
    page = client_for(it_admin).post(address, follow=True).content.decode()
    assert "The certificate “Proxy” of LAP 7/b is revoked." in page
    assert behind(bytes.fromhex(token.sha256)).person == ""


def command(instance: Instance, *words: str) -> int:
    parser = argparse.ArgumentParser()
    certificate_command.configure(parser)
    return certificate_command.run(parser.parse_args(words), instance)


def test_on_the_command_line(
    instance: Instance,
    laptop: Device,
    student: Person,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = tmp_path / "out"
    command(instance, "issue", "--device", laptop.tag, "--out", str(out))
    told = dict(line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines())
    assert {path.stat().st_mode & 0o777 for path in out.iterdir()} == {0o600}
    assert {path.suffix for path in out.iterdir()} == {".p12", ".mobileconfig"}
    body = (out / "LAP_7_b.p12").read_bytes()
    _, certificate, _ = pkcs12.load_key_and_certificates(body, told["password"].split()[0].encode())
    assert certificate is not None
    command(instance, "list", "--json")
    (listed,) = json.loads(capsys.readouterr().out)
    assert listed["holder"] == "device LAP 7/b"
    assert behind(bytes.fromhex(listed["sha256"])).person == str(student.key)
    command(instance, "rotate")
    command(instance, "revoke", listed["key"])
    assert behind(bytes.fromhex(listed["sha256"])).person == ""
    capsys.readouterr()
    command(instance, "list")
    assert capsys.readouterr().out == "There is no certificate.\n"


def test_it_says_what_it_does_not_know(instance: Instance, tmp_path: Path) -> None:
    with pytest.raises(CertificateError, match="“LAP-9” is not known"):
        command(instance, "issue", "--device", "LAP-9", "--out", str(tmp_path))
    with pytest.raises(CertificateError, match="There is no certificate"):
        command(instance, "revoke", "0" * 32)
    (tmp_path / "file").touch()
    with pytest.raises(CertificateError, match="cannot be used"):
        command(instance, "issue", "--site", "maple", "--out", str(tmp_path / "file" / "x"))
    assert not Token.objects.exists()


def test_one_that_would_outlive_its_authority_is_told_on_the_page(
    instance: Instance, laptop: Device, it_admin: Person, client_for: ClientFor
) -> None:
    answer = client_for(it_admin).post(ONE, WANTED | {"one-days": "3650"})
    assert answer.status_code == 422
    assert "Choose fewer days" in answer.content.decode()
    assert not Token.objects.exists()
