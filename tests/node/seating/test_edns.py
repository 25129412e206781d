"""What forwarders tell about their clients, and that nothing else is believed or breaks."""

from __future__ import annotations

import ipaddress

import dns.edns
import dns.message
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hornbook.instance import InstanceError
from hornbook.node.dns import wire
from hornbook.node.seating.edns import CLIENT_SUBNET, MAC_OPTION, NOTHING, Told, read_told
from hornbook.node.seating.forwarders import Forwarders

MAC = bytes.fromhex("02005e100001")


def generic(code: int, body: bytes) -> dns.edns.GenericOption:
    return dns.edns.GenericOption(dns.edns.OptionType.make(code), body)


def question(*options: dns.edns.Option) -> bytes:
    return dns.message.make_query("lesson.example", "A", options=list(options)).to_wire()


def told(packet: bytes) -> Told:
    return read_told(packet, wire.read_query(packet).end + 4)


def mac(octets: bytes = MAC) -> dns.edns.Option:
    return generic(MAC_OPTION, octets)


def test_a_mac_address_and_a_whole_address_are_read() -> None:
    v4 = dns.edns.ECSOption("10.1.2.3", 32)
    assert told(question(mac(), v4)) == Told(MAC, "10.1.2.3")
    assert told(question(dns.edns.ECSOption("2001:db8::7", 128))) == Told(None, "2001:db8::7")
    assert told(question()) == NOTHING
    assert told(dns.message.make_query("lesson.example", "A", use_edns=False).to_wire()) == NOTHING


@pytest.mark.parametrize(
    "options",
    [
        [mac(), mac()],
        [mac(MAC[:5])],
        [mac(MAC + b"\0")],
        [mac(b"")],
        [dns.edns.ECSOption("10.1.2.0", 24)],
        [dns.edns.ECSOption("2001:db8::", 56)],
        [generic(CLIENT_SUBNET, b"\0\1\x20\0\x0a\1\2")],
        [generic(CLIENT_SUBNET, b"\0\3\x20\0\x0a\1\2\3")],
        [generic(CLIENT_SUBNET, b"\0")],
    ],
)
def test_what_is_no_single_address_tells_nothing(options: list[dns.edns.Option]) -> None:
    assert told(question(*options)) == NOTHING


OPTIONS = st.lists(
    st.tuples(st.sampled_from([MAC_OPTION, CLIENT_SUBNET, 10, 15]), st.binary(max_size=24)),
    max_size=6,
)


@given(OPTIONS)
def test_options_are_read_as_dnspython_reads_them(options: list[tuple[int, bytes]]) -> None:
    packet = question(*[generic(code, body) for code, body in options])
    found = told(packet)
    macs = [body for code, body in options if code == MAC_OPTION]
    assert found.mac == (macs[0] if len(macs) == 1 and len(macs[0]) == 6 else None)
    if found.client:
        subnets = [body for code, body in options if code == CLIENT_SUBNET]
        assert len(subnets) == 1
        assert subnets[0].endswith(ipaddress.ip_address(found.client).packed)


@given(st.binary(max_size=200), st.integers(0, 40))
def test_any_octets_are_read_or_tell_nothing(packet: bytes, at: int) -> None:
    read_told(packet, at)


@given(st.data())
def test_a_damaged_packet_never_breaks_it(data: st.DataObject) -> None:
    packet = bytearray(question(mac(), dns.edns.ECSOption("10.1.2.3", 32)))
    for place in data.draw(st.lists(st.integers(12, len(packet) - 1), max_size=4)):
        packet[place] = data.draw(st.integers(0, 255))
    read_told(bytes(packet[: data.draw(st.integers(0, len(packet)))]), 12)


NETWORKS = ["10.0.0.2/32", "10.9.0.0/16", "2001:db8:9::/48", "::1/128"]
ADDRESSES = ["10.0.0.2", "10.0.0.3", "10.9.255.255", "10.10.0.0", "127.0.0.1"]
ADDRESSES_6 = ["2001:db8:9:ffff::1", "2001:db8:a::1", "::1", "::"]


def test_forwarders_are_found_one_by_one_and_in_rows() -> None:
    trusted = Forwarders(NETWORKS)
    expected = [True, False, True, False, False]
    assert [trusted.holds(text) for text in ADDRESSES] == expected
    numbers = np.array([int(ipaddress.ip_address(text)) for text in ADDRESSES], np.uint32)
    assert trusted.rows(numbers).tolist() == expected
    assert [trusted.holds(text) for text in ADDRESSES_6] == [True, False, True, False]
    octets = b"".join(ipaddress.ip_address(text).packed for text in ADDRESSES_6)
    rows = trusted.rows(np.frombuffer(octets, np.uint8).reshape(-1, 16))
    assert rows.tolist() == [True, False, True, False]


def test_nobody_is_trusted_unless_told() -> None:
    nobody = Forwarders()
    assert not nobody
    assert not nobody.holds("127.0.0.1")
    assert not nobody.rows(np.zeros(2, np.uint32)).any()
    assert not nobody.rows(np.zeros((2, 16), np.uint8)).any()


def test_a_network_that_is_none_is_named_with_the_remedy() -> None:
    with pytest.raises(InstanceError, match=r"10\.0\.0\.1/8.*trusted_forwarders"):
        Forwarders(["10.0.0.1/8"])
