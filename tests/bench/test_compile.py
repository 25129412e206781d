"""The compile benchmark: it measures the real thing, and it would see a miss."""

from __future__ import annotations

import argparse
import gzip
from pathlib import Path

import pytest

from bench import compile as bench


@pytest.fixture
def lists(tmp_path: Path) -> Path:
    folder = tmp_path / "lists"
    folder.mkdir()
    (folder / "games.txt").write_text("a.example\nb.a.example\nblogspot.com\n")
    (folder / "bank.txt.gz").write_bytes(gzip.compress(b"c.example\n" + b"x." * 124 + b"ex\n"))
    return folder


def test_every_name_of_every_list_is_found(lists: Path, tmp_path: Path) -> None:
    compiled = bench.compile_lists(lists, tmp_path)
    assert (compiled["lists"], compiled["names"]) == (2, 4)
    assert compiled["refused_entries"] == {"public-suffix": 1}
    checked = bench.check(tmp_path, tmp_path)
    assert (checked["misses"], checked["looked_up"], checked["too_long_to_exist"]) == (0, 10, 2)


def test_a_name_that_is_not_in_the_part_is_a_miss(lists: Path, tmp_path: Path) -> None:
    bench.compile_lists(lists, tmp_path)
    with (tmp_path / "0.names").open("ab") as names:
        names.write(b"a.example\nabsent.example\n")
    checked = bench.check(tmp_path, tmp_path)
    assert checked["misses"] >= 3
    assert "absent.example" in checked["first_misses"]


def test_without_lists_nothing_is_measured_and_the_reason_is_told(tmp_path: Path) -> None:
    result = bench.run(argparse.Namespace(lists=tmp_path / "absent", no_peers=True))
    assert result["bars"] == []
    assert "set HORNBOOK_TEST_DATA" in result["peers"]["lists"]


def test_the_benchmark_runs_with_its_peers(lists: Path) -> None:
    result = bench.run(argparse.Namespace(lists=lists, no_peers=False))
    assert [bar["value"] for bar in result["bars"]][3] == 0
    assert {"hornbook", "python set", "sqlite without rowid"} <= result["peers"].keys()
