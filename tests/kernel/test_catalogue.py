"""The catalogue against a slow reference that is plainly right: one dictionary, one loop."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hornbook.kernel import catalogue, catalogue_build
from hornbook.kernel.catalogue import Catalogue, FingerprintTable, Kind, Source
from hornbook.kernel.catalogue_build import SourceNames, build_catalogue
from hornbook.kernel.fingerprint import Hasher
from hornbook.kernel.parts import open_part
from hornbook.kernel.wires import BadName, Wires
from tests.kernel.helpers import List, catalogue_body, make_catalogue, store, wires

NAME = st.lists(st.sampled_from(["a", "b", "c"]), min_size=1, max_size=6).map(".".join)
KIND = st.sampled_from(["topic", "topic", "allow", "protected"])
LISTS = st.lists(st.tuples(KIND, st.lists(NAME, max_size=12)), max_size=6)


def ancestors(name: str) -> list[str]:
    """The name itself, then its parents, longest first."""
    labels = name.split(".")
    return [".".join(labels[place:]) for place in range(len(labels))]


class Reference:
    """What each name should be found in, worked out one name at a time."""

    def __init__(self, lists: list[List]) -> None:
        self.own: dict[str, set[Source]] = {}
        for key, category, kind, names in lists:
            for name in names:
                self.own.setdefault(name, set()).add(Source(key, category, kind))

    def matched(self, name: str) -> str | None:
        return next((suffix for suffix in ancestors(name) if suffix in self.own), None)

    def sources(self, name: str | None) -> set[Source]:
        if name is None:
            return set()
        own = self.own[name]
        above = self.sources(next((p for p in ancestors(name)[1:] if p in self.own), None))
        if any(source.kind != "topic" for source in own):
            above = {source for source in above if source.kind != "topic"}
        if any(source.kind == "topic" for source in own):
            above = {source for source in above if source.kind != "allow"}
        return own | above


def numbered(drawn: list[tuple[Kind, list[str]]]) -> list[List]:
    return [(f"list-{n}", f"cat-{n % 3}", kind, names) for n, (kind, names) in enumerate(drawn)]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(LISTS, st.lists(NAME, min_size=1, max_size=15))
def test_it_finds_what_the_reference_finds(
    tmp_path: Path, drawn: list[tuple[Kind, list[str]]], asked: list[str]
) -> None:
    lists = numbered(drawn)
    reference = Reference(lists)
    found = make_catalogue(tmp_path, lists)
    names = asked + sorted(reference.own) + [f"www.{name}" for name in reference.own]
    match = found.lookup(wires(*names))
    for name, set_id, start in zip(names, match.set_id, match.start, strict=True):
        suffix = reference.matched(name)
        assert set(found.sources_of(int(set_id))) == reference.sources(suffix)
        assert int(start) == (-1 if suffix is None else len(name) - len(suffix))


def test_a_child_has_its_parents_lists_too(tmp_path: Path) -> None:
    found = make_catalogue(
        tmp_path,
        [
            ("one", "adult", "topic", ["example.com"]),
            ("two", "games", "topic", ["play.example.com", "example.com"]),
            ("three", "social", "topic", ["deep.play.example.com"]),
        ],
    )
    match = found.lookup(wires("deep.play.example.com", "other.example.com", "com"))
    assert [found.categories(int(n)) for n in match.set_id] == [
        ("adult", "games", "social"),
        ("adult", "games"),
        (),
    ]
    assert match.start.tolist() == [0, 6, -1]


def test_allow_frees_a_child_and_protection_is_never_lost(tmp_path: Path) -> None:
    found = make_catalogue(
        tmp_path,
        [
            ("topic", "adult", "topic", ["example.com", "bad.good.example.com", "x.safe.org"]),
            ("allow", "lessons", "allow", ["good.example.com"]),
            ("safe", "crisis", "protected", ["safe.org"]),
        ],
    )
    names = ("example.com", "a.good.example.com", "bad.good.example.com", "y.x.safe.org")
    match = found.lookup(wires(*names))
    kinds = [{source.kind for source in found.sources_of(int(n))} for n in match.set_id]
    assert kinds == [{"topic"}, {"allow"}, {"topic"}, {"topic", "protected"}]


def test_a_name_in_a_list_twice_and_in_two_lists_is_one_name(tmp_path: Path) -> None:
    found = make_catalogue(
        tmp_path,
        [("one", "ads", "topic", ["a.b", "a.b"]), ("two", "ads", "topic", ["a.b"])],
    )
    assert len(found) == 1
    assert [s.key for s in found.sources_of(int(found.lookup(wires("a.b")).set_id[0]))] == [
        "one",
        "two",
    ]


def test_an_empty_catalogue_lists_nothing(tmp_path: Path) -> None:
    nothing: list[list[List]] = [[], [("none", "ads", "topic", [])]]
    for lists in nothing:
        found = make_catalogue(tmp_path, lists)
        match = found.lookup(wires("example.com", "."))
        assert (match.set_id.tolist(), match.start.tolist()) == ([0, 0], [-1, -1])
        assert found.set_count == 1


def test_an_empty_batch_is_fine(tmp_path: Path) -> None:
    found = make_catalogue(tmp_path, [("one", "ads", "topic", ["a.b"])])
    assert len(found.lookup(Wires(np.zeros((0, 1), np.uint8), np.zeros(0, np.int64))).set_id) == 0


def test_escaped_and_international_names_are_found(tmp_path: Path) -> None:
    found = make_catalogue(tmp_path, [("one", "ads", "topic", [r"a\046b.com", "xn--bcher-kva.de"])])
    match = found.lookup(wires(r"a\046b.com", "a.b.com", "www.xn--bcher-kva.de"))
    assert (match.set_id > 0).tolist() == [True, False, True]


def test_a_hundred_and_twenty_seven_labels_are_looked_up_in_full(tmp_path: Path) -> None:
    deep = ".".join(["a"] * 127)
    found = make_catalogue(tmp_path, [("one", "ads", "topic", ["a", deep])])
    match = found.lookup(wires(deep, deep[2:]))
    assert match.start.tolist() == [0, 125 * 2]


def test_many_names_are_all_found_in_at_most_sixteen_octets_each(tmp_path: Path) -> None:
    names = [f"n{i}.example{i % 97}.com" for i in range(50_000)]
    lists: list[List] = [("one", "ads", "topic", names)]
    assert len(catalogue_body(lists)) / len(names) <= 16
    found = make_catalogue(tmp_path, lists)
    for prefix in ("", "www.", "a.b.c."):
        match = found.lookup(wires(*(prefix + name for name in names)))
        assert (match.set_id == 1).all()
        assert (match.start == len(prefix)).all()
    missing = found.lookup(wires(*(f"m{i}.example{i % 97}.com" for i in range(50_000))))
    assert not missing.set_id.any()


def test_more_than_65536_sets_still_fit(tmp_path: Path) -> None:
    # 17 sources and every combination of them: 2**17 - 1 sets.
    names = [f"n{i}.example" for i in range(1, 1 << 17)]
    lists: list[List] = [
        (f"s{bit}", "ads", "topic", [n for i, n in enumerate(names, 1) if i >> bit & 1])
        for bit in range(17)
    ]
    found = make_catalogue(tmp_path, lists)
    assert found.set_count == 1 << 17
    asked = [1, 2, 3, 40_000, 70_000, 131_071]
    match = found.lookup(wires(*(f"n{i}.example" for i in asked)))
    for number, set_id in zip(asked, match.set_id, strict=True):
        keys = {f"s{bit}" for bit in range(17) if number >> bit & 1}
        assert {source.key for source in found.sources_of(int(set_id))} == keys


def test_the_same_lists_give_the_same_part() -> None:
    lists: list[List] = [("one", "ads", "topic", ["a.b", "c.d"]), ("two", "ads", "allow", ["a.b"])]
    assert catalogue_body(lists) == catalogue_body(lists)
    assert catalogue_body(lists) != catalogue_body(lists, seed=9)


def test_a_collision_makes_the_builder_take_another_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    class Weak(Hasher):
        """Under seed 1 every name has the same fingerprint."""

        def whole(self, wires: Wires) -> np.ndarray[tuple[int], np.dtype[np.uint64]]:
            found = super().whole(wires)
            return found * np.uint64(0) + np.uint64(5) if self.seed == 1 else found

    monkeypatch.setattr(catalogue_build, "Hasher", Weak)
    meta, arrays = build_catalogue([SourceNames.of("k", "ads", "topic", ["a.b", "c.d"])], seed=1)
    assert meta["seed"] == 2
    assert meta["names"] == len(arrays["sets"]) == 2


def test_two_lists_of_one_key_are_refused() -> None:
    twice = [SourceNames.of("k", "ads", "topic", ["a.b"])] * 2
    with pytest.raises(ValueError, match="key of its own"):
        build_catalogue(twice, seed=1)


def test_a_broken_line_in_a_list_is_named() -> None:
    with pytest.raises(BadName, match=r"a\.\.b"):
        build_catalogue([SourceNames("k", "ads", "topic", b"fine.example\na..b\n")], seed=1)


@given(st.sets(st.integers(0, 2**64 - 1), max_size=200), st.integers(0, 2**64 - 1))
def test_the_table_finds_exactly_its_members(members: set[int], stranger: int) -> None:
    distinct = np.array(sorted(members), np.uint64)
    table = FingerprintTable.build(distinct)
    asked = np.array([*sorted(members), stranger, 0], np.uint64)
    probe, slot = table.find(asked)
    assert {int(asked[p]) for p in probe} == members & {int(value) for value in asked}
    assert (distinct[slot] == asked[probe]).all()


def test_catalogue_knows_its_size(tmp_path: Path) -> None:
    found: Catalogue = make_catalogue(tmp_path, [("one", "ads", "topic", ["a.b", "c.d"])])
    assert len(found) == 2


@pytest.mark.parametrize("told", ["sets", "index"])
def test_a_part_whose_numbers_point_beyond_its_tables_is_refused(tmp_path: Path, told: str) -> None:
    body = catalogue_body([("adult-a", "adult", "topic", ["adult.example", "x.example"])])
    good = open_part(store(tmp_path, body), catalogue.KIND)
    assert len(Catalogue(good)) == 2
    beyond = good.arrays[told].copy()
    beyond[-1] = 1000
    with pytest.raises(ValueError, match="point"):
        Catalogue(replace(good, arrays=good.arrays | {told: beyond}))
