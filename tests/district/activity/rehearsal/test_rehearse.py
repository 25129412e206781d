"""A draft is tried on what was really asked: what flips, for whom, and nothing by itself."""

from __future__ import annotations

import argparse
import json
from datetime import timedelta
from pathlib import Path

import pytest

from hornbook.district.activity.rehearsal import command
from hornbook.district.activity.rehearsal.draft import Draft, DraftError, load_draft, read_draft
from hornbook.district.activity.rehearsal.rehearse import Rehearsal, rehearse
from hornbook.district.filtering.models import Rule
from hornbook.district.ledger.models import Leaf
from hornbook.district.people.models import Person
from hornbook.instance import Instance
from hornbook.record.compaction import compactor
from hornbook.record.lake import Lake
from hornbook.record.segments import SegmentWriter
from tests.district.activity.rehearsal.conftest import HOUR_AGO, NOW
from tests.record.rows import rows


def tried(instance: Instance, draft: Draft) -> Rehearsal:
    return rehearse(draft, Lake(instance.record), NOW - timedelta(days=1), NOW)


def listing(*names: str) -> Draft:
    return read_draft({"names": [{"category": "adult", "names": list(names)}]})


def test_the_present_rules_flip_nothing(record: Instance) -> None:
    found = tried(record, Draft())
    assert (found.rows, found.flipped, found.otherwise, found.unchecked) == (91, 0, 0, {})
    assert found.before == found.after == {"allow": 87, "block": 4}


def test_names_that_would_be_listed_flip_for_those_who_asked(
    record: Instance, owner: Person
) -> None:
    found = tried(record, listing("new.example"))
    assert (found.flipped, found.persons) == (37, 2)
    assert found.after == {"allow": 50, "block": 41}
    (change,) = found.changes
    assert (change["was"], change["becomes"], change["rows"]) == ("allow", "block", 37)
    assert change["cites"].startswith("FILTER-1@")
    by_site = {row["site"]: (row["rows"], row["persons"]) for row in found.schools}
    assert by_site == {"maple": (30, 1), "oak": (7, 1)}
    assert [(row["class"], row["rows"]) for row in found.classes] == [
        ("Reading 3, Maple Elementary", 30)
    ]
    assert [(row["name"], row["rows"]) for row in found.examples] == [
        ("new.example", 35),
        ("deep.new.example", 2),
    ]


def test_a_rule_that_is_off_opens_what_it_blocked(record: Instance) -> None:
    blocking = [rule.key for rule in Rule.objects.filter(categories__key="adult", action="block")]
    found = tried(record, read_draft({"rules": [{"key": k, "enabled": False} for k in blocking]}))
    assert found.flipped == 4
    assert found.changes[0]["was"] == "block"
    assert Rule.objects.filter(enabled=False, key__in=blocking).count() == 0


def test_a_window_of_hours_is_judged_by_the_clock_on_the_wall(record: Instance) -> None:
    local = HOUR_AGO.astimezone()
    tomorrow = (local.weekday() + 1) % 7
    for day, flipped in ((local.weekday(), 91 - 4), (tomorrow, 0)):
        windows = [{"days": [day], "from": "00:00", "to": "24:00"}]
        new = {"key": "new", "action": "block", "clause": "FOCUS-1", "windows": windows}
        found = tried(record, read_draft({"rules": [new]}))
        assert found.flipped == flipped, day


def test_a_dropped_name_is_in_no_list(record: Instance) -> None:
    found = tried(record, read_draft({"drop": ["naked.example"]}))
    assert (found.flipped, found.after) == (4, {"allow": 91})


def test_the_same_inputs_give_the_same_hash(record: Instance) -> None:
    first = tried(record, listing("new.example"))
    assert first.hash == tried(record, listing("new.example")).hash
    with compactor(record.record) as lake:
        lake.compact(NOW)
    assert first.hash == tried(record, listing("new.example")).hash
    assert first.hash != tried(record, listing("other.example")).hash


def test_what_cannot_be_judged_is_said(record: Instance) -> None:
    writer = SegmentWriter(record.record, "node-2")
    writer.append(rows(3, at=HOUR_AGO, node="node-2", profile="gone"))
    writer.append(rows(2, at=HOUR_AGO, node="node-2", profile="staff", name="."))
    writer.close()
    found = tried(record, Draft())
    assert sum(found.unchecked.values()) >= 3
    assert found.rows == 96


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ({"rules": [{"key": "none-such", "enabled": False}]}, "no rule “none-such”"),
        ({"rules": [{"key": "x", "action": "explode"}]}, "one of allow"),
        ({"rules": [{"key": "x", "colour": "red"}]}, "no “colour”"),
        ({"rules": [{"key": "x", "action": "block", "clause": "NONE-9"}]}, "NONE-9"),
        ({"rules": [{"key": "x", "remove": True}]}, "to remove"),
        ({"names": [{"category": "none", "names": ["a.example"]}]}, "no category “none”"),
        ({"names": [{"category": "adult", "names": ["a..b"]}]}, "entry 1"),
        ({"rule": []}, "no “rule”"),
        ([], "a table"),
    ],
)
def test_a_draft_that_cannot_be_is_refused(record: Instance, raw: object, said: str) -> None:
    from hornbook.instance import InstanceError

    with pytest.raises(InstanceError, match=said):
        tried(record, read_draft(raw))


def test_drafts_are_toml_or_json(tmp_path: Path) -> None:
    toml, plain = tmp_path / "d.toml", tmp_path / "d.json"
    toml.write_text('[[names]]\ncategory = "games"\nnames = ["B.example", "a.example"]\n')
    plain.write_text('{"names": [{"category": "games", "names": ["a.example", "b.example"]}]}')
    assert load_draft(toml) == load_draft(plain)
    toml.write_text("[[")
    with pytest.raises(DraftError, match=r"d\.toml cannot be read"):
        load_draft(toml)


def run(instance: Instance, *words: str) -> int:
    parser = argparse.ArgumentParser()
    command.configure(parser)
    return command.run(parser.parse_args(words), instance)


def test_the_command(record: Instance, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    draft = tmp_path / "draft.json"
    draft.write_text('{"names": [{"category": "adult", "names": ["new.example"]}]}')
    assert run(record, str(draft), "--last", "1d", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["flipped"], len(told["hash"])) == (37, 64)
    assert run(record, str(draft), "--last", "1d") == 0
    assert "allow → block" in capsys.readouterr().out
    assert Leaf.objects.filter(object="rehearsal").count() == 2
