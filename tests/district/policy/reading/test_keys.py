from itertools import islice

import pytest

from hornbook.district.policy.reading.keys import KeyMaker, abbreviations


@pytest.mark.parametrize(
    ("section", "first"),
    [
        ("Digital Citizenship", "DC"),
        ("Privacy", "PRI"),
        ("Account User Credentials (i.e., Username and Password)", "AUC"),
        ("Purpose and Reach", "PR"),
        ("Sécurité", "SEC"),
        ("", "GEN"),
        ("1. 2.", "GEN"),
    ],
)
def test_a_section_gives_its_initials_or_first_letters(section: str, first: str) -> None:
    assert next(abbreviations(section)) == first


def test_longer_and_longer_abbreviations_follow() -> None:
    assert list(islice(abbreviations("Privacy"), 4)) == ["PRI", "PRIV", "PRIVA", "PRIVAC"]


def test_numbers_go_on_after_the_highest_ever_used() -> None:
    keys = KeyMaker((), ["PRV-1", "PRV-7"], [("PRV-1", "Privacy")])
    assert keys.next("Privacy") == "PRV-8"


def test_keys_of_other_policies_are_avoided() -> None:
    keys = KeyMaker(["PRI-9", "PRIV-1"], (), ())
    assert [keys.next("Privacy"), keys.next("Privacy")] == ["PRIVA-1", "PRIVA-2"]


def test_two_sections_with_the_same_initials_differ() -> None:
    keys = KeyMaker((), (), ())
    assert [keys.next("Safe Use"), keys.next("Student Use")] == ["SU-1", "STU-1"]
