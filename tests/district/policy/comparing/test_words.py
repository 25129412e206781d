"""Word by word: what went, what came, and that nothing else did."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hornbook.district.policy.comparing.words import Piece, difference, same_words

WORDS = st.lists(
    st.sampled_from(["users", "must", "not", "share", "the", "password", ",", ".", "\n", "log"]),
    max_size=30,
).map(" ".join)


def marked(old: str, new: str) -> str:
    marks = {"same": "{}", "gone": "[-{}-]", "new": "[+{}+]"}
    return "".join(marks[piece.kind].format(piece.text) for piece in difference(old, new))


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("Log out.", "Log out.", "Log out."),
        ("", "Log out.", "[+Log out.+]"),
        ("Log out.", "", "[-Log out.-]"),
        (
            "Employees should log out of unattended equipment.",
            "Employees must log out of unattended equipment.",
            "Employees [-should-][+must+] log out of unattended equipment.",
        ),
        (
            "A principal decides within ten days.",
            "The board decides within ten days.",
            "[-A principal-][+The board+] decides within ten days.",
        ),
        (
            "Told by the principal in May",
            "Heard at the office in May",
            "[-Told by the principal-][+Heard at the office+] in May",
        ),
        ("Keep it.", "Keep it safe.", "Keep it[+ safe+]."),
        ("don't share", "don’t share", "[-don't-][+don’t+] share"),
    ],
)
def test_differences_read_like_a_person_marked_them(old: str, new: str, expected: str) -> None:
    assert marked(old, new) == expected


@given(WORDS, WORDS)
def test_both_texts_can_be_read_back(old: str, new: str) -> None:
    pieces = difference(old, new)
    assert "".join(piece.text for piece in pieces if piece.kind != "new") == old
    assert "".join(piece.text for piece in pieces if piece.kind != "gone") == new
    assert difference(old, new) == pieces


@given(WORDS)
def test_the_same_text_differs_nowhere(text: str) -> None:
    assert difference(text, text) == ((Piece("same", text),) if text else ())


def test_capitals_and_commas_do_not_change_what_is_said() -> None:
    assert same_words("Staff must, always, report it.", "staff must always report it")
    assert not same_words("Staff must report it.", "Staff must not report it.")
