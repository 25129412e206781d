"""The benchmark of changes: entries and seats are really asked for until they are felt."""

from __future__ import annotations

import argparse
from pathlib import Path

from bench import live


def test_entries_and_seats_are_felt(tmp_path: Path) -> None:
    told = live.run(argparse.Namespace(names=2000, rounds=3, lists=tmp_path))
    assert [bar["name"].partition(",")[0] for bar in told["bars"]] == [
        "an entry of our own",
        "a seat",
    ]
    assert all(0 < bar["value"] < live.PATIENCE for bar in told["bars"])
