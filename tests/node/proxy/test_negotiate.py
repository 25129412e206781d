"""People who signed in to a Kerberos realm: a real KDC, a real curl, and those who only pretend."""

from __future__ import annotations

import asyncio
import base64
import importlib.util
import os
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from hornbook.instance import Instance, InstanceError, Settings
from hornbook.kernel.seating import Key, Seat, login_digest
from hornbook.node.devices import issuing
from hornbook.node.proxy.negotiate import LONGEST, MOST_WAITING, Acceptor, open_acceptor
from tests.node.dns.conftest import rows, until
from tests.node.proxy import kdc
from tests.node.proxy.chromium import chromium
from tests.node.proxy.conftest import ADULT, GAMES, HELP, LOOKED, OPEN, TOKEN, House, made, publish
from tests.node.proxy.kdc import Realm
from tests.node.proxy.talk import Talk

MISSING = kdc.missing() or (
    "" if importlib.util.find_spec("gssapi") else "no gssapi: install requirements/kerberos.txt"
)
IN_CI = os.environ.get("CI") == "true"  # which must have it
pytestmark = pytest.mark.skipif(bool(MISSING) and not IN_CI, reason=MISSING or "there")

DAY = timedelta(days=1)
REALM, OTHER = "DISTRICT.TEST", "ELSEWHERE.TEST"
ANN = Seat("person-teacher", "teacher", "north")
BEN = Seat("person-ben", "student", "north")
KIOSK = "127.0.0.5"  # no seat; in a network where a person is asked for
LAB = "::1"  # likewise, by IPv6


@dataclass
class District:
    house: House
    realm: Realm
    other: Realm

    def curl(
        self, url: str, realm: Realm, who: str, *options: str, scheme: str = "https", **more: str
    ) -> tuple[int, int, str]:
        """(status, status of CONNECT, all heads) for somebody who has signed in there."""
        source = more.get("source", "127.0.0.1")
        done = subprocess.run(
            [
                *("curl", "-sS", "-m", "15", "-v", "-k", "--interface", source),
                *("-x", f"{scheme}://localhost:{self.house.ports.proxy}"),
                *("--proxy-cacert", self.house.ca, "--proxy-negotiate", "--proxy-user", ":"),
                *("-o", "/dev/null", "-w", "%{http_code} %{http_connect}\n", *options, url),
            ],
            capture_output=True,
            text=True,
            timeout=30,
            env=realm.environment(who),
        )
        status, connect = map(int, done.stdout.split()[-2:])
        return status, connect, done.stderr

    def http(self, host: str, who: str = "ann", realm: Realm | None = None, **more: str) -> int:
        url = f"http://{host}:{self.house.plain.port}/"
        return self.curl(url, realm or self.realm, who, **more)[0]

    def ticket(self, who: str = "ann", realm: Realm | None = None) -> tuple[str, str]:
        """A field with a ticket that was never shown."""
        return (
            "proxy-authorization",
            "Negotiate " + base64.b64encode(token(realm or self.realm, who)).decode(),
        )

    @contextmanager
    def talk(self, protocol: str | None) -> Iterator[Talk]:
        context = ssl.create_default_context(cafile=self.house.ca) if protocol else None
        if context:
            context.set_alpn_protocols([str(protocol)])
        with Talk(self.house.ports.proxy, context, KIOSK) as found:
            yield found


def token(realm: Realm, who: str, service: str = "HTTP@localhost") -> bytes:
    """What a client of SPNEGO would send, made by the library in a process of its own."""
    script = (
        "import gssapi, sys\n"
        f"name = gssapi.Name({service!r}, gssapi.NameType.hostbased_service)\n"
        "spnego = gssapi.OID.from_int_seq('1.3.6.1.5.5.2')\n"
        "context = gssapi.SecurityContext(name=name, usage='initiate', mech=spnego)\n"
        "sys.stdout.buffer.write(context.step())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], env=realm.environment(who), capture_output=True, check=True
    )
    return done.stdout


@pytest.fixture(scope="module")
def realms(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Realm, Realm]]:
    assert not MISSING, f"CI must have it: {MISSING}"
    folder = tmp_path_factory.mktemp("realms")
    ours = Realm(folder / "ours", REALM)
    other = Realm(folder / "other", OTHER)
    for realm in (ours, other):
        for who in ("ann", "ben", "ann/admin"):
            realm.add(who)
            realm.sign_in(who)
    yield ours, other
    ours.close()
    other.close()


