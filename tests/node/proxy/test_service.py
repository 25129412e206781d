"""What people get by the proxy: pages, reasons, tunnels, and what is written down."""

from __future__ import annotations

import json
import socket
import subprocess
from base64 import b64encode
from collections.abc import Callable

import pytest

from tests.node.dns.conftest import rows, until
from tests.node.proxy.conftest import (
    ADULT,
    BYPASS_CLAUSE,
    CLOAKED,
    GAMES,
    HELP,
    INSIDE,
    OPEN,
    SEARCH,
    TOKEN,
    House,
    Origin,
)

TEACHER = "127.0.0.4"


def test_an_open_page_comes_and_its_origin_learns_nothing_of_us(house: House) -> None:
    forged = ("x-hornbook-person: board", "x-forwarded-for: 10.0.0.1", "x-request-id: 7")
    options = [word for header in forged for word in ("-H", header)]
    token = ("--proxy-user", f"device:{TOKEN}")
    reply = house.http(OPEN, "/a//b/../c?q=%2F", "--path-as-is", *options, *token)
    assert (reply.status, reply.body) == (200, "origin /a//b/../c?q=%2F ")
    method, path, fields = house.plain.asked[-1]
    assert (method, path) == ("GET", "/a//b/../c?q=%2F")
    assert set(fields) == {"host", "user-agent", "accept", "x-hornbook-person"}
    assert "x-envoy" not in reply.head.lower()


def test_a_body_arrives_whole(house: House) -> None:
    reply = house.http(OPEN, "/up", "--data-binary", "x" * 100_000)
    assert reply.body == "origin /up " + "x" * 100_000


def test_a_closed_page_says_why_with_its_clause(house: House) -> None:
    asked = len(house.plain.asked)
    reply = house.http(ADULT, "/picture?id=1", "-H", "accept: text/html")
    assert reply.status == 403
    assert "x-hornbook-clause: PRO-1@1" in reply.head
    assert "cache-control: no-store" in reply.head
    assert ADULT in reply.body
    assert "PRO-1" in reply.body
    assert "988" in reply.body
    assert len(house.plain.asked) == asked
    style = house.http(ADULT, "/hornbook-notice.css")
    assert (style.status, "content-type: text/css" in style.head) == (200, True)


@pytest.mark.parametrize(
    ("accept", "kind"),
    [("application/json", "application/json"), ("image/webp,image/*", "image/svg+xml")],
)
def test_data_and_pictures_get_a_small_answer_of_their_kind(
    house: House, accept: str, kind: str
) -> None:
    reply = house.http(ADULT, "/x", "-H", f"accept: {accept}")
    assert (reply.status, f"content-type: {kind}" in reply.head) == (403, True)
    assert "PRO-1@1" in reply.body
    assert len(reply.body) < 500


@pytest.mark.parametrize(
    ("field", "kind"),
    [
        ("sec-fetch-dest: empty", "application/json"),
        ("sec-fetch-dest: image", "image/svg+xml"),
        ("sec-fetch-dest: script", "text/plain"),
        ("x-requested-with: XMLHttpRequest", "application/json"),
        ("sec-fetch-dest: document", "text/html"),
        ("sec-fetch-dest: iframe", "text/html"),
        ("accept:", "text/html"),
    ],
)
def test_what_asks_for_anything_gets_what_it_is_for(house: House, field: str, kind: str) -> None:
    """Curl asks for ``*/*``, as scripts and their data do. Twice: once by Envoy's memory."""
    for _ in range(2):
        reply = house.http(ADULT, "/x", "-H", field)
        assert (reply.status, f"content-type: {kind}" in reply.head) == (403, True)
        assert (len(reply.body) < 500) == (kind != "text/html")


def test_the_form_on_the_page_files_a_request(house: House) -> None:
    here = f"http://{ADULT}:{house.plain.port}"
    form = ("-d", "reason=for+biology", "-H", f"origin: {here}")
    reply = house.http(ADULT, f"/?name={ADULT}", *form)
    assert reply.status == 202
    (kept,) = (house.instance.spool / "asks").glob("*.json")
    facts = json.loads(kept.read_text())
    assert (facts["person"], facts["name"]) == ("person-student", ADULT)
    assert (facts["reason"], facts["clause_version"]) == ("for biology", "PRO-1@1")
    other = ("-d", "reason=x", "-H", "origin: http://evil.test")
    assert "was not sent from this page" in house.http(ADULT, f"/?name={ADULT}", *other).body


