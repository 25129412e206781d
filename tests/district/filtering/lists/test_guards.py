"""Which entries are taken, in which form, and why others are refused."""

from __future__ import annotations

import pytest

from hornbook.district.filtering.lists.guards import (
    EXAMPLES,
    REASONS,
    Refuse,
    Tally,
    is_public_suffix,
    listed_host,
    listed_name,
)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (b"Example.COM", b"example.com"),
        (b"example.com.", b"example.com"),
        (b"*.example.com", b"example.com"),
        (b".example.com", b"example.com"),
        (b"  example.com ", b"example.com"),
        (b"a_b.example.com", b"a_b.example.com"),
        (b"-odd-.tumblr.com", b"-odd-.tumblr.com"),
        ("bücher.example".encode(), b"xn--bcher-kva.example"),
        ("bücher.example".encode("latin-1"), b"xn--bcher-kva.example"),
        (b"xn--bcher-kva.example", b"xn--bcher-kva.example"),
        (b"someone.blogspot.com", b"someone.blogspot.com"),
        (b"0.0.0.0.beeglivesex.com", b"0.0.0.0.beeglivesex.com"),
    ],
)
def test_an_entry_is_taken_in_its_normal_form(text: bytes, name: bytes) -> None:
    assert listed_name(text) == name


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"com", "single-label"),
        (b"localhost", "single-label"),
        (b"co.uk", "public-suffix"),
        (b"blogspot.com", "public-suffix"),
        (b"github.io", "public-suffix"),
        (b"*.github.io", "public-suffix"),
        (b"anything.ck", "public-suffix"),  # *.ck is a rule of the list
        (b"kawasaki.jp", "public-suffix"),  # the parent of *.kawasaki.jp
        ("公司.cn".encode(), "public-suffix"),
        (b"192.0.2.7", "ip-address"),
        (b"192.0.2.0/24", "ip-address"),
        (b"2001:db8::1", "ip-address"),
        (b"[2001:db8::1]", "ip-address"),
        (b"a..example", "invalid-name"),
        (b"two words.example", "invalid-name"),
        (b"*oogle.com", "invalid-name"),
        (b"a.*.example", "invalid-name"),
        (b"x" * 64 + b".example", "invalid-name"),
        (b"x." * 124 + b"example", "invalid-name"),
        (b"example.123", "invalid-name"),
        ("ex\u200bam\ufffdple.com".encode(), "invalid-name"),
    ],
)
def test_an_entry_is_refused_with_its_reason(text: bytes, reason: str) -> None:
    with pytest.raises(Refuse) as refusal:
        listed_name(text)
    assert refusal.value.reason == reason
    assert reason in REASONS


def test_an_exception_of_the_public_suffix_list_may_be_listed() -> None:
    assert not is_public_suffix(b"www.ck")
    assert listed_name(b"www.ck") == b"www.ck"


@pytest.mark.parametrize(
    ("text", "host"),
    [
        (b"192.0.2.7", b"192.0.2.7"),
        (b"[2001:DB8::1]", b"[2001:db8::1]"),
        (b"GitHub.io", b"github.io"),
        ("公司.cn".encode(), b"xn--55qx5d.cn"),
    ],
)
def test_a_path_rule_may_stand_on_an_address_or_a_public_suffix(text: bytes, host: bytes) -> None:
    assert listed_host(text) == host


def test_a_tally_counts_all_and_shows_the_first() -> None:
    tally = Tally()
    for number in range(10):
        tally.add("ip-address", f"list:{number}", b"192.0.2.7")
    other = Tally()
    other.add("ip-address", "other:1", b"192.0.2.8")
    other.add("regexp", "other:2", b"regexp:x")
    tally.merge(other)
    assert tally.counts == {"ip-address": 11, "regexp": 1}
    assert tally.examples["ip-address"][0] == "list:0: 192.0.2.7"
    assert len(tally.examples["ip-address"]) == EXAMPLES
    assert tally.examples["regexp"] == ["other:2: regexp:x"]
