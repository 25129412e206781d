from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hornbook.kernel import rulebook
from hornbook.kernel.parts import encode_part, open_part
from hornbook.kernel.rulebook import MINUTES_A_WEEK, Rulebook, Terms, Verdict, build_rulebook
from tests.kernel.helpers import VERDICTS, store

SOUND: dict[str, Any] = {
    "profiles": ["staff", "student"],
    "verdicts": VERDICTS,
    "matrix": np.zeros((2, 2, 3), np.uint16),
    "week": np.zeros(MINUTES_A_WEEK, np.uint8),
    "time_zone": "America/Chicago",
    "notice": {"district": "Cedar Hills"},
    "catalogue_hash": "0" * 64,
}


def opened(folder: Path, **change: Any) -> Rulebook:
    body = encode_part(rulebook.KIND, *build_rulebook(**(SOUND | change)))
    return Rulebook(open_part(store(folder, body), rulebook.KIND))


def test_verdicts_come_back_with_every_word(tmp_path: Path) -> None:
    full = Verdict(
        "rewrite", "safe", "PRO-2@3", "CIPA", "teacher", "rewrite", None, 300,
        "forcesafesearch.google.com", "Search", "Students shall …", "We …", "2020-10-19", "604.3",
    )  # fmt: skip
    found = opened(tmp_path, verdicts=[full])
    assert found.verdicts == (full,)
    assert (found.time_zone, found.notice) == ("America/Chicago", {"district": "Cedar Hills"})


def test_the_terms_of_a_warning_come_back_and_none_is_plain_allow(tmp_path: Path) -> None:
    warns = Verdict("warn", "shops", "PRO-4@1")
    found = opened(tmp_path, verdicts=[warns, Verdict("warn", "noted")], terms={"shops": Terms(15)})
    assert [found.terms_of(verdict) for verdict in found.verdicts] == [Terms(15), None]
    assert found.terms_of(Verdict("block", "shops")) is None
    assert opened(tmp_path).terms == {}
    assert not opened(tmp_path).keeps_path(Verdict("inspect", "look"))
    keeps = opened(tmp_path, keeps_paths=["look"])
    assert keeps.keeps_path(Verdict("inspect", "look"))
    assert not keeps.keeps_path(Verdict("allow", "look"))
    for minutes in (0, 241):
        with pytest.raises(ValueError, match="between 1 and 240"):
            Terms(minutes)


def test_every_minute_of_the_week_has_its_slot(tmp_path: Path) -> None:
    week = np.zeros(MINUTES_A_WEEK, np.uint8)
    week[(2 * 24 + 8) * 60 : (2 * 24 + 15) * 60] = 1  # Wednesday, eight to three
    found = opened(tmp_path, week=week)
    told = [found.slot_at(2, 7, 59), found.slot_at(2, 8), found.slot_at(2, 14, 59)]
    assert [*told, found.slot_at(2, 15), found.slot_at(6, 23, 59)] == [0, 1, 1, 0, 0]
    assert found.slots == 2


@pytest.mark.parametrize(
    ("change", "trouble"),
    [
        ({"profiles": ["student", "staff"]}, "sorted"),
        ({"profiles": ["staff"]}, "does not fit 1 profiles"),
        ({"matrix": np.full((2, 2, 3), 3, np.uint16)}, "beyond the 3 verdicts"),
        ({"matrix": np.zeros((2, 2, 0), np.uint16)}, "does not fit"),
        ({"week": np.zeros(60, np.uint8)}, "60 minutes"),
        ({"week": np.full(MINUTES_A_WEEK, 2, np.uint8)}, "beyond the time slots"),
    ],
)
def test_what_does_not_fit_together_is_refused(change: dict[str, Any], trouble: str) -> None:
    with pytest.raises(ValueError, match=trouble):
        build_rulebook(**(SOUND | change))
