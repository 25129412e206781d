"""A recorded decision, judged again by its own parts, gives the same answer."""

from __future__ import annotations

import argparse
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from hornbook.district.filtering import replay_command
from hornbook.district.filtering.actions import add_entry
from hornbook.district.filtering.defaults import ensure_category
from hornbook.district.filtering.models import Rule
from hornbook.district.filtering.order_actions import begin_lesson
from hornbook.district.filtering.publishing import publish, store_of
from hornbook.district.filtering.replaying import ReplayError
from hornbook.district.ledger.actions import Actor
from hornbook.district.people.models import Enrollment, Person, Role, SchoolClass
from hornbook.instance import Instance
from hornbook.kernel.explain import explain
from hornbook.record.segments import SegmentWriter
from tests.district.conftest import Sites
from tests.record.rows import rows

NAMES = ("naked.example", "play.example", "unlisted.example", "988lifeline.org")
PROFILES = ("elementary-students", "high-students", "staff")


def judged(name: str, profile: str, slot: int, path: bytes = b"", **more: Any) -> pa.RecordBatch:
    """Two rows as a node records them, for a page where the proxy sees its path."""
    current = store_of().current()
    assert current is not None
    found = explain(store_of().load(current), name, profile=profile, slot=slot, path=path)
    said = {key: getattr(found.verdict, key) for key in ("action", "rule", "clause", "basis")}
    parts = dict(zip(("catalogue", "rulebook", "seating"), current.hashes, strict=True))
    at = datetime.now(UTC) - timedelta(minutes=5)
    about = {"name": name, "profile": profile, "slot": slot, "set_id": found.set_id}
    return rows(2, at=at, **{**about, **said, **parts, **more})


@pytest.fixture
def recorded(house: Instance, actor: Actor) -> SegmentWriter:
    """Sealed rows of two publications, between which a rule changed."""
    writer = SegmentWriter(house.record, "node-1")
    for enabled in (True, False):
        Rule.objects.filter(key="younger-leisure").update(enabled=enabled)
        publish(actor=actor)
        for name in NAMES:
            for profile in PROFILES:
                for slot in (0, 1):
                    writer.append(judged(name, profile, slot))
        writer.seal()
    return writer


def run(instance: Instance, *words: str) -> int:
    parser = argparse.ArgumentParser()
    replay_command.configure(parser)
    return replay_command.run(parser.parse_args(words), instance)


