"""``hornbook activity`` at the command line."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from hornbook.district.activity import command
from hornbook.district.ledger.actions import LOOK
from hornbook.district.ledger.models import Leaf
from hornbook.district.people.models import Person
from hornbook.district.records.actions import approve_purpose, close_purpose, open_purpose
from hornbook.district.records.models import Level, Purpose
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


@pytest.fixture
def purpose(owner: Person, principal: Person) -> Purpose:
    """Single questions of one person, which nobody has agreed to yet."""
    today = timezone.localdate()
    return open_purpose(
        actor=principal,
        subject=owner,
        kind="support",
        reason="She asked why her page is blocked.",
        level=Level.NAMES,
        since=today,
        until=today,
        days=3,
    )


def test_one_person_is_seen_as_far_as_the_purpose_opens_them(
    run: Run,
    write: Write,
    owner: Person,
    purpose: Purpose,
    it_admin: Person,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LOGNAME", "ida")
    write(2, person=owner.key, minutes_ago=0.1)
    write(1, minutes_ago=0.1)
    words = ("--last", "9w", "--person", owner.email.upper(), "--purpose", str(purpose.pk))
    sums = as_json(run, *words)
    assert (sums["total"], sums["rows"]) == (2, [])
    approve_purpose(purpose, actor=it_admin)
    report = as_json(run, *words)
    assert [row["client"] for row in report["rows"]] == ["127.0.0.1"] * 2
    first, second = Leaf.objects.filter(verb=LOOK)
    assert first.actor == second.actor == "ida at the command line"
    assert first.object == f"person {owner.key}"
    assert "why her page is blocked" in second.detail["purpose"]
    assert second.detail["number"] == purpose.pk
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    assert datetime.fromisoformat(report["since"]) == midnight, "no more than the purpose's days"


@pytest.mark.parametrize("about", ["nothing", "another"])
def test_without_a_purpose_for_that_person_nothing_is_shown(
    run: Run, write: Write, owner: Person, colleague: Person, purpose: Purpose, about: str
) -> None:
    write(1, person=owner.key)
    words = ["--person", owner.email]
    if about == "another":
        words = ["--person", colleague.email, "--purpose", str(purpose.pk)]
    with pytest.raises(InstanceError, match="you need a purpose for that person"):
        run(*words)
    assert not Leaf.objects.filter(verb=LOOK).exists()


def test_a_purpose_that_ended_opens_nothing(
    run: Run, owner: Person, purpose: Purpose, principal: Person
) -> None:
    close_purpose(purpose, actor=principal)
    with pytest.raises(InstanceError, match="has ended"):
        run("--purpose", str(purpose.pk))


@pytest.mark.parametrize("key", ["nobody@district.test", "7b0e8d1e-0000-4000-8000-0000000000ff"])
def test_an_unknown_person_is_told_and_not_looked_at(run: Run, purpose: Purpose, key: str) -> None:
    with pytest.raises(InstanceError, match="There is no person"):
        run("--person", key, "--purpose", str(purpose.pk))
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
