"""The name that a tunnel begins with, from the octets of a real TLS client."""

from __future__ import annotations

import ssl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hornbook.node.proxy.hello import MOST, Begin, read_begin


def hello(name: str | None, *, newest: bool = True) -> bytes:
    """What Python's own TLS sends first."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if not newest:
        context.maximum_version = ssl.TLSVersion.TLSv1_2
    sent = ssl.MemoryBIO()
    client = context.wrap_bio(ssl.MemoryBIO(), sent, server_hostname=name)
    with pytest.raises(ssl.SSLWantReadError):
        client.do_handshake()
    return sent.read()


@pytest.mark.parametrize("newest", [True, False])
def test_the_name_is_read_however_the_octets_come(newest: bool) -> None:
    whole = hello("open.test", newest=newest)
    assert read_begin(whole) == Begin("tls", "open.test")
    assert {read_begin(whole[:end]) for end in range(len(whole))} == {None}
    for early in (b"\x17\x03\x03", b"\x14\x03\x03\0\1\1\x17\x03\x03\0\2ab"):
        assert read_begin(whole + early) == Begin("tls", "open.test")


def test_a_message_in_two_records_is_one() -> None:
    body = hello("open.test")[5:]
    records = [body[:60], body[60:]]
    cut = b"".join(b"\x16\x03\x01" + len(one).to_bytes(2) + one for one in records)
    assert read_begin(cut) == Begin("tls", "open.test")


def test_who_names_nobody_names_nobody() -> None:
    assert read_begin(hello(None)) == Begin("tls", "")


def test_plain_http_is_read_by_its_host() -> None:
    head = b"GET /chat HTTP/1.1\r\nUpgrade: websocket\r\nhOST: open.test:8080\r\n\r\n"
    assert read_begin(head) == Begin("http", "open.test")
    assert {read_begin(head[:end]) for end in range(len(head) - 2)} == {None}
    assert read_begin(b"GET / HTTP/1.1\r\n\r\n") == Begin("http", "")


@pytest.mark.parametrize(
    "octets",
    [
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"\x05\x01\x00",
        b"\x16\x03\x01\xff\xff" + bytes(9),
        b"\x16\x03\x01\0\x04\x02\0\0\0",
        b"GET /" + b"a" * MOST,
        b"\x16\x03\x01\0\x06\x01\0\x00\x02\x03\x03",
    ],
)
def test_what_is_neither_is_told_so(octets: bytes) -> None:
    assert read_begin(octets) == Begin("other")


@given(st.binary(max_size=300), st.integers(0, 400))
def test_any_octets_are_read_or_refused(noise: bytes, at: int) -> None:
    whole = hello("open.test")
    read_begin(noise)
    read_begin(whole[:at] + noise + whole[at + len(noise) :])
