"""The swap benchmark: a real node loses no question while its rules change under load."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pytest

from bench import swap


def test_no_question_is_lost_while_two_catalogues_take_turns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(swap, "QUIET", 0.5)
    monkeypatch.setattr(swap, "BETWEEN", 0.1)
    asked = argparse.Namespace(names=3000, rate=3000.0, swaps=4, lists=tmp_path)
    told = swap.run(asked)
    assert [bar["name"] for bar in told["bars"] if bar["value"] != 0] == [
        "longest wait during swaps, ms"
    ]
    assert told["peers"]["swaps"] == 4
    assert told["peers"]["questions"] > 3000


def test_a_lost_question_and_a_long_wait_are_seen() -> None:
    sent = np.arange(1000) * 10**6
    waits = np.full(1000, 10**6)
    waits[500], waits[600] = -1, 60 * 10**6
    asked = swap.Asked(sent, waits, failed=0)
    args = argparse.Namespace(rate=1000.0, names=1)

    def bars() -> list[tuple[float, bool | None]]:
        told = swap.result(asked, [(0.55, 0.65)], args)["bars"]
        return [(bar["value"], bar["ok"]) for bar in told]

    assert bars() == [(1, False), (0, True), (60.0, False)]
    waits[700] = 90 * 10**6  # and so long without a swap: the machine was too busy to tell
    assert bars() == [(1, False), (0, True), (60.0, None)]
