from __future__ import annotations

import hashlib
import ipaddress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hornbook.kernel import seating
from hornbook.kernel.parts import encode_part, open_part
from hornbook.kernel.seating import BadSeating, Key, Seat, Seating, build_seating
from tests.kernel.helpers import store

Row = tuple[str, str, str, str]


def make(folder: Path, rows: list[Row], **keys: Any) -> Seating:
    meta, arrays = build_seating(rows, default_profile="guest", default_site="district", **keys)
    return Seating(open_part(store(folder, encode_part(seating.KIND, meta, arrays)), seating.KIND))


def v4_network(value: tuple[int, int]) -> ipaddress.IPv4Network:
    return ipaddress.IPv4Network((value[0], value[1]), strict=False)


def v6_network(value: tuple[int, int]) -> ipaddress.IPv6Network:
    return ipaddress.IPv6Network((value[0], value[1]), strict=False)


# Few distinct high bits, so that the networks nest and touch.
V4 = st.tuples(
    st.one_of(st.integers(0, 2**32 - 1), st.integers(0, 255), st.integers(2**32 - 256, 2**32 - 1)),
    st.one_of(st.integers(0, 32), st.integers(24, 32)),
).map(v4_network)
V6 = st.tuples(
    st.one_of(st.integers(0, 2**128 - 1), st.integers(0, 255).map(lambda n: n << 120)),
    st.one_of(st.integers(0, 128), st.integers(0, 12)),
).map(v6_network)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.sets(V4, max_size=15), st.sets(V6, max_size=15), st.data())
def test_the_most_specific_network_wins(
    tmp_path: Path,
    v4: set[ipaddress.IPv4Network],
    v6: set[ipaddress.IPv6Network],
    data: st.DataObject,
) -> None:
    networks: list[ipaddress.IPv4Network | ipaddress.IPv6Network] = [*v4, *v6]
    found = make(tmp_path, [(str(n), f"p{i}", "student", "s") for i, n in enumerate(networks)])
    edges = [address for n in networks for address in (n[0], n[-1])]
    near = [
        type(edge)(int(edge) + step)
        for edge in edges
        for step in (-1, 0, 1)
        if 0 <= int(edge) + step < 1 << edge.max_prefixlen
    ]
    for address in near or [ipaddress.IPv4Address(data.draw(st.integers(0, 2**32 - 1)))]:
        holding = [n for n in networks if n.version == address.version and address in n]
        best = max(holding, key=lambda n: n.prefixlen, default=None)
        person = "" if best is None else f"p{networks.index(best)}"
        if address.version == 6 and address.ipv4_mapped:
            continue
        assert found.seats[found.by_address(str(address))].person == person


def test_who_is_not_known_has_the_default_profile(tmp_path: Path) -> None:
    found = make(tmp_path, [])
    assert found.seats == (Seat("", "guest", "district"),)
    assert found.by_address("192.0.2.1") == found.by_address("2001:db8::1") == 0


def test_a_whole_batch_of_addresses_at_once(tmp_path: Path) -> None:
    found = make(
        tmp_path,
        [("10.0.0.0/8", "", "student", "north"), ("10.1.2.3", "t-4", "staff", "north")],
    )
    asked = [int(ipaddress.ip_address(a)) for a in ("10.1.2.3", "10.1.2.4", "9.255.255.255")]
    seats = found.by_v4(np.array(asked, np.uint32))
    assert [found.seats[n].profile for n in seats] == ["staff", "student", "guest"]


def test_a_mapped_address_has_the_seat_of_its_ipv4_address(tmp_path: Path) -> None:
    found = make(tmp_path, [("10.1.2.0/24", "", "student", "north")])
    assert found.by_address("::ffff:10.1.2.9") == found.by_address("10.1.2.9") == 1
    assert found.by_address("::ffff:10.1.3.0") == 0


def test_addresses_that_end_in_zero_octets_are_no_special_case(tmp_path: Path) -> None:
    found = make(tmp_path, [("2001:db8::/128", "x", "staff", "s"), ("::/128", "y", "staff", "s")])
    people = [found.seats[found.by_address(a)].person for a in ("2001:db8::", "2001:db8::1", "::")]
    assert people == ["x", "", "y"]


def test_a_zone_index_is_ignored_and_nonsense_is_refused(tmp_path: Path) -> None:
    found = make(tmp_path, [("fe80::/10", "", "staff", "s")])
    assert found.by_address("fe80::1%eth0") == 1
    with pytest.raises(ValueError, match="does not appear"):
        found.by_address("10.0.0")


