"""A student's browser and a teacher's laptop ask by HTTPS and by TLS."""

from __future__ import annotations

import base64
import http.client
import shutil
import socket
import ssl
import subprocess
import threading
from datetime import UTC, datetime, timedelta

import dns.message
import dns.query
import dns.rcode
import pytest

from hornbook.node.doh.config import LONGEST
from hornbook.record.lake import Lake
from hornbook.record.segments import verify_chain
from tests.node.dns.conftest import ADULT, GAMES, until
from tests.node.doh import quic
from tests.node.doh.conftest import CHROME, MEDIA, TOKEN, ZONE, House, in_path

STUDENT_SEES = dns.rcode.NXDOMAIN  # of games.example; a teacher's question is resolved
TEACHER_SEES = dns.rcode.NOERROR


def test_a_blocked_name_leads_to_the_notice_and_names_its_clause(house: House) -> None:
    reply, fields = house.post(ADULT)
    assert [str(record) for record in reply.answer[0]] == ["192.0.2.80"]
    assert any("PRO-1" in str(option) for option in reply.options)
    assert fields["content-type"] == MEDIA
    assert fields["cache-control"] == f"max-age={reply.answer[0].ttl}"


def test_get_says_the_same_as_post(house: House) -> None:
    status, _, body = house.send("GET", in_path(ADULT))
    assert status == 200
    assert dns.message.from_wire(body) == house.post(ADULT)[0]


def test_an_allowed_name_is_resolved_and_kept_no_longer_than_it_is_true(house: House) -> None:
    reply, fields = house.post("www.example.org")
    assert [str(record) for record in reply.answer[0]] == ["192.0.2.7"]
    assert 0 < int(fields["cache-control"].removeprefix("max-age=")) <= 120


def test_http2_is_spoken(house: House) -> None:
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    told = subprocess.run(
        [
            *("curl", "-sS", "--http2", "--cacert", str(house.instance.root / "tls" / "ca.pem")),
            *("-o", "-", "-w", "|%{http_version}|%{http_code}"),
            f"https://localhost:{house.ports.doh}{in_path(ADULT)}",
        ],
        capture_output=True,
        timeout=20,
    )
    body, version, status = told.stdout.rsplit(b"|", 2)
    assert (version, status) == (b"2", b"200"), told.stderr
    assert dns.message.from_wire(body).answer


@pytest.mark.parametrize("token", [TOKEN, CHROME])
def test_a_token_in_the_path_brings_another_persons_rules(house: House, token: str) -> None:
    assert house.post(GAMES)[0].rcode() == STUDENT_SEES
    assert house.post(GAMES, token=token)[0].rcode() == TEACHER_SEES


def test_an_unknown_token_is_a_guest_not_the_address(house: House) -> None:
    name = f"guest.{GAMES}"
    reply, _ = house.post(name, token="unknown-0123456789abcdef")
    assert reply.rcode() == STUDENT_SEES  # the default profile
    until(lambda: bool(rows(house, name)), 10)
    assert [row["person"] for row in rows(house, name)] == [""]


def rows(house: House, name: str) -> list[dict[str, object]]:
    """What the record says of ``name``, in order of time."""
    now = datetime.now(UTC)
    table = Lake(house.instance.record).activity(now - timedelta(hours=1), now)
    found = table.filter(table["name"] == name).order_by("at").to_pyarrow()
    return list(found.to_pylist())


@pytest.mark.parametrize("header", ["x-hornbook-client", "x-forwarded-for", "forwarded"])
def test_a_forged_address_is_not_believed(house: House, header: str) -> None:
    reply, _ = house.post(GAMES, **{header: "127.0.0.4"})  # the teacher's address
    assert reply.rcode() == STUDENT_SEES


def test_the_address_that_envoy_saw_decides_without_a_token(house: House) -> None:
    connection = http.client.HTTPSConnection(
        "127.0.0.1",
        house.ports.doh,
        timeout=10,
        context=house.tls,
        source_address=("127.0.0.4", 0),
    )
    try:
        connection.request("GET", in_path(GAMES))
        reply = dns.message.from_wire(connection.getresponse().read())
    finally:
        connection.close()
    assert reply.rcode() == TEACHER_SEES


