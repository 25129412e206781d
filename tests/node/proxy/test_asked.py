"""What Envoy asks is read strictly, whatever a client wrote."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hornbook.node.proxy.asked import Asked, BadTarget, read_asked, read_target


def asked(authority: str, method: str = "GET") -> Asked:
    told = ["/", "*/*", "", "", "", "", "http", "a:1", "body\nof a form"]
    lines = ["192.0.2.7|||", method, authority, *told]
    return read_asked("\n".join(lines).encode())


def test_lines_in_order() -> None:
    found = asked("Example.ORG:8080")
    assert found.client[12:] == bytes([192, 0, 2, 7])
    assert (found.authority, found.body) == ("Example.ORG:8080", b"body\nof a form")


@pytest.mark.parametrize(
    ("authority", "method", "host", "port"),
    [
        ("Example.ORG.", "GET", "example.org", 80),
        ("example.org:443", "CONNECT", "example.org", 443),
        ("example.org", "CONNECT", "example.org", 443),
        ("192.0.2.1:8080", "GET", "192.0.2.1", 8080),
        ("[2001:DB8::7]:443", "CONNECT", "2001:db8::7", 443),
    ],
)
def test_targets(authority: str, method: str, host: str, port: int) -> None:
    found = read_target(asked(authority, method))
    assert (found.host, found.port) == (host, port)
    assert found.literal == (found.address is not None)


@pytest.mark.parametrize("authority", ["2130706433", "0x7f.1", "127.1", "0177.0.0.1"])
def test_an_address_in_a_strange_form_is_one_that_leads_nowhere(authority: str) -> None:
    found = read_target(asked(authority))
    assert (found.literal, found.address) == (True, None)


@pytest.mark.parametrize(
    "authority", ["", "who@example.org", "example.org:0", "example.org:70000", "a..b", "[::1", "/"]
)
def test_what_is_no_target(authority: str) -> None:
    with pytest.raises(BadTarget):
        read_target(asked(authority))


@given(st.binary(max_size=200))
def test_any_octets_are_read_or_refused(data: bytes) -> None:
    with suppress(ValueError):
        found = read_asked(b"192.0.2.7|||\nGET\n" + data)
        assert read_target(found).wire