@pytest.fixture(scope="module")
def district(
    needs_envoy: None, realms: tuple[Realm, Realm], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[District]:
    with made(tmp_path_factory.mktemp("district")) as house:
        settings = house.instance.settings()
        house.instance.save(
            replace(
                settings,
                kerberos_keytab=str(realms[0].keytab),
                kerberos_asks=(f"{KIOSK}/32", f"{LAB}/128"),
                bind="::",
                proxy_certificates=True,
            )
        )
        logins = [
            Key(login_digest(f"{who}@{REALM}"), seat) for who, seat in (("ann", ANN), ("ben", BEN))
        ]
        cart = issuing.issue(issuing.settle(house.instance), "cart", datetime.now(UTC) + DAY)
        shown = house.instance.root / "cart.pem"
        shown.write_bytes(cart.pem())
        seat = Key(cart.fingerprint, Seat("", "student", "carts"))
        publish(house.instance.parts, look=True, logins=logins, certificates=[seat])
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("KRB5_CONFIG", str(realms[0].folder / "krb5.conf"))
            house.start_backend()
        house.start_front()
        yield District(house, *realms)


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_who_signed_in_to_the_domain_is_known_without_a_question(
    district: District, scheme: str
) -> None:
    assert district.http(GAMES, scheme=scheme, source=KIOSK) == 200
    assert district.http(GAMES, "ben", scheme=scheme, source=KIOSK) == 403
    url = f"https://{GAMES}:{district.house.secure.port}/"
    status, connect, _ = district.curl(url, district.realm, "ann", scheme=scheme, source=KIOSK)
    assert (status, connect) == (200, 200)


def test_the_rows_name_the_person(district: District) -> None:
    district.http(OPEN, "ben", source=KIOSK)

    def written() -> bool:
        found = rows(district.house.instance)
        return any((row["name"], row["person"]) == (OPEN, "person-ben") for row in found)

    until(written, 10)
    assert "Negotiate" not in str(district.house.plain.asked)


def test_where_a_person_is_asked_for_both_ways_are_offered(district: District) -> None:
    reply = district.house.http(OPEN, source=KIOSK)
    assert reply.status == 407
    offers = [line for line in reply.head.splitlines() if line.startswith("proxy-authenticate")]
    assert offers[0] == "proxy-authenticate: Negotiate"
    assert offers[1].startswith("proxy-authenticate: Basic realm=")
    token_option = ("--proxy-user", f"device:{TOKEN}")
    assert district.house.http(GAMES, "/", *token_option, source=KIOSK).status == 200
    assert district.house.http(HELP, source=KIOSK).status == 200
    assert district.house.http(OPEN, source="127.0.0.4").status == 200


@pytest.mark.parametrize("who", ["ann", "ben"])
def test_a_name_of_another_realm_is_nobody(district: District, who: str) -> None:
    """Its ticket is not for us: another KDC made it."""
    assert district.http(OPEN, who, district.other, source=KIOSK) == 407


def test_an_administrators_principal_is_not_the_person(district: District) -> None:
    with district.talk("http/1.1") as talk:
        url = f"http://{GAMES}:{district.house.plain.port}/"
        assert talk.get(url, [district.ticket("ann/admin")]).status == 407


def test_a_ticket_that_was_shown_before_is_refused(district: District) -> None:
    url = f"http://{GAMES}:{district.house.plain.port}/"
    field = district.ticket()
    with district.talk("http/1.1") as talk:
        assert talk.get(url, [field]).status == 200
    for protocol in ("http/1.1", "h2", None):
        with district.talk(protocol) as thief:
            told = thief.get(url, [field])
            assert told.status == 407
            assert told.fields["proxy-authenticate"][0] == "Negotiate"


def test_rubbish_is_refused_and_what_was_good_is_gone_on_that_connection(
    district: District,
) -> None:
    url = f"http://{GAMES}:{district.house.plain.port}/"
    good = district.ticket()
    cut = base64.b64encode(token(district.realm, "ann")[:-30]).decode()
    long = base64.b64encode(b"\x60" + os.urandom(23_000)).decode()
    for rubbish in (
        "",
        "!!!",
        "YII=",
        cut,
        "TlRMTVNTUAABAAAAB4IIogAAAAA=",
        "A" * (LONGEST + 8),
        long,
    ):
        with district.talk("http/1.1") as talk:
            assert talk.get(url, [("proxy-authorization", f"Negotiate {rubbish}")]).status == 407
    with district.talk("http/1.1") as talk:
        assert talk.get(url, [good]).status == 200
        assert talk.get(url).status == 200
        assert talk.get(url, [("proxy-authorization", "Negotiate YII=")]).status == 407
        assert talk.get(url).status == 407


@pytest.mark.parametrize("protocol", ["http/1.1", "h2"])
def test_on_a_shared_device_with_a_certificate_it_is_who_signed_in(
    district: District, protocol: str
) -> None:
    """In a network where persons are asked for, also of a device that is known."""
    url = f"http://{GAMES}:{district.house.plain.port}/"
    context = ssl.create_default_context(cafile=district.house.ca)
    context.set_alpn_protocols([protocol])
    context.load_cert_chain(district.house.instance.root / "cart.pem")
    with Talk(district.house.ports.proxy, context, KIOSK) as talk:
        assert talk.get(url).status == 407
        assert talk.get(url, [district.ticket("ann")]).status == 200
        assert talk.get(url, [district.ticket("ben")]).status == 403
    with Talk(district.house.ports.proxy, context, "127.0.0.9") as elsewhere:
        page = elsewhere.get("http://proxy.hornbook.internal/")
        assert b"student, carts" in page.body


def test_over_http1_a_ticket_holds_for_its_connection_and_for_no_other(
    district: District,
) -> None:
    url = f"http://{GAMES}:{district.house.plain.port}/"
    for protocol in ("http/1.1", None):
        with (
            district.talk(protocol) as ann,
            district.talk(protocol) as ben,
            district.talk(protocol) as eve,
        ):
            assert ann.get(url, [district.ticket()]).status == 200
            assert ben.get(url, [district.ticket("ben")]).status == 403
            for _ in range(3):
                told = [one.get(url).status for one in (ann, ben, eve)]
                assert told == [200, 403, 407]
            assert ann.get(url, [district.ticket("ben")]).status == 403
            assert ann.get(url).status == 403


def test_a_connection_is_somebodys_no_longer_than_the_ticket(district: District) -> None:
    url = f"http://{GAMES}:{district.house.plain.port}/"
    district.realm.add("cal")
    district.realm.sign_in("cal", "4s")
    with district.talk("http/1.1") as talk:
        assert talk.get(url, [district.ticket("cal")]).status == 403  # a guest, by a good ticket
        assert talk.get(url).status == 403
        until(lambda: talk.get(url).status == 407, kdc.SKEW + 30)


def test_over_http2_each_request_is_somebody(district: District) -> None:
    url = f"http://{GAMES}:{district.house.plain.port}/"
    with district.talk("h2") as talk:
        for _ in range(3):
            each = [[district.ticket()], [], [district.ticket("ben")], [], [district.ticket()]]
            told = [one.status for one in talk.get_all(url, each)]
            assert told == [200, 407, 403, 407, 200]


def test_behind_another_proxy_a_ticket_holds_for_its_request_alone(district: District) -> None:
    url = f"http://{GAMES}:{district.house.plain.port}/"
    via = ("via", "1.1 cache.district.test")
    with district.talk("http/1.1") as talk:
        assert talk.get(url, [via, district.ticket()]).status == 200
        assert talk.get(url, [via]).status == 407
        assert talk.get(url).status == 407
        assert talk.get(url, [district.ticket()]).status == 200
        assert talk.get(url, [via]).status == 407


def test_nobody_says_by_a_header_who_they_are(district: District) -> None:
    forged = [
        ("proxy-authorization", f"login ann@{REALM}"),
        ("hornbook.connection", "0"),
        ("hornbook.told", f"x|{OPEN}:1|127.0.0.4||ann@{REALM}|"),
        ("x-remote-user", f"ann@{REALM}"),
    ]
    url = f"http://{GAMES}:{district.house.plain.port}/"
    for protocol in ("http/1.1", "h2"):
        with district.talk(protocol) as talk:
            for field in forged:
                assert talk.get(url, [field]).status in (403, 407), field
            assert talk.get(url, [("proxy-authorization", f"Basic |ann@{REALM}|")]).status != 200


def test_inside_a_tunnel_it_is_who_opened_it(district: District) -> None:
    """Pupils are looked into; what a request inside says of itself counts nothing."""
    ca = ("--cacert", str(district.house.instance.root / "inspection" / "ca.pem"))
    port = district.house.secure.port
    url = f"https://{LOOKED}:{port}/"
    own = ("-H", f"proxy-authorization: Negotiate {district.ticket()[1].split()[1]}")
    status, connect, _ = district.curl(url, district.realm, "ben", *ca, *own, source=KIOSK)
    assert (status, connect) == (200, 200)
    closed = f"https://{ADULT}:{port}/"
    assert district.curl(closed, district.realm, "ben", *ca, source=KIOSK)[:2] == (403, 200)
    assert district.curl(closed, district.realm, "ann", *ca, source=KIOSK)[:2] == (0, 403)


def test_the_process_tells_how_many_it_took(district: District) -> None:
    district.http(OPEN, source=KIOSK)

    def told() -> bool:
        beat = district.house.instance.heartbeat("proxy") or {}
        return int(beat["tickets"]) > 0

    until(told, 10)


# --- the acceptor by itself ------------------------------------------------------------------


@pytest.fixture
def acceptor(realms: tuple[Realm, Realm], tmp_path: Path) -> Acceptor:
    return Acceptor(realms[0].keytab, tmp_path / "replays")


def test_a_principal_is_told_as_the_realm_calls_it(
    acceptor: Acceptor, realms: tuple[Realm, Realm]
) -> None:
    found = acceptor.accept(token(realms[0], "ann"))
    assert found is not None
    assert found.name == f"ann@{REALM}"
    assert acceptor.accept(token(realms[0], "ann/admin")) is None
    assert acceptor.accept(token(realms[1], "ann")) is None


def test_a_ticket_is_taken_once_also_by_another_process(
    realms: tuple[Realm, Realm], tmp_path: Path
) -> None:
    shown = token(realms[0], "ann")
    taken = [Acceptor(realms[0].keytab, tmp_path / "replays").accept(shown) for _ in range(2)]
    assert [one is not None for one in taken] == [True, False]


def test_any_octets_are_refused(acceptor: Acceptor, realms: tuple[Realm, Realm]) -> None:
    """Also those that begin like a ticket, and a good one with each of its octets changed."""
    good = token(realms[0], "ann")
    for length in (1, 2, 30, 300, 20_000):
        assert acceptor.accept(b"\x60" + os.urandom(length)) is None
    for at in range(0, len(good), 7):
        changed = bytearray(good)
        changed[at] ^= 0x55
        found = acceptor.accept(bytes(changed))
        assert found is None or found.name == f"ann@{REALM}", at  # never somebody else
    assert acceptor.accept(b"") is None


def test_what_waits_is_bounded_and_everybody_gets_an_answer(acceptor: Acceptor) -> None:
    told: list[Any] = []
    ticket = base64.b64encode(b"\x60" + bytes(200)).decode()

    async def burst() -> None:
        for _ in range(10 * MOST_WAITING):
            acceptor.take(ticket, told.append)
        assert acceptor._waiting == MOST_WAITING
        while len(told) < 10 * MOST_WAITING:
            await asyncio.sleep(0.01)

    asyncio.run(burst())
    assert (acceptor.refused, acceptor._waiting) == (10 * MOST_WAITING, 0)


def test_what_cannot_be_used_is_told_at_start(realms: tuple[Realm, Realm], tmp_path: Path) -> None:
    instance = Instance(tmp_path)

    def start(keytab: str) -> None:
        open_acceptor(instance, Settings(kerberos_keytab=keytab))

    start("")
    with pytest.raises(InstanceError, match="cannot be read: No such file"):
        start("nowhere.keytab")
    readable = tmp_path / "open.keytab"
    readable.write_bytes(realms[0].keytab.read_bytes())
    readable.chmod(0o644)
    with pytest.raises(InstanceError, match="chmod 600"):
        start(str(readable))
    empty = tmp_path / "empty.keytab"
    empty.touch(0o600)
    with pytest.raises(InstanceError, match="cannot be used"):
        start(str(empty))


# --- a browser -------------------------------------------------------------------------------


@pytest.mark.browser
def test_chromium_shows_its_ticket_without_asking_anybody(
    district: District, program: Callable[..., str], tmp_path: Path
) -> None:
    """Ben, who signed in to the domain, reads an open page, and why another is closed."""
    flags = [
        f"--proxy-server=http://localhost:{district.house.ports.proxy}",
        "--proxy-bypass-list=<-loopback>",
        "--auth-server-allowlist=localhost",
    ]
    executable, ben = program("chromium", "google-chrome"), district.realm.environment("ben")
    with chromium(executable, tmp_path, *flags, env=ben) as browser:
        tab = browser.new_page()
        tab.goto(f"http://{OPEN}:{district.house.plain.port}/page")
        assert "origin /page" in tab.content()
        closed = tab.goto(f"http://{GAMES}:{district.house.plain.port}/")
        assert closed is not None
        assert closed.status == 403

    def written() -> bool:
        found = rows(district.house.instance)
        return any((row["name"], row["person"]) == (GAMES, "person-ben") for row in found)

    until(written, 10)
