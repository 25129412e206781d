"""Tunnels that nobody looks into: what they begin with must be what they were opened for."""

from __future__ import annotations

import socket
import ssl
import time

import pytest

from tests.node.dns.conftest import rows, until
from tests.node.proxy.conftest import ADULT, BYPASS_CLAUSE, GAMES, HELP, OPEN, House

PUPIL, TEACHER = "127.0.0.1", "127.0.0.4"


def tunnel(house: House, host: str, source: str, port: int) -> socket.socket:
    opened = socket.create_connection(
        ("127.0.0.1", house.ports.proxy), timeout=10, source_address=(source, 0)
    )
    opened.sendall(f"CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode())
    head = b""
    while b"\r\n\r\n" not in head:
        head += opened.recv(1)
    assert head.startswith(b"HTTP/1.1 200"), head
    return opened


def by_tls(house: House, host: str, named: str | None, source: str = PUPIL) -> bool:
    """Whether TLS that names somebody comes to be in a tunnel to that host."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with tunnel(house, host, source, house.secure.port) as opened:
        try:
            with context.wrap_socket(opened, server_hostname=named) as talk:
                talk.sendall(b"GET /x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                return b"origin /x" in _all_of(talk)
        except OSError:
            return False


def by_octets(house: House, host: str, said: bytes, source: str = PUPIL) -> bytes:
    with tunnel(house, host, source, house.plain.port) as opened:
        opened.sendall(said)
        return _all_of(opened)


def _all_of(talk: socket.socket) -> bytes:
    found = b""
    try:
        while piece := talk.recv(4096):
            found += piece
    except OSError:
        pass
    return found


def recorded(house: House) -> set[tuple[object, object, object]]:
    return {(row["name"], row["clause"], row["person"]) for row in rows(house.instance)}


def test_the_same_name_opens_and_a_closed_one_in_it_closes(house: House) -> None:
    assert by_tls(house, OPEN, OPEN)
    assert by_tls(house, OPEN, OPEN.upper())
    for source in (PUPIL, TEACHER):
        assert not by_tls(house, OPEN, ADULT, source)
    assert not by_tls(house, OPEN, GAMES)
    assert by_tls(house, OPEN, GAMES, TEACHER)
    until(
        lambda: (
            recorded(house)
            >= {
                (ADULT, "PRO-1@1", "person-student"),
                (ADULT, "PRO-1@1", "person-teacher"),
                (GAMES, "PRO-2@3", "person-student"),
                (GAMES, "", "person-teacher"),
            }
        ),
        10,
    )


def test_no_name_and_another_name_are_ways_around(house: House) -> None:
    """Closed under that clause for who may go no way around; a teacher may."""
    assert not by_tls(house, OPEN, None)
    assert not by_tls(house, OPEN, "elsewhere.test")
    assert by_tls(house, OPEN, None, TEACHER)
    assert by_tls(house, OPEN, "elsewhere.test", TEACHER)
    until(
        lambda: (
            recorded(house)
            >= {
                (OPEN, BYPASS_CLAUSE, "person-student"),
                ("elsewhere.test", BYPASS_CLAUSE, "person-student"),
                ("elsewhere.test", "", "person-teacher"),
            }
        ),
        10,
    )


def test_plain_http_in_a_tunnel_is_read_by_its_host(house: House) -> None:
    request = b"GET /ws HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n"
    assert b"origin /ws" in by_octets(house, OPEN, request % OPEN.encode())
    assert by_octets(house, OPEN, request % ADULT.encode(), TEACHER) == b""
    assert by_octets(house, OPEN, b"SSH-2.0-client\r\n") == b""
    assert by_octets(house, OPEN, b"SSH-2.0-client\r\n", TEACHER) != b""


def test_a_name_in_pieces_is_still_a_name(house: House) -> None:
    pieces = (
        b"GET /ws HT",
        b"TP/1.1\r\nHo",
        b"st: %s\r\nConnection: close\r\n\r\n" % OPEN.encode(),
    )
    with tunnel(house, OPEN, PUPIL, house.plain.port) as opened:
        for piece in pieces:
            opened.sendall(piece)
            time.sleep(0.05)
        assert b"origin /ws" in _all_of(opened)


@pytest.mark.parametrize("named", [HELP, None])
def test_help_is_never_asked_for_a_name(house: House, named: str | None) -> None:
    assert by_tls(house, HELP, named)
