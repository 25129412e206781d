"""RADIUS accounting: what is believed, what is dropped, and what any octets do."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hornbook.node.seating.radius import Accounting, BadPacket, read_accounting, response

SECRET = b"a shared secret"
START, STOP = 1, 2


def attribute(kind: int, value: bytes) -> bytes:
    return bytes([kind, len(value) + 2]) + value


def packet(*attributes: bytes, secret: bytes = SECRET, code: int = 4) -> bytes:
    """An Accounting-Request as an access point makes it (RFC 2866 section 3)."""
    body = b"".join(attributes)
    head = struct.pack("!BBH", code, 7, 20 + len(body))
    return head + hashlib.md5(head + bytes(16) + body + secret).digest() + body  # noqa: S324


USER = attribute(1, b"pat@district.test")
STATION = attribute(31, b"AA-BB-CC-00-11-22:District-WiFi")
ADDRESS = attribute(8, bytes([10, 1, 2, 3]))


def status(number: int) -> bytes:
    return attribute(40, struct.pack("!I", number))


def test_a_start_tells_who_with_which_machine_at_which_address() -> None:
    told = read_accounting(packet(status(START), USER, STATION, ADDRESS), SECRET)
    assert told == Accounting(START, "pat@district.test", "aabbcc001122", ("10.1.2.3",))
    assert told.here
    assert not read_accounting(packet(status(STOP), USER), SECRET).here


@pytest.mark.parametrize("text", [b"aa:bb:cc:00:11:22", b"AABB.CC00.1122", b"aabbcc001122"])
def test_every_spelling_of_a_mac_is_read(text: bytes) -> None:
    assert read_accounting(packet(attribute(31, text)), SECRET).mac == "aabbcc001122"


def test_a_telephone_number_is_no_mac_and_a_reserved_address_is_none() -> None:
    told = read_accounting(packet(attribute(31, b"5635550100"), attribute(8, b"\xff" * 4)), SECRET)
    assert (told.mac, told.addresses) == ("", ())


def test_ipv6_addresses_and_prefixes_are_read() -> None:
    one = bytes.fromhex("20010db8000000000000000000000001")
    prefix = b"\0" + bytes([64]) + bytes.fromhex("20010db800010000")
    told = read_accounting(packet(attribute(168, one), attribute(97, prefix)), SECRET)
    assert told.addresses == ("2001:db8::1", "2001:db8:1::/64")


def test_what_was_made_with_another_secret_is_not_believed() -> None:
    with pytest.raises(BadPacket, match="our secret"):
        read_accounting(packet(status(START), USER, secret=b"guess"), SECRET)


def test_what_was_changed_on_the_way_is_not_believed() -> None:
    sent = bytearray(packet(status(START), USER))
    sent[-1] ^= 1
    with pytest.raises(BadPacket):
        read_accounting(bytes(sent), SECRET)


def test_a_message_authenticator_must_be_right_where_one_is_sent() -> None:
    bare = packet(status(START), attribute(80, bytes(16)))
    head = bare[:4] + bytes(16) + bare[20:]
    good = packet(status(START), attribute(80, hmac.digest(SECRET, head, "md5")))
    assert read_accounting(good, SECRET).status == START
    with pytest.raises(BadPacket, match="Message-Authenticator"):
        read_accounting(bare, SECRET)


def test_the_answer_proves_itself_to_who_asked() -> None:
    asked = packet(status(START))
    said = response(asked, SECRET)
    proof = hashlib.md5(said[:4] + asked[4:20] + SECRET).digest()  # noqa: S324
    assert (said[0], said[1], len(said), said[4:]) == (5, asked[1], 20, proof)


@given(st.binary(max_size=200))
def test_any_octets_are_read_or_refused(octets: bytes) -> None:
    for told in (octets, packet(octets)):
        with contextlib.suppress(BadPacket):
            read_accounting(told, SECRET)
