"""A cut that is compiled once and filled in says what one compiled for itself says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path

import ibis
import pytest

from hornbook.record import questions
from hornbook.record.blanks import Blanks
from hornbook.record.lake import Lake, Row, Where
from hornbook.record.questions import ROWS, Bounds
from hornbook.record.segments import SegmentWriter
from tests.record.rows import BLOCKED, NOON, rows

DAY = timedelta(days=1)
ODD = "it's hornbook:0: \\ x"
CLAUSES = (None, "PRO-1", "PRO-1@2", "PRO-9")
SITES = (None, (), ("maple",), ("oak", ODD))
PERSONS = (None, ("p1",), ("p1", ODD))
EVERY = [
    Where(action=action, clause=clause, sites=sites, persons=persons)
    for action, clause, sites, persons in product((None, "block"), CLAUSES, SITES, PERSONS)
]


@pytest.fixture
def record(tmp_path: Path) -> Path:
    """Questions of three people at three sites, one of them with an odd key."""
    writer = SegmentWriter(tmp_path, "node-1")
    for number, (site, person) in enumerate((("maple", "p1"), ("oak", "p2"), (ODD, ODD))):
        at = NOON + timedelta(minutes=number)
        writer.append(rows(2, at=at, site=site, person=person))
        writer.append(rows(1, at=at + timedelta(seconds=30), site=site, person=person, **BLOCKED))
    writer.close()
    return tmp_path


def asked(lake: Lake, where: Where, since: datetime = NOON - DAY) -> list[Row]:
    with lake.window(since, NOON + DAY, where) as window:
        return window.latest(100)


def test_every_shape_gives_the_same_rows(record: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    filled = Lake(record)
    found = [asked(filled, where) for where in EVERY]
    found += [asked(filled, where, NOON + timedelta(minutes=1)) for where in EVERY]
    monkeypatch.setattr(Blanks, "of", lambda compile_, bounds: None)
    plain = Lake(record)
    assert found == [
        *(asked(plain, where) for where in EVERY),
        *(asked(plain, where, NOON + timedelta(minutes=1)) for where in EVERY),
    ]
    assert any(found)


def test_two_windows_of_one_shape_do_not_mix(record: Path) -> None:
    lake = Lake(record)
    one, other = (asked(lake, Where(persons=(person,))) for person in ("p1", ODD))
    assert ({row["person"] for row in one}, {row["person"] for row in other}) == ({"p1"}, {ODD})
    assert len(lake.engine.blanks) == 1  # type: ignore[attr-defined]


def test_moments_are_told_to_the_microsecond() -> None:
    bounds = Bounds(NOON + timedelta(microseconds=1), NOON + DAY, Where())
    blanks = Blanks.of(_compiled, bounds)
    assert blanks is not None
    assert "12:00:00.000001+00:00" in blanks.filled(bounds)
    assert "197" not in blanks.filled(bounds)


def test_marks_that_are_not_found_again_are_not_guessed() -> None:
    """Should Ibis write moments or texts in another way one day, each window is compiled."""
    bounds = Bounds(NOON, NOON + DAY, Where(persons=("p1",)))
    assert (
        Blanks.of(lambda one: _compiled(one).replace("MAKE_TIMESTAMPTZ", "MOMENT"), bounds) is None
    )
    assert Blanks.of(lambda one: _compiled(one).replace("hornbook:", "hb:"), bounds) is None


def _compiled(bounds: Bounds) -> str:
    cut = questions.cut(questions.table_called(ROWS), bounds)
    return str(ibis.to_sql(cut, dialect="duckdb"))


def test_a_period_in_1971_is_a_period_like_any_other(record: Path) -> None:
    writer = SegmentWriter(record, "node-2")
    old = datetime(1971, 2, 3, 4, 15, tzinfo=UTC)
    writer.append(rows(1, at=old, node="node-2"))
    writer.close()
    with Lake(record).window(old, old + DAY) as window:
        assert len(window.latest(10)) == 1