def told(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_all_rows_of_both_publications_are_the_same(
    recorded: SegmentWriter, house: Instance, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(house, "--last", "1h") == 0
    assert capsys.readouterr().out == "96 of 96 rows judged again: no difference.\n"


def test_one_segment(
    recorded: SegmentWriter, house: Instance, capsys: pytest.CaptureFixture[str]
) -> None:
    segment = min(house.record.rglob("*.parquet"))
    assert run(house, "--segment", str(segment), "--json") == 0
    assert told(capsys)["checked"] == 48


@pytest.mark.parametrize(
    ("forged", "now"),
    [
        ({"action": "allow", "rule": "", "clause": ""}, {"action": "block"}),
        ({"profile": "nobody"}, {"impossible": "the rulebook has no profile “nobody”"}),
        ({"slot": 99}, {"impossible": "the rulebook has no slot 99"}),
    ],
)
def test_a_forged_row_is_a_difference(
    recorded: SegmentWriter,
    house: Instance,
    capsys: pytest.CaptureFixture[str],
    forged: dict[str, Any],
    now: dict[str, Any],
) -> None:
    batch = judged("naked.example", "staff", 0)
    honest = {name: batch.column(name)[0].as_py() for name in batch.schema.names if name != "at"}
    recorded.append(rows(3, at=datetime.now(UTC), **{**honest, **forged}))
    recorded.seal()
    assert run(house, "--last", "1h", "--json") == 1
    (difference,) = told(capsys)["differences"]
    assert difference["rows"] == 3
    assert now.items() <= difference["now"].items()


def test_who_was_blocked_by_where_a_name_led_is_judged_by_that_set(
    recorded: SegmentWriter, house: Instance, capsys: pytest.CaptureFixture[str]
) -> None:
    """An alias of an open name leads to a blocked one: the row has the name that was asked."""
    batch = judged("naked.example", "staff", 0)
    target = {name: batch.column(name)[0].as_py() for name in batch.schema.names if name != "at"}
    recorded.append(rows(3, at=datetime.now(UTC), **{**target, "name": "cloaked.example"}))
    recorded.seal()
    assert run(house, "--last", "1h") == 0
    assert "3 rows were blocked by where their name led" in capsys.readouterr().out
    lie = {**target, "name": "cloaked.example", "rule": "younger-leisure"}
    recorded.append(rows(2, at=datetime.now(UTC), **lie))
    recorded.seal()
    assert run(house, "--last", "1h", "--json") == 1
    found = told(capsys)
    assert (found["led"], len(found["differences"]), found["differences"][0]["rows"]) == (3, 1, 2)


def test_what_a_page_was_given_is_judged_by_its_set_and_counted_apart(
    house: Instance, actor: Actor, capsys: pytest.CaptureFixture[str]
) -> None:
    """The proxy saw a path, the record holds the host: opened, closed, and a lie about either."""
    for name, category in (("naked.example/school", "allow"), ("sites.example/u/bob", "adult")):
        kind = ensure_category(category, actor=actor)
        add_entry(actor=actor, name=name, category=kind, reason="Test")
    publish(actor=actor)
    writer = SegmentWriter(house.record, "node-1")
    for name, path in (("naked.example", b"/school/1"), ("sites.example", b"/u/bob")):
        writer.append(judged(name, "staff", 0, path, proto="proxy"))
    writer.append(judged("naked.example", "staff", 0, proto="proxy"))
    writer.seal()
    assert run(house, "--last", "1h") == 0
    assert "4 rows were for single pages" in capsys.readouterr().out
    lie: dict[str, Any] = {"action": "allow", "rule": "", "clause": "", "basis": ""}
    writer.append(judged("sites.example", "staff", 0, b"/u/bob", proto="proxy", **lie))
    writer.append(judged("naked.example", "staff", 0, proto="proxy", set_id=0, **lie))
    writer.append(judged("naked.example", "staff", 0, b"/school/1", proto="udp"))
    writer.seal()
    assert run(house, "--last", "1h", "--json") == 1
    found = told(capsys)
    assert (found["paths"], len(found["differences"])) == (4, 3)


def test_a_missing_part_is_not_checked_which_is_not_no_difference(
    recorded: SegmentWriter, house: Instance, capsys: pytest.CaptureFixture[str]
) -> None:
    first = store_of().history()[1]
    store_of().path(first.rulebook).unlink()
    assert run(house, "--last", "1h") == 3
    text = capsys.readouterr().out
    assert "not checked: 48 rows" in text
    assert "48 of 96 rows judged again" in text


def test_what_is_no_segment_is_told(house: Instance, tmp_path: Path) -> None:
    file = tmp_path / "x.parquet"
    file.write_text("nonsense")
    with pytest.raises(ReplayError, match="no segment"):
        run(house, "--segment", str(file))


def test_what_is_no_span_is_told(house: Instance) -> None:
    with pytest.raises(SystemExit):
        run(house, "--last", "soon")


def test_a_lesson_is_replayed_by_person_and_time(
    house: Instance, actor: Actor, student: Person, owner: Person, sites: Sites,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    room = SchoolClass.objects.create(sourced_id="c-1", title="Science", site=sites.maple)
    Enrollment.objects.create(
        sourced_id="e-1", school_class=room, person=student, role=Role.STUDENT
    )
    begin_lesson(actor=actor, teacher=owner, school_class=room, names=["play.example"], minutes=30)
    publish(actor=actor)
    current = store_of().current()
    assert current is not None
    kernel = store_of().load(current)
    seat = kernel.seating.of_person(str(student.key))
    assert seat is not None
    at = datetime.now(UTC)
    now = kernel.at(at.timestamp())
    writer = SegmentWriter(house.record, "node-1")
    for forged in (False, True):
        found = explain(kernel, "play.example", seat=seat, now=now)
        verdict = found.ruled if forged else found.verdict
        said = {key: getattr(verdict, key) for key in ("action", "rule", "clause", "basis")}
        parts = dict(zip(("catalogue", "rulebook", "seating"), current.hashes, strict=True))
        about = {"name": "play.example", "profile": found.profile, "slot": found.slot}
        who = {"person": str(student.key), "site": "maple", "set_id": found.set_id}
        writer.append(rows(1, at=at, **about, **who, **said, **parts))
        unnamed = {"person": "", "client": ""}  # out of the District's hours, say
        writer.append(rows(1, at=at, **about, **{**who, **unnamed}, **said, **parts))
    writer.seal()
    assert run(house, "--last", "1h", "--json") == 1
    replayed = told(capsys)
    assert replayed["unnamed"] == 1, "whose lesson it was is not on record"
    (difference,) = replayed["differences"]
    assert difference["recorded"]["rule"] == "younger-leisure"
    assert difference["now"]["rule"].startswith("lesson-")