def test_one_person_on_two_networks_has_one_seat(tmp_path: Path) -> None:
    found = make(
        tmp_path,
        [("10.1.2.3", "t-4", "staff", "north"), ("2001:db8::4", "t-4", "staff", "north")],
    )
    assert len(found.seats) == 2
    assert found.of_person("t-4") == found.by_address("2001:db8::4") == 1
    assert found.of_person("nobody") is None


@pytest.mark.parametrize(
    ("rows", "trouble"),
    [
        ([("10.0.0.1/8", "", "x", "")], "10.0.0.1/8.*host bits"),
        ([("ten", "", "x", "")], "“ten”"),
        ([("10.0.0.1", "a", "x", ""), ("10.0.0.1/32", "b", "x", "")], "two seats"),
    ],
)
def test_unclear_networks_are_refused(rows: list[Row], trouble: str) -> None:
    with pytest.raises(BadSeating, match=trouble):
        build_seating(rows, default_profile="guest")


STUDENT = Seat("s-1", "student", "north")
TEACHER = Seat("t-4", "staff", "north")


def token(text: bytes, seat: Seat, **more: int) -> Key:
    return Key(hashlib.sha256(text).digest(), seat, **more)


def test_a_token_says_who_asks_and_the_part_does_not_hold_it(tmp_path: Path) -> None:
    found = make(
        tmp_path,
        [("10.1.2.3", "t-4", "staff", "north")],
        tokens=[token(b"pupil", STUDENT), token(b"teacher", TEACHER)],
    )
    seats = found.by_token([b"teacher", b"pupil", b"guess", b"Teacher", b""])
    assert [found.seats[n].person for n in seats] == ["t-4", "s-1", "", "", ""]
    assert found.by_token([b"teacher"])[0] == found.by_address("10.1.2.3")
    assert all(b"teacher" not in path.read_bytes() for path in tmp_path.iterdir())


def test_a_token_ends_to_the_second(tmp_path: Path) -> None:
    found = make(tmp_path, [], tokens=[token(b"t", STUDENT, ends=1000), token(b"u", STUDENT)])
    assert [bool(found.by_token([b"t"], now=now)[0]) for now in (999.9, 1000, 2000)] == [1, 0, 0]
    assert list(found.by_token([b"t", b"u"])) == [0, 1]


def test_a_mac_address_says_who_asks(tmp_path: Path) -> None:
    mac = bytes.fromhex("02005e100000")
    found = make(tmp_path, [], macs=[Key(mac, STUDENT)])
    asked = np.frombuffer(mac + bytes.fromhex("02005e100001"), np.uint8).reshape(2, 6)
    assert [found.seats[n].person for n in found.by_mac(asked)] == ["s-1", ""]


# Octets that end in zeros, or hold them, are no special case.
OCTETS = st.lists(st.sampled_from([0, 1, 255]), min_size=6, max_size=6).map(bytes)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.sets(OCTETS, max_size=12), st.lists(OCTETS, max_size=12))
def test_every_key_finds_its_seat_and_no_other(
    tmp_path: Path, known: set[bytes], asked: list[bytes]
) -> None:
    macs = [Key(octets, Seat(octets.hex(), "student", "")) for octets in known]
    found = make(tmp_path, [], macs=macs)
    seats = found.by_mac(np.frombuffer(b"".join(asked), np.uint8).reshape(-1, 6))
    expected = [octets.hex() if octets in known else "" for octets in asked]
    assert [found.seats[n].person for n in seats] == expected


def test_a_part_from_before_there_were_keys_is_read(tmp_path: Path) -> None:
    meta, arrays = build_seating([], default_profile="guest")
    old = {name: arrays[name] for name in ("v4_starts", "v4_seats", "v6_starts", "v6_seats")}
    path = store(tmp_path, encode_part(seating.KIND, meta, old))
    assert Seating(open_part(path, seating.KIND)).by_token([b"x"], now=0) == [0]


@pytest.mark.parametrize(
    ("octets", "trouble"), [([b"123456", b"123456"], "two seats"), ([b"12345"], "6 octets")]
)
def test_unclear_keys_are_refused(octets: list[bytes], trouble: str) -> None:
    with pytest.raises(BadSeating, match=trouble):
        build_seating([], default_profile="guest", macs=[Key(o, STUDENT) for o in octets])
