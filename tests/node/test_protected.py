"""What opens while no rules are in force: a list that ships, and what was published last."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from hornbook.instance import Instance
from hornbook.kernel.names import normalise, to_wire
from hornbook.node.protected import FILE, Protected, first_names, shipped


def test_what_ships_is_names_each_with_its_reason() -> None:
    assert all(normalise(name) == name and reason for name, reason in shipped().items())
    assert {"988lifeline.org", "childhelp.org", "911.gov"} <= set(shipped())


def test_a_name_holds_what_is_below_it_and_nothing_beside_it(tmp_path: Path) -> None:
    held = Protected.of(Instance(tmp_path))
    assert held.holds(to_wire("988lifeline.org"))
    assert held.holds(to_wire("chat.988lifeline.org").upper())
    for name in ("not988lifeline.org", "988lifeline.org.evil.test", "org", "open.test"):
        assert not held.holds(to_wire(name)), name
    assert not held.holds(b"\0")


def test_a_machine_without_rules_finds_its_console_and_its_parts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    instance = Instance(tmp_path)
    settings = replace(instance.settings(), parts_from="https://Parts.District.example/parts/")
    instance.save(settings)
    monkeypatch.setenv("HORNBOOK_CONSOLE_URL", "https://hornbook.district.example/")
    found = first_names(instance)
    assert {"parts.district.example", "hornbook.district.example"} < found
    monkeypatch.setenv("HORNBOOK_CONSOLE_URL", "http://127.0.0.1:8000/")
    instance.save(replace(settings, parts_from="s3://bucket/parts"))
    assert first_names(instance) == set(shipped())


def test_what_was_published_is_held_after_a_restart(tmp_path: Path) -> None:
    instance = Instance(tmp_path)
    Protected.of(instance).keep(["counsel.example", "help.example"])
    assert Protected.of(instance).holds(to_wire("help.example"))
    Protected.of(instance).keep(["help.example"])
    assert not Protected.of(instance).holds(to_wire("counsel.example"))
    Protected.of(instance).keep([])  # rules that tell nothing take nothing away
    assert Protected.of(instance).holds(to_wire("help.example"))


def test_a_torn_file_takes_nothing_away_and_a_full_disk_is_no_matter(tmp_path: Path) -> None:
    instance = Instance(tmp_path)
    file = instance.run / FILE
    file.write_text("help.example\n..\n10.0.0.1\nhelp")
    held = Protected.of(instance)
    assert held.holds(to_wire("help.example"))
    assert held.holds(to_wire("988lifeline.org"))
    file.write_bytes(b"\xff\xfe")
    assert Protected.of(instance).holds(to_wire("988lifeline.org"))
    file.unlink()
    file.mkdir()  # as a disk that takes no file
    held.keep(["other.example"])
    assert held.holds(to_wire("help.example"))
