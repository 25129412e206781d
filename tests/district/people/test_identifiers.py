"""What stands for people and devices on the wire."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hornbook.district.people.identifiers import (
    chrome_identifier,
    chrome_salts,
    new_token,
    read_mac,
    rotate_chrome_salt,
)
from hornbook.instance import Instance

# What Chromium's own test of its templates expects (templates_uri_resolver_impl_unittest.cc).
CHROMIUM = {
    "test-user@testdomain.com": "EAE2DCB2164EB64B695BC555C4EC45D01C8F0DF73CCD3321E45E5B49F22A22DF",
    "admin-provided-test-asset-ID": (
        "2601D4E337D68B6EE97B338482E45F7D3670E78075490A7F9916321AF7B4539F"
    ),
    "serial-number": "D60336AF57006D9FD327FD96F4B44F9067A09FB0A4DD83FB67EC0B2C472B9734",
}


@pytest.mark.parametrize("value", CHROMIUM)
def test_identifiers_are_those_that_chrome_sends(value: str) -> None:
    assert chrome_identifier("test-salt", value) == CHROMIUM[value]


def test_a_token_fits_a_path_and_a_name_on_the_wire() -> None:
    tokens = {new_token() for _ in range(50)}
    assert len(tokens) == 50
    assert all(re.fullmatch("[a-z2-7]{32}", token) for token in tokens)


def test_the_salt_before_stays_good_and_older_ones_go(tmp_path: Path) -> None:
    instance = Instance(tmp_path)
    first = chrome_salts(instance)
    assert len(first) == 1
    assert 8 <= len(first[0]) <= 32
    assert rotate_chrome_salt(instance) == 2
    second = chrome_salts(instance)
    assert (len(second), second[1]) == (2, first[0])
    assert rotate_chrome_salt(instance) == 3
    third = chrome_salts(instance)
    assert third[1] == second[0]
    assert first[0] not in third
    assert {path.name for path in (tmp_path / "secrets").iterdir()} == {
        "chrome-salt-2",
        "chrome-salt-3",
    }


def test_a_salt_is_rotated_even_where_nobody_used_the_first(tmp_path: Path) -> None:
    assert rotate_chrome_salt(Instance(tmp_path)) == 2
    assert len(chrome_salts(Instance(tmp_path))) == 2


@given(st.binary(min_size=6, max_size=6), st.sampled_from([":", "-", ""]), st.booleans())
def test_mac_addresses_are_read_as_people_write_them(octets: bytes, sep: str, upper: bool) -> None:
    text = octets.hex(sep) if sep else octets.hex()
    assert read_mac(text.upper() if upper else text) == octets.hex(":")


@pytest.mark.parametrize("text", ["", "aa:bb:cc:00:11", "aa:bb:cc:00:11:2g", "aa" * 7])
def test_what_is_no_mac_address_is_refused_with_the_remedy(text: str) -> None:
    with pytest.raises(ValueError, match="write it like"):
        read_mac(text)
