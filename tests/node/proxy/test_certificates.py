"""Devices that show the proxy a certificate: good ones, bad ones, and what it counts for."""

from __future__ import annotations

import json
import ssl
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import cast

import pytest

from hornbook.kernel.seating import Key, Seat
from hornbook.node.devices import issuing
from hornbook.node.devices.browsers import edge
from hornbook.node.devices.facts import facts_of
from hornbook.node.devices.issuing import Identity
from hornbook.node.partstore import PartStore
from hornbook.node.proxy import authority as inspection
from tests.node.dns.conftest import rows, until
from tests.node.proxy.chromium import chromium
from tests.node.proxy.conftest import ADULT, GAMES, LOOKED, OPEN, TOKEN, House, Reply, made, publish
from tests.node.proxy.talk import Talk
from tests.node.proxy.test_browser_inside import trust

TEACHER = Seat("person-teacher", "teacher", "north")
CART = Seat("", "student", "north")
PUPIL = Seat("person-student", "student", "north")
TOKEN_OPTION = ("--proxy-user", f"device:{TOKEN}")


@dataclass
class District:
    """A house whose proxy asks for certificates, and those of its devices."""

    house: House
    folder: Path
    laptop: Identity
    cart: Identity
    phone: Identity

    def keys(self, *but: Identity) -> list[Key]:
        seats = ((self.laptop, TEACHER), (self.cart, CART), (self.phone, PUPIL))
        return [Key(one.fingerprint, seat) for one, seat in seats if one not in but]

    def publish(self, *but: Identity) -> None:
        publish(self.house.instance.parts, look=True, certificates=self.keys(*but))

    def show(self, identity: Identity) -> tuple[str, ...]:
        """As curl shows it."""
        path = self.folder / f"{identity.fingerprint.hex()[:16]}.pem"
        path.write_bytes(identity.pem())
        return ("--proxy-cert", str(path))

    def asks(self, identity: Identity | None, host: str, *options: str) -> Reply:
        shown = self.show(identity) if identity else ()
        return self.house.http(host, "/", *shown, *options, scheme="https")

    def connected(self, identity: Identity | None, protocol: str) -> Talk:
        """A connection to the proxy of a client that shows this certificate."""
        context = ssl.create_default_context(cafile=self.house.ca)
        context.set_alpn_protocols([protocol])
        if identity:
            context.load_cert_chain(self.show(identity)[1])
        return Talk(self.house.ports.proxy, context)


def identity(house: House, days: float = 30) -> Identity:
    ends_at = datetime.now(UTC) + timedelta(days=days)
    return issuing.issue(issuing.settle(house.instance), "asset-1", ends_at)