def test_tls_says_the_same_as_https(house: House) -> None:
    reply = house.over_tls(ADULT)
    assert [str(record) for record in reply.answer[0]] == ["192.0.2.80"]
    assert house.over_tls("www.example.org").answer


def test_a_token_in_the_name_brings_another_persons_rules(house: House) -> None:
    assert house.over_tls(GAMES).rcode() == STUDENT_SEES
    assert house.over_tls(GAMES, server_name=ZONE).rcode() == STUDENT_SEES
    assert house.over_tls(GAMES, server_name=f"{TOKEN}.{ZONE}").rcode() == TEACHER_SEES


def test_many_questions_on_one_stream_all_get_their_answers(house: House) -> None:
    questions = [dns.message.make_query(f"n{n}.{ADULT}", "A", id=n) for n in range(300)]
    wires = [question.to_wire() for question in questions]
    with (
        socket.create_connection(("127.0.0.1", house.ports.dot), 10) as plain,
        house.tls.wrap_socket(plain, server_hostname="localhost") as stream,
    ):
        stream.sendall(b"".join(len(wire).to_bytes(2, "big") + wire for wire in wires))
        with stream.makefile("rb") as read:
            replies = [read.read(int.from_bytes(read.read(2), "big")) for _ in questions]
    assert sorted(dns.message.from_wire(reply).id for reply in replies) == list(range(300))


def test_what_is_no_dns_message_ends_a_stream(house: House) -> None:
    with (
        socket.create_connection(("127.0.0.1", house.ports.dot), 10) as plain,
        house.tls.wrap_socket(plain, server_hostname="localhost") as stream,
    ):
        stream.sendall(b"\x00\x03abc")
        assert stream.recv(10) == b""


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_an_old_protocol_is_refused(house: House) -> None:
    context = house.tls
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.maximum_version = ssl.TLSVersion.TLSv1_1
    with (
        socket.create_connection(("127.0.0.1", house.ports.doh), 10) as plain,
        pytest.raises((ssl.SSLError, OSError)),
    ):
        context.wrap_socket(plain, server_hostname="localhost")


def question(name: str = ADULT) -> bytes:
    # RFC 8484 §4.1 wants id 0; a random one would also name the tests anew in each worker.
    return dns.message.make_query(name, "A", id=0).to_wire()


@pytest.mark.parametrize(
    ("method", "path", "body", "kind", "status"),
    [
        ("POST", "/dns-query", question() + bytes(4096), MEDIA, 413),
        ("POST", "/dns-query", question(), "application/json", 415),
        ("POST", "/dns-query", question(), "", 415),
        ("POST", "/dns-query", b"short", MEDIA, 400),
        ("POST", "/dns-query", b"", MEDIA, 400),
        ("PUT", "/dns-query", question(), MEDIA, 405),
        ("POST", "/", question(), MEDIA, 404),
        ("POST", "/dns-query/short", question(), MEDIA, 404),
        ("POST", "/dns-query/../dns-query/x", question(), MEDIA, 404),
        ("GET", "/dns-query", b"", "", 400),
        ("GET", "/dns-query?dns=", b"", "", 400),
        ("GET", "/dns-query?dns=AAA%3D", b"", "", 400),
        ("GET", "/dns-query?dns=A", b"", "", 400),
        ("GET", "/dns-query?dns=AA!!", b"", "", 400),
        ("GET", "/dns-query?dns=AA\\\\", b"", "", 400),
        ("GET", "/dns-query?dns=AAAA&dns=AAAA", b"", "", 400),
        ("GET", "/dns-query?dns=" + "A" * 5600, b"", "", 414),
    ],
)
def test_a_wrong_request_gets_the_status_that_says_why(
    house: House, method: str, path: str, body: bytes, kind: str, status: int
) -> None:
    headers = {"content-type": kind} if kind else {}
    assert house.send(method, path, body, headers)[0] == status
    assert house.post(ADULT)[0].answer  # nobody else suffers


