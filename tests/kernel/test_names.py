from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hornbook.kernel.names import BadName, from_wire, is_ip_literal, normalise, to_wire

LABEL = st.binary(min_size=1, max_size=63)
WIRE = (
    st.lists(LABEL, max_size=4)
    .map(lambda labels: b"".join(bytes([len(one)]) + one for one in labels).lower() + b"\0")
    .filter(lambda wire: len(wire) <= 255)
)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("WWW.Example.COM.", "www.example.com"),
        ("  example.com\n", "example.com"),
        ("Bücher.example", "xn--bcher-kva.example"),
        ("faß.example", "xn--fa-hia.example"),
        ("xn--bcher-kva.example", "xn--bcher-kva.example"),
        ("ＷＷＷ。example。com", "www.example.com"),
        ("i❤.example", "xn--i-7iq.example"),
        ("_dmarc.Example.com", "_dmarc.example.com"),
        ("_dmarc.Bücher.example", "_dmarc.xn--bcher-kva.example"),
        (r"ex\097mple.com", "example.com"),
        (r"EX\065MPLE.com", "example.com"),
        (r"dot\.inside.com", r"dot\046inside.com"),
        (r"\255.com", r"\255.com"),
        ("-odd-.example", "-odd-.example"),
        ("com", "com"),
    ],
)
def test_a_name_has_one_form_however_it_is_typed(typed: str, meant: str) -> None:
    assert normalise(typed) == meant
    assert normalise(meant) == meant
    assert from_wire(to_wire(meant)) == meant


@pytest.mark.parametrize(
    "address",
    [
        "192.0.2.1",
        "192.0.2.1.",
        "0x7f.1",
        "2130706433",
        "0x7F000001",
        "example.com.1",
        "::1",
        "[2001:db8::1]",
        "２.３.４.５",
    ],
)
def test_an_address_is_refused_as_an_address(address: str) -> None:
    with pytest.raises(BadName, match="IP address"):
        normalise(address)


def test_numbers_inside_a_name_do_not_make_it_an_address() -> None:
    assert not is_ip_literal("1.2.3.4.example")
    assert not is_ip_literal("0xcafe.example")
    assert normalise("4.4.8.8.in-addr.arpa") == "4.4.8.8.in-addr.arpa"


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("", "empty label"),
        (".", "empty label"),
        ("a..example", "empty label"),
        (".example", "empty label"),
        ("http://example.com/", "“:”"),
        ("*.example.com", "“\\*”"),
        ("two words.example", "“ ”"),
        ("a" * 64 + ".example", "label of 64 octets"),
        ("bü" * 40 + ".example", "octets"),
        (".".join(["a" * 60] * 5), "306 octets"),
        ("a\\", "escaped octet"),
        (r"a\300.example", "escaped octet"),
        ("bü\\046x.example", "A-label"),
        ("\u2488.example", "not allowed"),
    ],
)
def test_what_is_no_name_is_refused_with_its_reason(typed: str, reason: str) -> None:
    with pytest.raises(BadName, match=reason) as caught:
        normalise(typed)
    assert caught.value.reason


def test_the_longest_name_fits_and_one_octet_more_does_not() -> None:
    longest = ".".join(["a" * 63] * 3 + ["a" * 61])
    assert len(to_wire(longest)) == 255
    assert normalise(longest) == longest
    with pytest.raises(BadName, match="256 octets"):
        normalise(longest + "a")


def test_the_root_goes_to_the_wire_and_back() -> None:
    assert to_wire(".") == b"\0"
    assert from_wire(b"\0") == "."


@pytest.mark.parametrize(
    "octets", [b"", b"\3ww", b"\3www", b"\3www\0\0", b"\xc0\x0c", b"\x3f" + b"a" * 10 + b"\0"]
)
def test_broken_wire_names_are_refused(octets: bytes) -> None:
    with pytest.raises(BadName):
        from_wire(octets)


@given(WIRE)
def test_every_wire_name_has_a_text_that_leads_back_to_it(wire: bytes) -> None:
    text = from_wire(wire)
    assert text.isascii()
    assert to_wire(text) == wire


@given(st.text(max_size=40))
def test_normalising_never_fails_in_another_way_and_settles_at_once(text: str) -> None:
    try:
        name = normalise(text)
    except BadName:
        return
    assert normalise(name) == name
    assert from_wire(to_wire(name)) == name
