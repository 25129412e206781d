from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from hornbook.district.people.roster import files
from hornbook.district.people.roster.files import open_delivery
from hornbook.district.people.roster.rows import RosterError


def make_zip(path: Path, *members: tuple[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in members:
            archive.writestr(name, body)
    return path


def test_folder_and_zip_of_the_same_files_are_the_same_delivery(tmp_path: Path) -> None:
    folder = tmp_path / "export"
    folder.mkdir()
    (folder / "users.csv").write_bytes(b"a\n")
    (folder / "notes.txt").write_bytes(b"not a table")
    zipped = make_zip(tmp_path / "export.zip", ("users.csv", b"a\n"))
    assert open_delivery(folder).files == {"users.csv": b"a\n"}
    assert open_delivery(folder).sha256 == open_delivery(zipped).sha256


def test_one_folder_deep_is_found_too(tmp_path: Path) -> None:
    zipped = make_zip(tmp_path / "x.zip", ("export/users.csv", b"a\n"), ("__MACOSX/._u.csv", b""))
    assert set(open_delivery(zipped).files) == {"users.csv"}
    (tmp_path / "out" / "export").mkdir(parents=True)
    (tmp_path / "out" / "export" / "orgs.csv").write_bytes(b"b\n")
    assert set(open_delivery(tmp_path / "out").files) == {"orgs.csv"}


@pytest.mark.parametrize(
    "name", ["../users.csv", "/etc/users.csv", "a/../../users.csv", "C:users.csv"]
)
def test_a_member_that_points_outside_is_refused(tmp_path: Path, name: str) -> None:
    zipped = make_zip(tmp_path / "x.zip", (name, b"a\n"))
    with pytest.raises(RosterError, match="points outside"):
        open_delivery(zipped)


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    zipped = make_zip(tmp_path / "x.zip", ("users.csv", b"\0" * (8 * 2**20)))
    with pytest.raises(RosterError, match="zip bomb"):
        open_delivery(zipped)


def test_a_directory_that_lies_about_sizes_gains_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    zipped = make_zip(tmp_path / "x.zip", ("users.csv", b"0123456789" * 100))
    monkeypatch.setattr(files, "MAX_FILE", 500)
    with pytest.raises(RosterError, match="larger than"):
        open_delivery(zipped)


def test_the_whole_is_bounded_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    zipped = make_zip(tmp_path / "x.zip", ("a.csv", b"x" * 300), ("b.csv", b"x" * 300))
    monkeypatch.setattr(files, "MAX_TOTAL", 500)
    with pytest.raises(RosterError, match="larger than"):
        open_delivery(zipped)


def test_a_truncated_zip_says_so(tmp_path: Path) -> None:
    zipped = make_zip(tmp_path / "x.zip", ("users.csv", bytes(range(256)) * 40))
    body = bytearray(zipped.read_bytes())
    body[60:90] = b"\xff" * 30
    zipped.write_bytes(bytes(body))
    with pytest.raises(RosterError, match="damaged zip"):
        open_delivery(zipped)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_members_of_one_name_are_refused(tmp_path: Path) -> None:
    zipped = make_zip(tmp_path / "x.zip", ("users.csv", b"a"), ("users.csv", b"b"))
    with pytest.raises(RosterError, match="same name"):
        open_delivery(zipped)


def test_nothing_there_is_said_plainly(tmp_path: Path) -> None:
    with pytest.raises(RosterError, match=r"holds no \.csv file"):
        open_delivery(tmp_path)
    with pytest.raises(RosterError, match="cannot be read"):
        open_delivery(tmp_path / "absent.zip")


def test_a_zip_whose_end_is_missing_is_no_csv_in_a_wrong_encoding(tmp_path: Path) -> None:
    zipped = make_zip(tmp_path / "x.zip", ("users.csv", b"sourcedId\n" * 40))
    zipped.write_bytes(zipped.read_bytes()[:-30])
    with pytest.raises(RosterError, match=r"x\.zip is a damaged zip"):
        open_delivery(zipped)