def test_a_broken_dns_message_gets_a_dns_error(house: House) -> None:
    status, _, body = house.send("POST", "/dns-query", question()[:-3], {"content-type": MEDIA})
    assert (status, dns.message.from_wire(body).rcode()) == (200, dns.rcode.FORMERR)


def test_padded_base64_without_its_padding_is_read(house: House) -> None:
    for extra in range(3):
        name = "a" * (10 + extra) + "." + ADULT
        packet = base64.urlsafe_b64encode(question(name)).rstrip(b"=").decode()
        status, _, body = house.send("GET", f"/dns-query?dns={packet}&ct")
        assert (status, dns.message.from_wire(body).answer != []) == (200, True)


def test_many_clients_at_once_get_their_own_answers(house: House) -> None:
    wrong: list[str] = []

    def ask(client: int) -> None:
        for n in range(20):
            name = f"c{client}-{n}.{ADULT}"
            reply, _ = house.post(name)
            if str(reply.question[0].name) != name + "." or not reply.answer:
                wrong.append(name)

    threads = [threading.Thread(target=ask, args=(client,)) for client in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_the_record_says_how_and_by_whom_it_was_asked(house: House) -> None:
    name = f"recorded.{GAMES}"
    house.post(name, token=TOKEN)
    house.over_tls(name)
    until(lambda: len(rows(house, name)) == 2, 10)
    by_https, by_tls = rows(house, name)
    assert (by_https["proto"], by_tls["proto"]) == ("doh", "dot")
    assert (by_https["person"], by_tls["person"]) == ("person-teacher", "person-student")
    assert by_https["client"] == by_tls["client"] == "127.0.0.1"
    assert verify_chain(house.instance.record, "node-1-doh") == []


def test_keys_and_sockets_are_for_one_user(house: House) -> None:
    for place in ("tls/server.key", "tls/ca.key", "run/doh.sock", "run/dot.sock"):
        assert (house.instance.root / place).stat().st_mode & 0o077 == 0, place


def test_http3_says_the_same_and_is_announced(house: House) -> None:
    authority = house.instance.root / "tls" / "ca.pem"
    fields, body = quic.get(house.ports.doh, in_path(ADULT), authority)
    assert fields[b":status"] == b"200"
    assert dns.message.from_wire(body) == house.post(ADULT)[0]
    path = in_path(GAMES).replace("/dns-query", f"/dns-query/{TOKEN}")
    _, body = quic.get(house.ports.doh, path, authority)
    assert dns.message.from_wire(body).rcode() == TEACHER_SEES
    _, over_tcp, _ = house.send("GET", in_path(ADULT))
    assert over_tcp["alt-svc"] == f'h3=":{house.ports.doh}"; ma=86400'


def test_a_taken_udp_port_leaves_the_rest_of_doh(house: House) -> None:
    house.stop("envoy")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", house.ports.doh))
        house.start_front()
        assert house.post(ADULT)[0].answer
        _, fields, _ = house.send("GET", in_path(ADULT))
        assert "alt-svc" not in fields
    assert "no HTTP/3" in (house.instance.logs / "envoy.log").read_text()


def test_who_is_slow_is_not_waited_for(house: House) -> None:
    """Half a header, half a body: both end with the one clock that each request has."""
    begun = b"POST /dns-query HTTP/1.1\r\nhost: a\r\n"
    typed = begun + f"content-type: {MEDIA}\r\ncontent-length: 40\r\n\r\n".encode()
    slow = []
    for sent in (begun, typed + b"half"):
        plain = socket.create_connection(("127.0.0.1", house.ports.doh))
        slow.append(house.tls.wrap_socket(plain, server_hostname="localhost"))
        slow[-1].settimeout(int(LONGEST.rstrip("s")) + 5)
        slow[-1].sendall(sent)
    for connection in slow:
        assert connection.recv(1000).startswith(b"HTTP/1.1 408 ")
        connection.close()
