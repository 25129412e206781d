"""What happens in a tunnel that is looked into, and which tunnels are not."""

from __future__ import annotations

import socket

import pytest

from tests.node.dns.conftest import rows, until
from tests.node.proxy.conftest import (
    ADULT,
    BANK,
    BYPASS_CLAUSE,
    GAMES,
    HELP,
    LOOKED,
    OPEN,
    House,
    Reply,
)

TEACHER = "127.0.0.4"


@pytest.fixture(scope="module")
def house(looking: House) -> House:
    return looking


def district(house: House, host: str, *options: str, path: str = "/", **more: str) -> Reply:
    """By a client that believes the district's authority alone."""
    ca = str(house.instance.root / "inspection" / "ca.pem")
    url = f"https://{host}:{house.secure.port}{path}"
    return house.curl(url, "--cacert", ca, *options, **more)


def world(house: House, host: str, *options: str, **more: str) -> Reply:
    """By a client that believes the origins' authority alone."""
    url = f"https://{host}:{house.secure.port}/"
    return house.curl(url, "--cacert", str(house.world.file), *options, **more)


@pytest.mark.parametrize("protocol", ["--http1.1", "--http2"])
def test_a_site_is_looked_into_where_a_rule_says_so(house: House, protocol: str) -> None:
    reply = district(house, LOOKED, protocol, path="/a?b=1")
    assert (reply.connect, reply.status, reply.body) == (200, 200, "origin /a?b=1 ")
    _, _, fields = house.secure.asked[-1]
    assert set(fields) == {"host", "user-agent", "accept"}
    assert fields["host"] == f"{LOOKED}:{house.secure.port}"


def test_what_no_rule_looks_into_is_a_tunnel(house: House) -> None:
    """Another rule for another person; and never a bank, help, or what nobody spoke of."""
    for host in (OPEN, BANK, HELP):
        assert (world(house, host).status, district(house, host).status) == (200, 0), host
    assert world(house, LOOKED, source=TEACHER).status == 200
    assert district(house, LOOKED, source=TEACHER).status == 0


def test_a_closed_site_says_why_inside_https(house: House) -> None:
    asked = len(house.secure.asked)
    reply = district(house, ADULT, "-H", "accept: text/html")
    assert (reply.connect, reply.status) == (200, 403)
    assert "x-hornbook-clause: PRO-1@1" in reply.head
    assert "988" in reply.body
    assert len(house.secure.asked) == asked
    here = f"https://{ADULT}:{house.secure.port}"
    form = ("-d", "reason=biology", "-H", f"origin: {here}")
    assert district(house, ADULT, *form, path=f"/?name={ADULT}").status == 202
    plain = ("-d", "reason=biology", "-H", f"origin: http://{ADULT}:{house.secure.port}")
    answer = district(house, ADULT, *plain, path=f"/?name={ADULT}")
    assert "was not sent from this page" in answer.body


@pytest.mark.parametrize(
    ("accept", "kind"), [("application/json", "application/json"), ("image/*", "image/svg+xml")]
)
def test_data_and_pictures_get_small_answers_inside_too(
    house: House, accept: str, kind: str
) -> None:
    reply = district(house, ADULT, "-H", f"accept: {accept}", path="/x")
    assert (reply.status, f"content-type: {kind}" in reply.head) == (403, True)
    assert "PRO-1@1" in reply.body


def test_who_trusts_no_authority_of_ours_just_gets_no_tunnel(house: House) -> None:
    """A teacher's rules look into nothing, so the notice inside HTTPS is not for her either."""
    reply = district(house, ADULT, source=TEACHER)
    assert (reply.connect, reply.status) == (403, 0)


def test_who_asks_is_known_inside_by_the_tunnel_alone(house: House) -> None:
    token = ("-H", "proxy-authorization: Basic dDNhY2hlci0wMTIzNDU2Nzg5YWJjZGVmOg==")
    forged = ("-H", f"x-forwarded-for: {TEACHER}", "-H", "hornbook.told: 127.0.0.4|x|y")
    for headers in (token, forged):
        assert district(house, GAMES, *headers).status == 403
    district(house, LOOKED, *token)
    assert "proxy-authorization" not in house.secure.asked[-1][2]


