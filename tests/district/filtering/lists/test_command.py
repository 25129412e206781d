"""``hornbook import lists``, from the words on the command line to the parts in force."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import pytest

from hornbook.district.filtering.lists import command
from hornbook.district.filtering.models import ListSource, ListVersion, Publication
from hornbook.instance import Instance, InstanceError
from tests.district.filtering.lists.conftest import Write, numbered

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("policy_in_force")]


@pytest.fixture
def instance(settings: Any, tmp_path: Path) -> Instance:
    """The command's own data folder, which publishing uses too."""
    settings.INSTANCE = Instance.at(tmp_path / "instance")
    found: Instance = settings.INSTANCE
    return found


def run(instance: Instance, *words: str | Path) -> int:
    parser = argparse.ArgumentParser()
    command.configure(parser)
    return command.run(parser.parse_args([str(word) for word in words]), instance)


def test_an_import_publishes_at_once(
    write: Write, instance: Instance, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(instance, write("mine/games.txt", numbered(3))) == 0
    said = capsys.readouterr().out
    assert "mine/games → games: 3 names (new; read as domains)" in said
    assert "Published" in said
    assert Publication.objects.count() == 1
    assert (instance.parts / "current.json").exists()


def test_no_publish_leaves_the_parts_alone(write: Write, instance: Instance) -> None:
    assert run(instance, write("mine/games.txt", numbered(3)), "--no-publish") == 0
    assert Publication.objects.count() == 0
    assert ListVersion.objects.count() == 1


def test_a_folder_is_reported_list_by_list(
    write: Write, instance: Instance, capsys: pytest.CaptureFixture[str]
) -> None:
    write("in/ut1/games.domains.gz", numbered(3) + "blogspot.com\n192.0.2.7\n")
    write("in/ut1/games.urls.gz", "host.example/game\n")
    write("in/ut1/bank.domains.gz", "bank.example\n")
    write("in/top/top10k.txt", "name1.example\n")
    folder = write("in/README.md", "words").parent
    assert run(instance, folder, "--json", "--dry-run") == 0
    report = json.loads(capsys.readouterr().out)
    (games,) = report["lists"]
    assert (games["names"], games["urls"], games["state"]) == (3, 1, "new")
    assert games["refused"]["public-suffix"] == {
        "count": 1,
        "examples": ["games.domains.gz:4: blogspot.com"],
    }
    assert games["held_names"] == ["name1.example"]
    assert report["unknown_category"] == ["ut1/bank"]
    assert "by its ending" in report["left_out"][0]["reason"]
    assert report["totals"]["refused"] == {"public-suffix": 1, "ip-address": 1}
    assert ListSource.objects.count() == 0
    assert run(instance, folder, "--no-publish") == 0
    said = capsys.readouterr().out
    assert "held for review, very popular: name1.example" in said
    assert "refused 1 × public suffix: it would block everybody below it, first " in said
    assert "no category is known for them: ut1/bank" in said


@pytest.mark.parametrize(
    ("name", "content", "words", "reason"),
    [
        ("games.txt", b"\x1f\x8b broken", (), "gzip is broken.*Nothing was changed"),
        ("games.txt", b"<html>Not found</html>", (), "web page.*Nothing was changed"),
        ("unheard.txt", b"a.example\n", (), "--category KEY .*adult.*Nothing was changed"),
        ("games.txt", b"a.example\n", ("--category", "nonsense"), "no category “nonsense”"),
    ],
)
def test_a_file_that_cannot_be_used_changes_nothing_and_says_why(
    write: Write, instance: Instance, name: str, content: bytes, words: tuple[str], reason: str
) -> None:
    with pytest.raises(InstanceError, match=reason):
        run(instance, write(name, content), *words)
    assert ListSource.objects.count() == 0


def test_a_path_that_is_not_there_is_named(instance: Instance, tmp_path: Path) -> None:
    with pytest.raises(InstanceError, match="there is no such file or folder"):
        run(instance, tmp_path / "absent")


def test_a_folder_without_any_list_is_named(instance: Instance, tmp_path: Path) -> None:
    (tmp_path / "nothing").mkdir()
    with pytest.raises(InstanceError, match="nothing holds no list"):
        run(instance, tmp_path / "nothing")


def test_a_broken_file_in_a_folder_keeps_its_current_version(
    write: Write, instance: Instance, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write("in/games.txt", numbered(3)).parent
    run(instance, folder, "--no-publish")
    write("in/games.txt", b"\x1f\x8b broken")
    write("in/adult.txt", numbered(3, "other"))
    capsys.readouterr()
    assert run(instance, folder, "--no-publish") == 1
    assert "Refused, nothing of it is used: " in capsys.readouterr().out
    versions = dict(ListVersion.objects.values_list("source__key", "state"))
    assert versions == {"in/games": "current", "in/adult": "current"}


def test_popular_names_have_their_own_way_in(
    write: Write, instance: Instance, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write("ranks.csv", "1,name1.example\n2,name2.example\n")
    assert run(instance, path, "--as", "popular", "--no-publish") == 0
    assert "popular/ranks.csv: 2 popular names (new)" in capsys.readouterr().out
    run(instance, write("mine/games.txt", numbered(3)), "--no-publish")
    assert "name1.example, name2.example" in capsys.readouterr().out


def test_a_failed_publication_is_told_and_the_lists_stay(
    write: Write,
    instance: Instance,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = write("mine/games.txt", numbered(3))
    run(instance, path, "--no-publish")
    (kept,) = instance.lists.glob("*.names")
    kept.write_bytes(b"changed.example\n")
    capsys.readouterr()
    assert run(instance, write("mine/adult.txt", numbered(3, "other")), "--json") == 1
    assert "was changed" in json.loads(capsys.readouterr().out)["publish_error"]
    assert ListSource.objects.filter(key="mine/adult").exists()


@pytest.mark.shared_data
def test_a_real_folder_goes_in_and_is_in_force(
    shared_data: Path, instance: Instance, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(instance, shared_data / "domains" / "sinfonietta", "--json") == 0
    report = json.loads(capsys.readouterr().out)
    names = {entry["source"]: entry["names"] for entry in report["lists"]}
    assert names["sinfonietta/gambling-hosts"] > 2000
    assert report["published"]["names"] >= sum(names.values())
