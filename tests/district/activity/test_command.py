"""``hornbook activity`` at the command line."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from hornbook.district.activity import command
from hornbook.district.ledger.actions import LOOK
from hornbook.district.ledger.models import Leaf
from hornbook.district.people.models import Person
from hornbook.instance import Instance, InstanceError
from tests.district.activity.conftest import Write

pytestmark = pytest.mark.django_db
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(instance: Instance, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the command with these words; its exit code, output and errors."""

    def run_words(*words: str) -> tuple[int, str, str]:
        parser = argparse.ArgumentParser()
        command.configure(parser)
        code = command.run(parser.parse_args(words), instance)
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return run_words


def as_json(run: Run, *words: str) -> Any:
    return json.loads(run("--json", *words)[1])


def test_a_table_with_its_totals(run: Run, write: Write) -> None:
    write(2, name="maps.example")
    write(1, blocked=True)
    code, out, err = run("--last", "1h")
    assert (code, err) == (0, "")
    assert "3 questions: allow 2, block 1\nclauses: FILTER-1@1 1" in out
    assert out.count("maps.example") == 2
    assert "elementary@maple" in out


def test_nothing_recorded_is_not_an_error(run: Run) -> None:
    code, out, err = run()
    assert (code, err) == (0, "")
    assert out.startswith("Nothing is recorded since ")


def test_what_cannot_be_read_is_not_nothing(run: Run, write: Write, instance: Instance) -> None:
    write(1)
    (file,) = instance.record.glob("*/day=*/*.parquet")
    os.truncate(file, 10)
    code, out, err = run()
    assert code == 1
    assert "Some files could not be read." in out
    assert str(file) in err


def test_rows_name_nobody_by_default(run: Run, write: Write, owner: Person) -> None:
    write(1, person=owner.key)
    report = as_json(run)
    assert set(report["rows"][0]) == {
        "at", "site", "profile", "name", "action", "category", "clause",
    }  # fmt: skip
    assert str(owner.key) not in json.dumps(report)
    assert Leaf.objects.get(verb=LOOK).object == "activity rows"


def test_a_look_at_one_person_is_in_the_ledger(
    run: Run, write: Write, owner: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOGNAME", "ida")
    write(2, person=owner.key)
    write(1)
    for words in (str(owner.key), owner.email.upper()):
        report = as_json(run, "--person", words)
        assert report["total"] == 2
        assert report["rows"][0]["client"] == "127.0.0.1"
    first, second = Leaf.objects.filter(verb=LOOK)
    assert first.actor == second.actor == "ida at the command line"
    assert first.object == f"person {owner.key}"


@pytest.mark.parametrize("key", ["nobody@district.test", "7b0e8d1e-0000-4000-8000-0000000000ff"])
def test_an_unknown_person_is_told_and_not_looked_at(run: Run, write: Write, key: str) -> None:
    write(1)
    with pytest.raises(InstanceError, match="There is no person"):
        run("--person", key)
    assert not Leaf.objects.filter(verb=LOOK).exists()


def test_action_period_and_limit_narrow(run: Run, write: Write) -> None:
    write(5)
    write(3, blocked=True, minutes_ago=90)
    assert as_json(run, "--last", "2h", "--action", "block")["actions"] == {"block": 3}
    assert as_json(run, "--last", "30m")["actions"] == {"allow": 5}
    report = as_json(run, "--limit", "2")
    assert (len(report["rows"]), report["total"]) == (2, 5)


def test_lengths_of_time() -> None:
    assert command.duration("15m") == timedelta(minutes=15)
    assert command.duration("2w") == timedelta(weeks=2)
    for wrong in ("", "1", "h", "0h", "-1h", "1y", "1e9d"):
        with pytest.raises(argparse.ArgumentTypeError, match="write 30s"):
            command.duration(wrong)