def test_who_asks_is_known_by_address_or_by_token(house: House) -> None:
    assert house.http(GAMES).status == 403
    assert house.http(GAMES, source=TEACHER).status == 200
    assert house.http(GAMES, "/", "--proxy-user", f"device:{TOKEN}").status == 200
    assert house.http(GAMES, "/", "--proxy-user", f"{TOKEN}:").status == 200
    assert house.http(GAMES, "/", "--proxy-user", "device:unknown", source=TEACHER).status == 403
    assert house.http(GAMES, "/", "-H", f"x-forwarded-for: {TEACHER}").status == 403


def test_a_token_may_go_over_tls_to_the_proxy(house: House) -> None:
    token = ("--proxy-user", f"device:{TOKEN}")
    assert house.http(GAMES, "/", *token, scheme="https").status == 200
    reply = house.https(GAMES, *token, scheme="https")
    assert (reply.connect, reply.body) == (200, "origin / ")


def test_a_tunnel_is_open_or_closed_by_its_name(house: House) -> None:
    assert (house.https(OPEN).connect, house.https(OPEN).body) == (200, "origin / ")
    refused = house.https(ADULT)
    assert (refused.connect, refused.status) == (403, 0)
    assert house.https(GAMES, source=TEACHER).connect == 200


def test_the_sheet_of_the_page_is_not_remembered_as_the_page(house: House) -> None:
    page = f"http://{ADULT}:{house.plain.port}/page"
    sheet = f"http://{ADULT}:{house.plain.port}/hornbook-notice.css"
    for _ in range(3):
        assert "PRO-1" in house.curl(page, sheet).body


def test_many_requests_use_one_connection_each_judged_for_itself(house: House) -> None:
    other = f"http://{ADULT}:{house.plain.port}/"
    again = f"http://{OPEN}:{house.plain.port}/again"
    reply = house.http(OPEN, "/first", other, again)
    assert reply.status == 200
    assert "PRO-1" in reply.body
    assert "origin /again" in reply.body


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "93.184.216.34", "2130706433", "0x7f.1", "[2001:db8::7]"]
)
def test_a_bare_address_is_a_way_around_with_its_clause(house: House, host: str) -> None:
    request = f"GET http://{host}:{house.plain.port}/ HTTP/1.1\r\nHost: {host}\r\n\r\n"
    reply = raw(house, request)
    assert reply.startswith("HTTP/1.1 403")
    assert f"x-hornbook-clause: {BYPASS_CLAUSE}" in reply


def test_another_port_than_the_webs_is_a_way_around_too(house: House) -> None:
    origin = Origin()
    try:
        away = f"http://{OPEN}:{origin.port}/"
        reply = house.curl(away)
        assert (reply.status, BYPASS_CLAUSE in reply.head) == (403, True)
        assert house.curl(away, source=TEACHER).body == "origin / "
        assert house.curl(f"http://{HELP}:{origin.port}/").body == "origin / "
    finally:
        origin.close()


def test_nothing_inside_is_reached_by_way_of_the_proxy(house: House) -> None:
    """Also by those who may use bare addresses: loopback, a name that leads there, ourselves."""
    assert house.http("127.0.0.1", source=TEACHER).status == 502
    assert house.http("0x7f.1", source=TEACHER).status == 502
    assert house.http(INSIDE).status == 502
    own = house.curl(f"http://{OPEN}:{house.ports.proxy}/", source=TEACHER)
    assert own.status == 502


def test_names_lead_where_the_dns_would_lead(house: House) -> None:
    assert house.http(CLOAKED).status == 403
    assert house.http("nowhere.test").status == 502
    assert house.http(SEARCH).status == 200
    asked = {question.question[0].name.to_text() for question in house.internet.asked}
    assert "safe.search.test." in asked
    assert f"{SEARCH}." not in asked


def test_an_origin_that_does_not_answer_is_told_in_plain_words(house: House) -> None:
    reply = house.curl(f"http://{HELP}:1/")
    assert (reply.status, "This site does not answer" in reply.body) == (502, True)