@pytest.fixture(scope="module")
def district(needs_envoy: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[District]:
    with made(tmp_path_factory.mktemp("district")) as house:
        settings = house.instance.settings()
        house.instance.save(replace(settings, proxy_certificates=True))
        folder = tmp_path_factory.mktemp("devices")
        found = District(house, folder, identity(house), identity(house), identity(house))
        found.publish()
        house.start_backend()
        house.start_front()
        yield found


def test_a_device_is_known_by_its_certificate(district: District) -> None:
    assert district.asks(None, GAMES).status == 403
    assert district.asks(district.laptop, GAMES).status == 200
    assert district.asks(district.phone, GAMES).status == 403
    secure = district.house.https(GAMES, *district.show(district.laptop), scheme="https")
    assert (secure.connect, secure.body) == (200, "origin / ")


def test_the_rows_name_whom_the_device_is_of(district: District) -> None:
    district.asks(district.laptop, OPEN)

    def written() -> bool:
        found = rows(district.house.instance)
        return any((row["name"], row["person"]) == (OPEN, "person-teacher") for row in found)

    until(written, 10)


def test_a_persons_device_is_stronger_than_a_token_and_a_shared_one_is_not(
    district: District,
) -> None:
    assert district.asks(district.phone, GAMES, *TOKEN_OPTION).status == 403
    assert district.asks(district.cart, GAMES).status == 403
    assert district.asks(district.cart, GAMES, *TOKEN_OPTION).status == 200
    assert district.asks(district.laptop, GAMES, "--proxy-user", "device:unknown").status == 200


def others(house: House, folder: Path) -> dict[str, Identity]:
    """Certificates that shall be worth nothing, each with its key."""
    mine = issuing.settle(house.instance)
    other = issuing.rotate(replace(house.instance, root=folder / "elsewhere"))
    forged = issuing.Authority(mine.certificate, other.key)
    looks = inspection.settle(house.instance)
    soon = datetime.now(UTC) + timedelta(days=3)
    return {
        "of another district": issuing.issue(other, "asset-1", soon),
        "signed with another key": issuing.issue(forged, "asset-1", soon),
        "by the authority for pages": issuing.issue(
            issuing.Authority(looks.certificate, looks.key), "asset-1", soon
        ),
        "ended": issuing.issue(mine, "asset-1", datetime.now(UTC) - timedelta(hours=1)),
        "not on any list": identity(house),
    }


def test_a_certificate_that_is_not_good_is_worse_than_none(
    district: District, tmp_path: Path
) -> None:
    """Even where the seating would know it, and from a teacher's address: its holder is nobody."""
    bad = others(district.house, tmp_path)
    known = [Key(one.fingerprint, TEACHER) for name, one in bad.items() if "list" not in name]
    publish(district.house.instance.parts, look=True, certificates=[*district.keys(), *known])
    settled(district)
    try:
        for name, one in bad.items():
            shown = district.show(one)
            at_home = district.house.http(GAMES, "/", *shown, scheme="https", source="127.0.0.4")
            assert at_home.status == 403, name
            assert district.asks(one, OPEN).status == 200, name
            assert district.asks(one, GAMES, *TOKEN_OPTION).status == 200, name
    finally:
        district.publish()
        settled(district)


def settled(district: District) -> None:
    """Wait until the parts that were published last are in force."""
    current = PartStore(district.house.instance.parts).current()
    assert current is not None

    def serves() -> bool:
        beat = district.house.instance.heartbeat("proxy") or {}
        return bool(beat["parts"]["seating"] == current.seating)

    until(serves, 10)


@pytest.mark.parametrize("protocol", ["h2", "http/1.1"])
def test_a_revoked_one_ends_within_a_second_on_a_connection_that_is_open(
    district: District, protocol: str
) -> None:
    url = f"http://{GAMES}:{district.house.plain.port}/"
    with district.connected(district.laptop, protocol) as talk:
        assert talk.get(url).status == 200
        district.publish(district.laptop)
        try:
            until(lambda: talk.get(url).status == 403, 2)
        finally:
            district.publish()
        until(lambda: talk.get(url).status == 200, 2)


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_no_session_is_taken_up_again_without_its_certificate(
    district: District, version: ssl.TLSVersion
) -> None:
    """Else a connection would count for a certificate that nobody has looked at."""
    context = ssl.create_default_context(cafile=district.house.ca)
    context.minimum_version = context.maximum_version = version
    context.load_cert_chain(district.show(district.laptop)[1])
    url = f"http://{GAMES}:{district.house.plain.port}/"
    with Talk(district.house.ports.proxy, context) as first:
        assert first.get(url).status == 200
        session = first.session
    with Talk(district.house.ports.proxy, context, session=session) as second:
        assert second.get(url).status == 200
        assert not second.resumed


def test_on_one_http2_connection_each_request_is_somebody(district: District) -> None:
    """Together, in one go: without credentials, with a token, with a bad one, and again without."""
    url = f"http://{GAMES}:{district.house.plain.port}/"
    good = (("proxy-authorization", "Basic dDNhY2hlci0wMTIzNDU2Nzg5YWJjZGVmOg=="),)
    bad = (("proxy-authorization", "Basic bm9ib2R5Og=="),)
    with district.connected(district.cart, "h2") as talk:
        for _ in range(5):
            told = talk.get_all(url, [(), good, bad, (), good])
            assert [one.status for one in told] == [403, 200, 403, 403, 200]
    with district.connected(None, "h2") as talk:
        assert [one.status for one in talk.get_all(url, [(), good, ()])] == [403, 200, 403]


def test_a_token_of_another_site_brings_that_sites_rules_and_no_persons(
    district: District,
) -> None:
    """Whoever takes a device's token along is what that device was, but for a person's device."""
    south = Key(sha256(b"token-of-the-south").digest(), Seat("", "student", "south"))
    publish(
        district.house.instance.parts,
        look=True,
        certificates=district.keys(),
        tokens=[south],
    )
    settled(district)
    option = ("--proxy-user", "device:token-of-the-south")
    try:
        assert district.asks(district.laptop, GAMES, *option).status == 200
        assert district.asks(district.cart, GAMES, *option).status == 403
        page = district.house.curl(
            "http://proxy.hornbook.internal/", *option, source="127.0.0.4", scheme="https"
        )
        assert "student, south" in page.body
    finally:
        district.publish()
        settled(district)


def test_a_header_names_no_certificate_and_origins_see_none(district: District) -> None:
    fingerprint = district.laptop.fingerprint.hex()
    forged = (
        *("-H", f"x-forwarded-client-cert: Hash={fingerprint}"),
        *("-H", f"x-client-cert: {fingerprint}"),
        *("-H", f"hornbook.told: x|{OPEN}:1|127.0.0.4|{fingerprint}||"),
        *("-H", f"proxy-authorization: Basic {fingerprint}"),
    )
    assert district.asks(None, GAMES, *forged).status == 403
    assert district.asks(district.laptop, OPEN, *forged[:2]).status == 200
    fields = district.house.plain.asked[-1][2]
    assert fields.get("x-forwarded-client-cert", "") in ("", f"Hash={fingerprint}")
    assert set(fields) <= {
        *("host", "user-agent", "accept", "x-client-cert", "x-forwarded-client-cert")
    }
    plain = district.house.http(GAMES, "/", *forged)
    assert plain.status == 403


def test_inside_a_tunnel_it_is_who_opened_the_tunnel(district: District) -> None:
    """Pupils' social sites are looked into, teachers' are not: each by the certificate alone."""
    house = district.house
    ca = ("--cacert", str(house.instance.root / "inspection" / "ca.pem"))
    url = f"https://{LOOKED}:{house.secure.port}/"
    phone = (*district.show(district.phone), *ca)
    inside = house.curl(url, *phone, scheme="https", source="127.0.0.4")
    assert (inside.connect, inside.status) == (200, 200)
    laptop = (*district.show(district.laptop), *ca)
    assert house.curl(url, *laptop, scheme="https").status == 0
    closed = house.curl(f"https://{ADULT}:{house.secure.port}/", *phone, scheme="https")
    assert (closed.status, "PRO-1@1" in closed.head) == (403, True)
    token = ("-H", "proxy-authorization: Basic dDNhY2hlci0wMTIzNDU2Nzg5YWJjZGVmOg==")
    games = f"https://{GAMES}:{house.secure.port}/"
    assert house.curl(games, *phone, *token, scheme="https").status == 403


def test_what_an_authority_signed_outlives_it_and_the_new_one_signs_at_once(
    district: District,
) -> None:
    before = issuing.settle(district.house.instance).certificate
    after = issuing.rotate(district.house.instance).certificate
    assert [after, before] == issuing.trusted(district.house.instance)[:2]
    newest = identity(district.house)
    keys = [*district.keys(), Key(newest.fingerprint, TEACHER)]
    publish(district.house.instance.parts, look=True, certificates=keys)
    settled(district)
    until(lambda: district.asks(newest, GAMES).status == 200, 10)
    assert district.asks(district.laptop, GAMES).status == 200
    folder = district.house.instance.root / issuing.FOLDER
    assert [(folder / name).stat().st_mode & 0o777 for name in ("ca.key", ".")] == [0o600, 0o700]


def test_without_the_setting_nobody_is_asked_for_a_certificate(
    needs_envoy: None, tmp_path: Path
) -> None:
    with made(tmp_path) as house:
        publish(house.instance.parts)
        house.start_backend()
        house.start_front()
        shown = tmp_path / "device.pem"
        shown.write_bytes(identity(house).pem())
        reply = house.http(GAMES, "/", "--proxy-cert", str(shown), "-v", scheme="https")
        assert (reply.status, "Request CERT" in reply.head) == (403, False)


@pytest.mark.browser
@pytest.mark.parametrize("has_one", [True, False])
def test_chromium_shows_it_by_the_rule_in_our_files_and_goes_on_without(
    district: District, program: Callable[..., str], tmp_path: Path, has_one: bool
) -> None:
    """The policy stands in the profile, as Chromium keeps it: no file of the machine is touched."""
    house = district.house
    trust(program("certutil"), tmp_path, {"ours": Path(house.ca)})
    if has_one:
        bring_in(program("pk12util"), tmp_path, district.laptop)
    facts = facts_of(house.instance, host="localhost")
    (told,) = cast(list[str], edge(facts)["AutoSelectCertificateForUrls"])
    rule = json.loads(told)
    setting = {f"{rule['pattern']},*": {"setting": {"filters": [rule["filter"]]}}}
    exceptions = {"exceptions": {"auto_select_certificate": setting}}
    preferences = tmp_path / "profile" / "Default" / "Preferences"
    preferences.parent.mkdir(parents=True)
    preferences.write_text(json.dumps({"profile": {"content_settings": exceptions}}))
    flag = f"--proxy-server=https://localhost:{house.ports.proxy}"
    with chromium(program("chromium", "google-chrome"), tmp_path, flag) as browser:
        tab = browser.new_page()
        found = tab.goto(f"http://{GAMES}:{house.plain.port}/page")
        assert found is not None
        assert found.status == (200 if has_one else 403)


def bring_in(pk12util: str, home: Path, identity: Identity) -> None:
    """Import the file that a device is given, as its README says."""
    file = home / "device.p12"
    file.write_bytes(identity.pkcs12("asset-1", "a password"))
    store = f"sql:{home / '.pki' / 'nssdb'}"
    subprocess.run([pk12util, "-d", store, "-i", str(file), "-W", "a password"], check=True)
