"""A short run of the proofs whose full run is ``hornbook bench prove``."""

from __future__ import annotations

import random
from pathlib import Path

from bench.prove import flips, kills


def test_kill_9_while_sealing_compacting_and_delivering(tmp_path: Path) -> None:
    found = kills(tmp_path, 12, random.Random(7))
    assert found["sealed"] > 0
    assert {key: found[key] for key in found if key != "sealed"} == {
        "lost": 0,
        "doubled": 0,
        "faults": 0,
        "undelivered": 0,
    }


def test_every_flipped_bit_is_found_and_located(tmp_path: Path) -> None:
    assert flips(tmp_path, 120, random.Random(7)) == []
