"""Tries to get around, by cause: a need first, a device next, a talk last."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from hornbook.record.attempts import (
    DEVICE,
    LITTLE,
    NEED,
    TALK,
    Group,
    grouped,
    shown,
    sought,
    tries,
)
from hornbook.record.lake import Lake, Window
from hornbook.record.segments import SegmentWriter
from tests.record.rows import BLOCKED, NOON, rows

CATEGORIES = ("proxy-bypass", "doh")
AROUND = BLOCKED | {"category": "proxy-bypass", "clause": "BYPASS-1@1", "basis": "security"}
GAMES = BLOCKED | {"category": "games", "clause": "FOCUS-1@1", "basis": "local"}
ADULT = BLOCKED | {"category": "adult", "basis": "cipa-minor", "name": "adult.example"}


class Week:
    """A record to write into, and what the grouping makes of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, at: datetime, columns: dict[str, object], **more: object) -> None:
        writer = SegmentWriter(self.folder, "node-1")
        writer.append(rows(1, at=at, **(columns | more)))
        writer.close()

    def window(self) -> Window:
        return Lake(self.folder).window(NOON - timedelta(days=1), NOON + timedelta(days=6))

    def groups(self) -> dict[str, Group]:
        with self.window() as window:
            found = grouped(tries(window, CATEGORIES), sought(window, CATEGORIES))
        return {group.cause: group for group in found}


@pytest.fixture
def week(tmp_path: Path) -> Week:
    return Week(tmp_path)


def test_who_was_stopped_at_an_openable_site_just_before_has_a_need(week: Week) -> None:
    week.write(NOON, GAMES, person="p1", name="chess.example")
    week.write(NOON + timedelta(minutes=10), AROUND, person="p1", name="vpn.example")
    found = week.groups()
    assert set(found) == {NEED}
    assert found[NEED].people == {"p1"}
    assert found[NEED].sought == Counter({"chess.example": 1})
    assert found[NEED].clauses == Counter({"BYPASS-1@1": 1})


def test_what_nobody_here_may_open_is_no_need(week: Week) -> None:
    week.write(NOON, ADULT, person="p1")
    week.write(NOON + timedelta(minutes=5), AROUND, person="p1", name="vpn.example")
    assert set(week.groups()) == {LITTLE}


def test_what_was_hours_before_or_somebody_elses_is_no_need(week: Week) -> None:
    week.write(NOON - timedelta(hours=3), GAMES, person="p1")
    week.write(NOON, GAMES, person="p2")
    week.write(NOON + timedelta(minutes=2), AROUND, person="p1", name="vpn.example")
    assert set(week.groups()) == {LITTLE}


def test_a_name_asked_around_the_clock_is_asked_by_a_device(week: Week) -> None:
    for hour in range(20):
        at = NOON + timedelta(hours=hour)
        week.write(at, AROUND, person="p1", name="dns.example", category="doh")
    week.write(NOON, AROUND, person="p1", name="vpn.example")
    found = week.groups()
    assert found[DEVICE].tries == 20
    assert found[DEVICE].names == Counter({"dns.example": 1})
    assert found[LITTLE].tries == 1


def test_many_ways_on_several_days_ask_for_a_talk(week: Week) -> None:
    for day, name in enumerate(["a.example", "b.example", "c.example"]):
        week.write(NOON + timedelta(days=day), AROUND, person="p1", name=name)
        week.write(NOON, AROUND, person="p2", name=name)
        week.write(NOON + timedelta(days=day), AROUND, person="", name=name)
    found = week.groups()
    assert found[TALK].people == {"p1"}
    assert found[LITTLE].people == {"p2"}  # all at once: curiosity
    assert found[LITTLE].tries == 6  # nobody known is nobody to talk to


def test_what_was_let_through_or_is_of_another_kind_is_no_try(week: Week) -> None:
    week.write(NOON, AROUND, person="p1", action="allow")
    week.write(NOON, GAMES, person="p1")
    assert week.groups() == {}


def test_names_are_shown_only_when_enough_people_share_them() -> None:
    counts = Counter({"a": 5, "b": 4, "c": 9})
    assert shown(counts, 5) == [{"name": "c", "people": 9}, {"name": "a", "people": 5}]


def test_without_categories_nothing_is_asked(week: Week) -> None:
    with week.window() as window:
        assert tries(window, ()) == sought(window, ()) == []
