from pathlib import Path

import pytest

from hornbook.district.policy.reading.blocks import PolicyRefused
from hornbook.district.policy.reading.layout import Unit, lay_out
from hornbook.district.policy.reading.lines import blocks_from_lines
from hornbook.district.policy.reading.table import cut_by_table, read_table

TEXT = """Security

Users must ask first. They must wait. Then they may go.

Staff must:
- Log out.
- Not snoop.
"""
HEADER = "key,force,holder,starts_with,plain\n"
ROWS = """SEC-1,must,user,Users must ask,Ask first.
SEC-2,may,user,Then they,
SEC-3,must,staff,Log out,
SEC-4,must_not,staff,Not snoop,
"""


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "keys.csv"
    path.write_text(HEADER + ROWS)
    return path


def units(text: str = TEXT) -> list[Unit]:
    lines = [(line, f"line {n}") for n, line in enumerate(text.splitlines(), 1)]
    return lay_out(blocks_from_lines(lines))


def test_each_row_runs_to_the_next_one(table: Path) -> None:
    cuts = cut_by_table(units(), read_table(table))
    assert [(row.key, cut.official) for row, cut in cuts] == [
        ("SEC-1", "Users must ask first. They must wait."),
        ("SEC-2", "Then they may go."),
        ("SEC-3", "Log out."),
        ("SEC-4", "Not snoop."),
    ]


def refused(table: Path, before: str, after: str, text: str = TEXT) -> str:
    body = table.read_text()
    assert before in body
    table.write_text(body.replace(before, after))
    with pytest.raises(PolicyRefused) as refusal:
        cut_by_table(units(text), read_table(table))
    return str(refusal.value)


def test_a_row_that_is_not_in_the_text_is_named(table: Path) -> None:
    message = refused(table, "Then they", "Now they")
    assert "line 3 (SEC-2)" in message
    assert "“Now they” is not found" in message


def test_rows_out_of_order_are_named(table: Path) -> None:
    rows = ROWS.splitlines(keepends=True)
    message = refused(table, ROWS, "".join([rows[1], rows[0], *rows[2:]]))
    assert "out of order" in message


def test_text_that_no_row_covers_is_refused(table: Path) -> None:
    message = refused(table, "SEC-3,must,staff,Log out,\n", "")
    assert "line 6: no row of the key table covers “Log out.…”" in message


def test_ends_with_is_checked(tmp_path: Path) -> None:
    path = tmp_path / "keys.csv"
    path.write_text(
        "key,force,holder,starts_with,ends_with\nSEC-1,must,user,Users must ask,ask first.\n"
    )
    with pytest.raises(
        PolicyRefused, match=r"ends with “…Users must ask first\. They must wait\.”"
    ):
        cut_by_table(units("Users must ask first. They must wait."), read_table(path))


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("key,force", "kee,force", "missing: key"),
        ("SEC-2", "sec 2", "line 3 (sec 2): “sec 2” is no key"),
        ("SEC-2,may", "SEC-2,can", "force “can” is none of"),
        ("SEC-2,may,user", "SEC-2,may,robots", "holder “robots” is none of"),
        ("SEC-2", "SEC-1", "the key stands in line 2 too"),
        ("SEC-2,may,user,Then they", "SEC-2,may,user,", "starts_with is empty"),
        ("Then they,", "Then they,,,", "more or fewer fields"),
        (ROWS, "", "holds no row"),
    ],
)
def test_a_faulty_table_names_line_and_remedy(
    table: Path, before: str, after: str, words: str
) -> None:
    assert words in refused(table, before, after)


def test_a_table_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "keys.csv"
    path.write_bytes(b"key,force\xff")
    with pytest.raises(PolicyRefused, match="not UTF-8 at byte 9"):
        read_table(path)


def test_an_absent_table_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PolicyRefused, match="cannot read the key table"):
        read_table(tmp_path / "none.csv")
