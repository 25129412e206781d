"""A draft is tried on what was really asked: what flips, for whom, and nothing by itself."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from hornbook.district.activity.rehearsal import command
from hornbook.district.activity.rehearsal.draft import Draft, DraftError, load_draft, read_draft
from hornbook.district.activity.rehearsal.rehearse import Rehearsal, rehearse
from hornbook.district.filtering.defaults import ensure_defaults
from hornbook.district.filtering.models import Category, LocalEntry, Rule
from hornbook.district.filtering.publishing import publish, store_of
from hornbook.district.ledger.actions import Actor
from hornbook.district.ledger.models import Leaf
from hornbook.district.people.models import Enrollment, Person, Role, SchoolClass
from hornbook.district.policy.models import ClauseText
from hornbook.instance import Instance
from hornbook.kernel.explain import explain
from hornbook.kernel.names import normalise
from hornbook.record.compaction import compactor
from hornbook.record.lake import Lake
from hornbook.record.segments import SegmentWriter
from tests.district.conftest import Sites
from tests.record.rows import rows

ClientFor = Callable[[Person | None], Client]
NOW = datetime.now(UTC)
HOUR_AGO = NOW - timedelta(hours=1)
LISTED = {"games": "play.example", "adult": "naked.example"}


def ask(writer: SegmentWriter, name: str, count: int, **who: Any) -> None:
    """Rows as a node records them: judged by the parts in service."""
    current = store_of().current()
    assert current
    kernel = store_of().load(current)
    profile = who.pop("profile", "elementary-students")
    local = HOUR_AGO.astimezone()
    slot = kernel.rulebook.slot_at(local.weekday(), local.hour, local.minute)
    found = explain(kernel, name, profile=profile, slot=slot)
    said = {key: getattr(found.verdict, key) for key in ("action", "rule", "clause", "basis")}
    about = {"name": normalise(name), "profile": profile, "slot": slot, "set_id": found.set_id}
    writer.append(rows(count, at=HOUR_AGO, **about, **said, **who))


@pytest.fixture
def record(
    instance: Instance,
    policy_in_force: dict[str, ClauseText],
    actor: Actor,
    sites: Sites,
    owner: Person,
    stranger: Person,
) -> Instance:
    """Two schools asked for a game, a listed picture and names that no list knows."""
    ensure_defaults(actor=actor)
    clause = policy_in_force["FILTER-1"].clause
    for key, name in LISTED.items():
        LocalEntry.objects.create(
            name=name, category=Category.objects.get(key=key), clause=clause, reason="Test"
        )
    publish(actor=actor)
    made = SchoolClass.objects.create(sourced_id="c1", title="Reading 3", site=sites.maple)
    Enrollment.objects.create(sourced_id="e1", school_class=made, person=owner, role=Role.STUDENT)
    writer = SegmentWriter(instance.record, "node-1")
    ask(writer, "naked.example", 4, site="maple", person=str(owner.key))
    ask(writer, "new.example", 30, site="maple", person=str(owner.key))
    ask(writer, "deep.new.example", 2, site="oak", person=str(stranger.key))
    ask(writer, "new.example", 5, site="oak", person="")
    ask(writer, "school.example", 50, site="oak", person=str(stranger.key))
    writer.close()
    return instance


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


def test_the_page_shows_what_flips_and_no_small_number_of_people(
    record: Instance, it_admin: Person, client_for: ClientFor
) -> None:
    client = client_for(it_admin)
    address = "/activity/rehearse/"
    page = client.get(address, {"last": "day", "names": "new.example", "category": "adult"})
    text = page.content.decode()
    assert "37 of 91 questions of the last 24 hours would be answered otherwise" in text
    assert "under 5" in text
    assert "Reading 3, Maple Elementary" in text
    wrong = client.get(address, {"last": "day", "names": "new.example"})
    assert "Give names and a kind of site together" in wrong.content.decode()


def test_the_page_is_not_for_teachers(
    record: Instance, owner: Person, client_for: ClientFor
) -> None:
    assert client_for(owner).get("/activity/rehearse/").status_code == 404
