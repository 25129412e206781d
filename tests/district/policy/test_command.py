"""``hornbook import policy`` as a person types it."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import pytest

from hornbook.district.ledger.models import Leaf
from hornbook.district.policy import command
from hornbook.district.policy.models import ClauseText, Revision
from hornbook.instance import Instance
from tests.district.policy.conftest import TINY

pytestmark = pytest.mark.django_db


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "use.txt"
    path.write_text(TINY)
    return path


def run(*words: object) -> int:
    parser = argparse.ArgumentParser()
    command.configure(parser)
    return command.run(parser.parse_args([str(word) for word in words]), Instance.at())


def test_it_shows_the_clauses_and_dates_and_stores_them(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(file) == 0
    out = capsys.readouterr().out
    assert "SEC-1  must" in out
    assert "Users must log out of shared devices." in out
    assert "revision 1: adopted 2013-05-13; wording unknown" in out
    assert "Stored use-of-technology@2: 4 clauses, in force from 2025-06-09." in out
    assert Revision.objects.count() == 2
    assert Leaf.objects.get().actor.endswith(" at the command line")


def test_a_dry_run_stores_nothing(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(file, "--dry-run") == 0
    assert "Nothing was stored" in capsys.readouterr().out
    assert not Revision.objects.exists()
    assert not Leaf.objects.exists()


def test_the_second_time_nothing_changes(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(file)
    assert run(file) == 0
    assert "Unchanged" in capsys.readouterr().out
    assert (Revision.objects.count(), Leaf.objects.count()) == (2, 1)


def test_json_tells_a_program_the_same(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(file, "--json", "--policy", "tech") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["state"], told["policy"], told["revision"]) == ("stored", "tech", 2)
    assert told["clauses"][0]["key"] == "SEC-1"
    assert told["shells"] == [
        {"revision": 1, "readings": [{"kind": "adopted", "on": "2013-05-13"}]}
    ]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "holds no text"),
        (b"\x00\x01", "binary file"),
        (b"Users must ask \xe9", "line 1: byte 15 is not UTF-8"),
        (b"Roses are red.\n\nAdopted: May 13, 2013", "does not read as a policy"),
    ],
)
def test_a_file_that_cannot_be_understood_changes_nothing_and_says_why(
    file: Path, body: bytes, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file.write_bytes(body)
    assert run(file) == 2
    told = capsys.readouterr().err
    assert "nothing was changed" in told
    assert words in told
    assert not Revision.objects.exists()
    assert not Leaf.objects.exists()


def test_a_refusal_in_json_has_the_reason(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_bytes(b"")
    assert run(file, "--json") == 2
    assert json.loads(capsys.readouterr().out)["state"] == "refused"


def test_on_a_terminal_a_no_stores_nothing(
    file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda _: "n")
    assert run(file) == 0
    assert not ClauseText.objects.exists()
    assert run(file, "--yes") == 0
    assert ClauseText.objects.exists()
