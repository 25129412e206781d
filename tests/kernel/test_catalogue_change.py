"""A change to a catalogue is, name for name, what a full build would have been."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hornbook.kernel import catalogue, catalogue_change
from hornbook.kernel.catalogue import Catalogue
from hornbook.kernel.catalogue_build import SourceNames, build_with_workbook
from hornbook.kernel.catalogue_change import Workbook, change_catalogue
from hornbook.kernel.parts import encode_part, open_part
from tests.kernel.helpers import SEED, make_catalogue, store, wires

Names = dict[str, set[str]]
KINDS: dict[str, Any] = {"adult": "topic", "games": "topic", "open": "allow", "help": "protected"}


def source(key: str, names: set[str]) -> SourceNames:
    return SourceNames.of(key, key, KINDS[key], sorted(names))


def base_of(folder: Path, lists: Names) -> tuple[Catalogue, Workbook]:
    meta, arrays, book = build_with_workbook(
        [source(key, names) for key, names in lists.items()], seed=SEED
    )
    path = store(folder, encode_part(catalogue.KIND, meta, arrays))
    notes = store(folder, encode_part(catalogue_change.KIND, {}, book))
    return (
        Catalogue(open_part(path, catalogue.KIND)),
        Workbook(open_part(notes, catalogue_change.KIND)),
    )


def changed(folder: Path, before: Names, after: Names) -> Catalogue | None:
    base, book = base_of(folder, before)
    keys = [key for key in {**before, **after} if before.get(key) != after.get(key)]
    made = change_catalogue(
        base, book, {key: source(key, after[key]) if key in after else None for key in keys}
    )
    if made is None:
        return None
    path = store(folder, encode_part(catalogue.KIND, *made))
    return Catalogue(open_part(path, catalogue.KIND), base)


def told(found: Catalogue, name: str) -> tuple[set[str], int]:
    """By which lists, and where the suffix begins that matched; one at a time it is the same."""
    match = found.lookup(wires(name, "other.test"))
    set_id, start = int(match.set_id[0]), int(match.start[0])
    suffixes = found.hasher.of_one(wires(name).data[0].tobytes())
    one = next(
        ((n, at) for n, (at, _) in zip(found.sets_of(suffixes), suffixes, strict=True) if n >= 0),
        (0, -1),
    )
    assert one == (set_id, start)
    return {source.key for source in found.sources_of(set_id)}, start


LABELS = st.sampled_from(["a", "b", "www"])
NAME = st.lists(LABELS, min_size=1, max_size=4).map(lambda parts: ".".join([*parts, "example"]))
LISTS = st.dictionaries(st.sampled_from(list(KINDS)), st.sets(NAME, max_size=6), min_size=1)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(before=LISTS, after=LISTS, asked=st.lists(NAME, min_size=1, max_size=8))
def test_a_change_says_what_a_full_build_says(
    tmp_path: Path, before: Names, after: Names, asked: list[str]
) -> None:
    after = {key: after.get(key, set()) for key in {**before, **after}}
    found = changed(tmp_path, before, after)
    assert found is not None
    full = make_catalogue(
        tmp_path, [(key, key, KINDS[key], sorted(names)) for key, names in after.items()]
    )
    everything = {
        *asked,
        *(name for names in [*before.values(), *after.values()] for name in names),
    }
    for name in everything:
        assert told(found, name) == told(full, name), name
    assert len(found) == len(full)


def test_what_is_opened_above_a_listed_name_reaches_it_as_always(tmp_path: Path) -> None:
    before = {"games": {"play.big.example", "big.example"}}
    found = changed(tmp_path, before, {**before, "open": {"big.example"}})
    assert found is not None
    assert told(found, "big.example") == ({"open", "games"}, 0)
    assert told(found, "play.big.example")[0] == {"games"}, "the longer name is listed itself"
    assert told(found, "x.big.example")[0] == {"open", "games"}


def test_a_name_that_is_gone_falls_back_to_its_parent(tmp_path: Path) -> None:
    before = {"games": {"big.example"}, "adult": {"x.big.example"}}
    found = changed(tmp_path, before, {**before, "adult": set()})
    assert found is not None
    assert told(found, "y.x.big.example") == ({"games"}, 4)


def test_a_source_that_is_gone_is_in_no_set(tmp_path: Path) -> None:
    before = {"games": {"a.example"}, "adult": {"b.example"}}
    found = changed(tmp_path, before, {"games": {"a.example"}})
    assert found is not None
    assert told(found, "b.example") == (set(), -1)


@pytest.mark.parametrize("after", [{"games": {"example"}}, {"games": {"a.example", "test"}}])
def test_a_whole_top_level_domain_needs_a_full_build(tmp_path: Path, after: Names) -> None:
    assert changed(tmp_path, {"games": {"a.example"}}, after) is None


def test_a_list_of_another_kind_needs_a_full_build(tmp_path: Path) -> None:
    base, book = base_of(tmp_path, {"games": {"a.example"}})
    other = SourceNames.of("games", "adult", "topic", ["a.example"])
    assert change_catalogue(base, book, {"games": other}) is None


def test_unlisted_names_stay_unlisted_and_sets_keep_their_numbers(tmp_path: Path) -> None:
    before = {"games": {"a.example", "b.example"}}
    found = changed(tmp_path, before, {"games": {"a.example", "b.example", "c.example"}})
    assert found is not None
    assert found.base is not None
    assert found.base.lookup(wires("a.example")).set_id == found.lookup(wires("a.example")).set_id
    nobody = found.lookup(wires(*(f"n{n}.test" for n in range(200))))
    assert not np.any(nobody.set_id)


def test_a_change_is_of_no_use_without_its_base(tmp_path: Path) -> None:
    found = changed(tmp_path, {"games": {"a.example"}}, {"games": {"c.example"}})
    assert found is not None
    path = tmp_path / f"{found.hash}.part"
    with pytest.raises(ValueError, match="a change to the catalogue"):
        Catalogue(open_part(path, catalogue.KIND))
