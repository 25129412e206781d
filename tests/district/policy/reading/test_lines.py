import pytest

from hornbook.district.policy.reading.lines import blocks_from_lines, looks_like_heading


def kinds(text: str) -> list[tuple[str, str]]:
    lines = [(line, f"line {n}") for n, line in enumerate(text.splitlines(), 1)]
    return [(block.kind, block.written) for block in blocks_from_lines(lines)]


@pytest.mark.parametrize(
    "line",
    [
        "Purpose",
        "PASSWORDS AND ACCOUNTS",
        "Account User Credentials (i.e., Username and Password)",
        "IV. Security",
        "2.1 Use of equipment",
        "Use of equipment",
    ],
)
def test_headings_are_known_by_their_look(line: str) -> None:
    assert looks_like_heading(line)


@pytest.mark.parametrize(
    "line",
    [
        "Employees must:",
        "Be kind.",
        "Adopted: April 19, 1999",
        "and nothing else",
        "Employees must not share",
        "A long line without a stop that goes on and on until nobody believes it is a heading",
    ],
)
def test_other_lines_are_no_headings(line: str) -> None:
    assert not looks_like_heading(line)


def test_lines_that_were_wrapped_become_one_paragraph() -> None:
    text = "Security\n\nEmployees must keep their\npasswords to themselves. They must\nlog out."
    assert kinds(text) == [
        ("heading", "Security"),
        ("paragraph", "Employees must keep their passwords to themselves. They must log out."),
    ]


def test_a_list_item_keeps_its_mark_and_its_wrapped_rest() -> None:
    assert kinds("Users must:\n- be kind to\n  others\n- be safe\n1. first of all") == [
        ("paragraph", "Users must:"),
        ("item", "- be kind to others"),
        ("item", "- be safe"),
        ("item", "1. first of all"),
    ]


def test_a_heading_needs_no_empty_line_after_it() -> None:
    text = (
        "Purpose\nThe district teaches the good use of technology.\nSecurity\nUsers must log out."
    )
    assert [kind for kind, _ in kinds(text)] == ["heading", "paragraph", "heading", "paragraph"]


def test_long_lines_are_paragraphs_of_their_own() -> None:
    long = "Everyone must be careful " * 8
    assert len(kinds(f"{long}.\n{long}.")) == 2


def test_date_lines_stand_alone() -> None:
    assert len(kinds("Adopted: May 13, 2013\nRevised: June 9, 2025")) == 2
