from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hornbook.district.learning.numbers import (
    ALPHABET,
    BadNumber,
    check_character,
    new_number,
    read_number,
)

numbers = st.text(ALPHABET, min_size=15, max_size=15).map(lambda s: s + check_character(s))


@given(numbers, st.integers(0, 15), st.sampled_from(ALPHABET))
def test_every_single_wrong_character_is_noticed(number: str, at: int, wrong: str) -> None:
    typed = number[:at] + wrong + number[at + 1 :]
    if typed == number:
        assert read_number(typed).replace("-", "") == number
    else:
        with pytest.raises(BadNumber):
            read_number(typed)


def test_nearly_every_pair_that_changed_places_is_noticed() -> None:
    missed = swaps = 0
    for _ in range(300):
        number = new_number().replace("-", "")
        for at in range(15):
            if number[at] == number[at + 1]:
                continue
            swaps += 1
            swapped = number[:at] + number[at + 1] + number[at] + number[at + 2 :]
            try:
                read_number(swapped)
                missed += 1
            except BadNumber:
                continue
    assert missed < swaps * 0.02


@given(numbers)
def test_people_type_small_letters_spaces_and_the_letter_o(number: str) -> None:
    typed = " ".join(number.lower().replace("0", "o").replace("1", "l"))
    assert read_number(typed).replace("-", "") == number


@pytest.mark.parametrize("typed", ["", "7K3M", "7K3M-9QXD-4T2P-WC5", "7K3M9QXD4T2PWC5?", "é" * 16])
def test_what_is_no_number_says_what_to_look_at(typed: str) -> None:
    with pytest.raises(BadNumber, match=r"has 16|is not used"):
        read_number(typed)


def test_new_numbers_differ_and_can_be_read() -> None:
    found = {new_number() for _ in range(500)}
    assert len(found) == 500
    assert {read_number(number) for number in found} == found
