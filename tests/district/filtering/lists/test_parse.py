"""From files to sorted names, and what refuses a whole list."""

from __future__ import annotations

import pytest

from hornbook.district.filtering.lists.guards import CUT_AT
from hornbook.district.filtering.lists.parse import parse_list, parse_popular
from hornbook.district.filtering.lists.reading import ListRefused, NothingUsable
from tests.district.filtering.lists.conftest import Write, numbered


def test_names_come_out_sorted_once_and_normalised(write: Write) -> None:
    parsed = parse_list([write("list.txt.gz", "b.example\nA.example\nb.example.\n")])
    assert parsed.names == b"a.example\nb.example\n"
    assert parsed.names_count == 2
    assert parsed.formats == ("domains",)


def test_the_two_files_of_one_topic_are_read_as_one(write: Write) -> None:
    files = [
        write("games.domains.gz", "a.example\n192.0.2.7\n"),
        write("games.urls.gz", "a.example\nc.example/play\n192.0.2.8\n"),
    ]
    parsed = parse_list(files)
    assert parsed.names == b"a.example\n"
    assert parsed.urls == b"c.example/play\n"
    assert parsed.refused.counts == {"ip-address": 2}
    assert parsed.refused.examples["ip-address"] == [
        "games.domains.gz:2: 192.0.2.7",
        "games.urls.gz:3: 192.0.2.8",
    ]


def name_of(length: int) -> str:
    start = f"{'x' * 40}.{'y' * 40}."
    return start + "z" * (length - len(start) - len(".example")) + ".example"


def test_names_of_exactly_128_characters_are_taken_for_cut_off(write: Write) -> None:
    cut = name_of(CUT_AT)
    parsed = parse_list([write("list.txt", f"a.example\n{cut}\n")])
    assert len(cut) == CUT_AT
    assert parsed.names == b"a.example\n"
    assert parsed.refused.counts == {"cut-name": 1}


def test_a_list_that_holds_longer_names_does_not_cut(write: Write) -> None:
    parsed = parse_list([write("list.txt", f"{name_of(CUT_AT)}\n{name_of(CUT_AT + 1)}\n")])
    assert parsed.names_count == 2


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("# only\n# comments\n", "comments only"),
        ("192.0.2.1\n192.0.2.2\n", "2 × IP address"),
        ("com\nnet\n", "2 × single label"),
        ("regexp:^a\nkeyword:b\nkeyword:c\n", "2 × keyword"),
    ],
)
def test_a_list_without_a_usable_entry_says_so(write: Write, content: str, reason: str) -> None:
    with pytest.raises(NothingUsable, match=reason):
        parse_list([write("list.txt", content)])


def test_prose_is_no_list(write: Write) -> None:
    prose = "These are words of a page that speaks about lists.\n" * 20 + "www.example.com\n"
    with pytest.raises(ListRefused, match="does not look like a list of names: 20 of 21 lines"):
        parse_list([write("page.txt", prose)])


def test_a_list_with_many_wrong_lines_is_still_a_list(write: Write) -> None:
    parsed = parse_list([write("list.txt", numbered(5) + "not one\n" * 20)])
    assert (parsed.names_count, parsed.refused.counts["invalid-name"]) == (5, 20)


def test_a_chosen_format_is_obeyed(write: Write) -> None:
    path = write("list.txt", "a.example\n||b.example^\n")
    assert parse_list([path], "adblock").names == b"b.example\n"
    assert parse_list([path], "domains").names == b"a.example\n"


@pytest.mark.parametrize(
    "content",
    ["a.example\nb.example\n", "1,a.example\n2,b.example\n", "https://a.example,1\nb.example,1\n"],
    ids=["plain", "rank first", "rank last"],
)
def test_popular_names_are_read_with_or_without_ranks(write: Write, content: str) -> None:
    assert parse_popular(write("top.csv", content)).names == b"a.example\nb.example\n"
