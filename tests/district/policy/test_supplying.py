"""The words of a revision that was known by its day alone turn up."""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path

import pytest

from hornbook.district.ledger.models import Leaf
from hornbook.district.policy import command
from hornbook.district.policy.models import ClauseText, Revision
from hornbook.district.policy.reading.blocks import PolicyRefused
from hornbook.district.policy.showing.book import open_book
from hornbook.district.policy.supplying import plan_words, supply_words
from hornbook.instance import Instance
from tests.district.policy.conftest import ACTOR, Import

pytestmark = pytest.mark.django_db

OLD = """Use of Technology

Security

Users should log out of shared devices. Everyone may ask for help.

Users must not bring floppy disks.

Adopted: May 13, 2013
"""


@pytest.fixture
def file(tmp_path: Path, import_text: Import) -> Path:
    """Beside a policy whose first revision, of 2013, is a shell."""
    import_text()
    path = tmp_path / "found.txt"
    path.write_text(OLD, encoding="utf-8")
    return path


def run(*words: object) -> int:
    parser = argparse.ArgumentParser()
    command.configure(parser)
    return command.run(parser.parse_args([str(word) for word in words]), Instance.at())


def test_the_old_words_are_read_on_their_days_and_nothing_in_force_moves(file: Path) -> None:
    now = list(ClauseText.objects.in_force(date(2026, 1, 1)).values("pk", "official", "valid_from"))
    words = plan_words(file, policy="tiny", no=1)
    revision = supply_words(actor=ACTOR, words=words, source=file.name, found="Box 12")
    assert not Revision.objects.get(no=1).is_shell
    then = ClauseText.objects.in_force(date(2020, 1, 1))
    assert {(one.revision_id, one.valid_to) for one in then} == {(revision.pk, date(2025, 6, 9))}
    by_words = {text.official: text.clause.key for text in then}
    log_out = ClauseText.objects.get(official__startswith="Users must log out")
    assert by_words["Users should log out of shared devices."] == log_out.clause.key
    again = ClauseText.objects.in_force(date(2026, 1, 1)).values("pk", "official", "valid_from")
    assert list(again) == now
    book = open_book(revision.policy, date(2020, 1, 1), "en")
    assert "floppy" in " ".join(row.text.official for row in book.rows)


def test_a_leaf_says_where_they_were_found(file: Path) -> None:
    words = plan_words(file, policy="tiny", no=1)
    revision = supply_words(actor=ACTOR, words=words, source=file.name, found="Box 12")
    leaf = Leaf.objects.get(verb="supply words of revision")
    assert leaf.object == "tiny@1"
    assert leaf.detail["found"] == "Box 12"
    assert leaf.detail["text_sha256"] == revision.text_sha256
    assert all(version.endswith("@1") for version in leaf.clause_texts)


@pytest.mark.parametrize(
    ("no", "change", "reason"),
    [
        (2, "", "on file already"),
        (7, "", "without words are: 1"),
        (1, "Revised: June 3, 2019", "is of 2013-05-13"),
    ],
)
def test_what_cannot_be_is_refused(file: Path, no: int, change: str, reason: str) -> None:
    file.write_text(OLD + change, encoding="utf-8")
    with pytest.raises(PolicyRefused, match=reason):
        plan_words(file, policy="tiny", no=no)


def test_nobody_supplies_words_twice_or_from_nowhere(file: Path) -> None:
    words = plan_words(file, policy="tiny", no=1)
    with pytest.raises(PolicyRefused, match="where the text was found"):
        supply_words(actor=ACTOR, words=words, source=file.name, found=" ")
    supply_words(actor=ACTOR, words=words, source=file.name, found="Box 12")
    with pytest.raises(PolicyRefused, match="on file already"):
        supply_words(actor=ACTOR, words=words, source=file.name, found="Box 12")


def test_the_command_shows_and_stores(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = (file, "--policy", "tiny", "--fills", 1, "--found", "Box 12")
    assert run(*asked, "--dry-run") == 0
    assert Revision.objects.get(no=1).is_shell
    assert run(*asked) == 0
    assert "Stored the words of tiny@1: 3 clauses of that time." in capsys.readouterr().out
    assert run(*asked) == 2
    assert "on file already" in capsys.readouterr().err