def test_every_request_is_a_row(house: House) -> None:
    house.http(OPEN, source=TEACHER)
    house.https(ADULT)
    house.curl(f"http://[2001:db8::7]:{house.plain.port}/")

    def written(name: str, action: str, person: str) -> Callable[[], bool]:
        def look() -> bool:
            found = [row for row in rows(house.instance) if row["name"] == name]
            return any((row["action"], row["person"]) == (action, person) for row in found)

        return look

    until(written(OPEN, "allow", "person-teacher"), 10)
    until(written(ADULT, "block", "person-student"), 10)
    until(written("2001-db8--7.ipv6-literal", "block", "person-student"), 10)
    found = rows(house.instance)
    assert {row["proto"] for row in found} == {"proxy"}
    assert {row["qtype"] for row in found} == {0}
    assert {row["clause"] for row in found if row["name"] == ADULT} == {"PRO-1@1"}


@pytest.mark.parametrize(
    "request_",
    [
        "GET http://{open}/ HTTP/1.1\r\nHost: {open}\r\nContent-Length: 3\r\n"
        "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "GET http://{open}/ HTTP/1.1\r\nHost: {open}\r\nContent-Length: 3\r\n"
        "Content-Length: 4\r\n\r\nabc",
        "GET http://{open}/ HTTP/1.1\r\nHost : {open}\r\n\r\n",
        "CONNECT {open}@{adult} HTTP/1.1\r\nHost: {open}\r\n\r\n",
        "CONNECT /path HTTP/1.1\r\nHost: {open}\r\n\r\n",
        "GET http://{long}/ HTTP/1.1\r\nHost: x\r\n\r\n",
    ],
)
def test_what_is_no_clean_request_is_refused(house: House, request_: str) -> None:
    asked = len(house.plain.asked)
    words = request_.format(
        open=f"{OPEN}:{house.plain.port}", adult=f"{ADULT}:{house.plain.port}", long="a" * 300
    )
    assert raw(house, words).startswith("HTTP/1.1 400")
    assert len(house.plain.asked) == asked


def test_the_name_in_the_target_counts_not_the_host_field(house: House) -> None:
    target = f"http://{ADULT}:{house.plain.port}/"
    assert raw(house, f"GET {target} HTTP/1.1\r\nHost: {OPEN}\r\n\r\n").startswith("HTTP/1.1 403")


def raw(house: House, request: str) -> str:
    """The head of the answer to these octets."""
    with socket.create_connection(("127.0.0.1", house.ports.proxy), timeout=10) as connection:
        connection.sendall(request.encode())
        found = b""
        while b"\r\n\r\n" not in found and (piece := connection.recv(4096)):
            found += piece
    return found.decode("latin-1")


def test_the_proxy_tells_a_device_that_it_is_covered(house: House) -> None:
    told = house.curl("http://proxy.hornbook.internal/")
    assert (told.status, "You are covered as <strong>student, north" in told.body) == (200, True)
    assert "x-frame-options" not in told.head.lower()
    teacher = house.curl("http://check.hornbook.internal/", source="127.0.0.4")
    assert "<strong>teacher, north" in teacher.body
    assert house.curl("http://dns.hornbook.internal/").status == 404
    assert house.curl("https://inside.hornbook.internal/").connect == 404


def verdict(house: House, who: str) -> str:
    """What our Envoy would be told of a request by somebody, wherever in the world they are."""
    lines = [who, "GET", f"{OPEN}:{house.plain.port}", "/", "*/*", *[""] * 4, "http", "", ""]
    socket_ = str(house.instance.run / "proxy.sock")
    done = subprocess.run(
        [
            *("curl", "-sS", "--http2-prior-knowledge", "--unix-socket", socket_),
            *("--data-binary", "@-", "http://hornbook/verdict"),
        ],
        input="\n".join(lines),
        capture_output=True,
        text=True,
        timeout=20,
    )
    return done.stdout


def test_from_elsewhere_nothing_is_taken_in_plain_text(house: House) -> None:
    """A token that others can read is not asked for, and not taken where it is sent anyway."""
    token = "Basic " + b64encode(f"device:{TOKEN}".encode()).decode()
    for said in ("", token):
        told = verdict(house, f"93.184.216.34|||{said}")
        assert told.startswith("say 403\n")
        assert "proxy-authenticate" not in told
        assert "can be read by others" in told
    assert verdict(house, "93.184.216.34|tls||").startswith("say 407\n")
    for who in (f"93.184.216.34|tls||{token}", f"10.0.0.7|||{token}"):
        assert verdict(house, who).partition("\n")[2].startswith("go 127.0.0.1:")
