from __future__ import annotations

import argparse
import json
from pathlib import Path

import pytest

from hornbook.district.ledger.models import Leaf
from hornbook.district.people import command
from hornbook.district.people.models import Person
from hornbook.district.people.roster.rows import RosterError
from hornbook.instance import Instance
from tests.district.people.deliveries import USERS_1_1, whole

pytestmark = pytest.mark.django_db


def run(*words: str) -> int:
    parser = argparse.ArgumentParser()
    command.configure(parser)
    return command.run(parser.parse_args(words), Instance(Path("unused")))


@pytest.fixture
def export(tmp_path: Path) -> Path:
    for name, body in whole(users=USERS_1_1 + "x,,,true,s9,teacher,x,A,B,,\n").files.items():
        (tmp_path / name).write_bytes(body)
    return tmp_path


def test_a_folder_is_imported_and_the_refused_row_is_told_with_its_place(
    export: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(str(export)) == 0
    said = capsys.readouterr().out
    assert "users.csv, line 6: it refers to “s9”, which orgs.csv does not have." in said
    assert "17 changes made." in said
    assert Person.objects.count() == 4


def test_json_holds_the_same_for_a_script(export: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(str(export), "--json") == 0
    report = json.loads(capsys.readouterr().out)
    assert report["changes"] == 17
    assert report["refusals"][0]["line"] == 6
    assert report["tallies"]["people"]["added"] == 4


def test_a_dry_run_changes_nothing(export: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(str(export), "--dry-run") == 0
    assert "nothing was changed" in capsys.readouterr().out
    assert not Person.objects.exists()
    assert not Leaf.objects.exists()


def test_what_cannot_be_read_names_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(RosterError, match="Check the path"):
        run(str(tmp_path / "nothing.zip"))


def test_a_refused_roster_is_json_too_when_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "staff.csv").write_text("name\nA\n")
    assert run(str(tmp_path), "--json") == 2
    assert "lacks the columns" in json.loads(capsys.readouterr().out)["error"]
