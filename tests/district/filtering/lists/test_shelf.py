"""Names on disk are called by their content, and a changed file is noticed."""

from __future__ import annotations

import pytest

from hornbook.district.filtering.lists.parse import ParsedList, parse_list
from hornbook.district.filtering.lists.shelf import Shelf, ShelfError
from hornbook.instance import Instance
from tests.district.filtering.lists.conftest import Write


@pytest.fixture
def parsed(write: Write) -> ParsedList:
    return parse_list([write("list.txt", "a.example\nb.example/x\n")])


def test_what_was_put_is_found_again(instance: Instance, parsed: ParsedList) -> None:
    address = Shelf.of(instance).put(parsed)
    assert Shelf.of(instance).names(address) == b"a.example\n"
    assert sorted(path.suffix for path in instance.lists.iterdir()) == [".names", ".urls"]


def test_a_dry_run_writes_no_file(instance: Instance, parsed: ParsedList) -> None:
    shelf = Shelf.of(instance, keep=False)
    assert shelf.names(shelf.put(parsed)) == b"a.example\n"
    assert list(instance.lists.iterdir()) == []


def test_a_changed_file_is_refused_and_mended_by_the_next_import(
    instance: Instance, parsed: ParsedList
) -> None:
    address = Shelf.of(instance).put(parsed)
    (instance.lists / f"{address}.names").write_bytes(b"google.com\n")
    with pytest.raises(ShelfError, match="was changed"):
        Shelf.of(instance).names(address)
    Shelf.of(instance).put(parsed)
    assert Shelf.of(instance).names(address) == b"a.example\n"


def test_a_lost_file_is_named_with_the_remedy(instance: Instance) -> None:
    with pytest.raises(ShelfError, match="import the list again"):
        Shelf.of(instance).names("0" * 64)