def test_another_name_inside_than_outside_gets_the_worse(house: House) -> None:
    port = house.secure.port
    closed = district(house, LOOKED, "-H", f"host: {ADULT}:{port}")
    assert (closed.status, "PRO-1@1" in closed.head) == (403, True)
    around = district(house, LOOKED, "-H", f"host: {OPEN}:{port}")
    assert (around.status, BYPASS_CLAUSE in around.head) == (403, True)


def test_tunnels_at_one_time_are_not_taken_for_each_other(house: House) -> None:
    """Connections of one kind are alike to Envoy: what tells tunnels apart is part of the kind."""
    words = f"CONNECT {LOOKED}:{house.secure.port} HTTP/1.1\r\nHost: {LOOKED}\r\n\r\n".encode()
    with socket.create_connection(("127.0.0.1", house.ports.proxy)) as held:
        held.sendall(words)
        assert held.recv(4096).startswith(b"HTTP/1.1 200")
        assert district(house, f"other.{LOOKED}").status == 200
        assert "PRO-1@1" in district(house, ADULT).head


def test_no_certificate_is_made_for_a_name_that_no_tunnel_was_opened_for(house: House) -> None:
    """Whoever opens a tunnel for one name and asks TLS for another gets no handshake."""
    to = f"{OPEN}:{house.secure.port}:{LOOKED}:{house.secure.port}"
    reply = house.https(OPEN, "--connect-to", to)
    assert (reply.connect, reply.status) == (200, 0)


def test_single_pages_can_be_closed_where_they_are_seen(house: House) -> None:
    """Also right after another page of the same site was open."""
    for _ in range(3):
        assert district(house, LOOKED, path="/open").status == 200
        closed = district(house, LOOKED, "--path-as-is", path="/a/../Closed/x?y=1")
        assert (closed.status, "PRO-1@1" in closed.head) == (403, True)
    assert house.http(LOOKED, "/closed").status == 403
    assert house.http(LOOKED, "/closedness").status == 200


def test_a_translator_opens_nothing_that_is_closed(house: House) -> None:
    assert "PRO-1@1" in house.http("adult-test.translate.goog", "/").head
    assert house.http("www.translate.test", "/").status == 200


@pytest.mark.parametrize("path", ["/dns-query?dns=AAAB", "/uv/service/hvtrs8%2F-"])
def test_a_page_that_shows_a_way_around_is_closed(house: House, path: str) -> None:
    for _ in range(3):
        assert district(house, LOOKED, path="/page").status == 200
        reply = district(house, LOOKED, path=path)
        assert (reply.status, BYPASS_CLAUSE in reply.head) == (403, True)


def test_every_request_inside_is_a_row(house: House) -> None:
    district(house, LOOKED)

    def written() -> bool:
        found = [row for row in rows(house.instance) if row["name"] == LOOKED]
        return len(found) >= 2 and {row["action"] for row in found} >= {"inspect"}

    until(written, 10)


def test_a_page_is_recorded_only_where_its_rule_keeps_it(house: House) -> None:
    """Each page of the site, never what stands behind the question mark."""
    for path in ("/one?secret=1", "/two"):
        district(house, LOOKED, path=path)
        house.http(OPEN, path)

    def pages() -> set[tuple[object, object]]:
        return {(row["name"], row["path"]) for row in rows(house.instance)}

    until(lambda: {(LOOKED, "/one"), (LOOKED, "/two"), (OPEN, "")} <= pages(), 10)
    assert {path for name, path in pages() if not str(name).endswith(LOOKED)} == {""}


def test_a_device_finds_out_that_it_is_looked_into(house: House) -> None:
    ca = str(house.instance.root / "inspection" / "ca.pem")
    told = house.curl("https://inside.hornbook.internal/", "--cacert", ca)
    assert (told.status, "student, north" in told.body) == (200, True)
    assert house.curl("https://inside.hornbook.internal/", source=TEACHER).connect == 404
