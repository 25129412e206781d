"""Small groups cannot be found in a table, and not by subtraction either."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hornbook.record.anonymity import Shown, suppress, total_shown
from hornbook.record.pseudonyms import pseudonym, pseudonyms

TABLES = st.integers(2, 5).flatmap(
    lambda width: st.lists(
        st.lists(st.integers(0, 30), min_size=width, max_size=width), min_size=2, max_size=5
    )
)


def hidden_in(line: list[int | None]) -> int:
    return sum(cell is None for cell in line)


@given(TABLES, st.integers(2, 12))
def test_no_line_with_its_total_gives_a_hidden_cell_away(counts: list[list[int]], k: int) -> None:
    shown: Shown = suppress(counts, k)
    lines = [*shown, *(list(column) for column in zip(*shown, strict=True))]
    assert all(hidden_in(line) != 1 for line in lines)
    for r, c in product(range(len(counts)), range(len(counts[0]))):
        assert shown[r][c] in (None, counts[r][c])
        assert counts[r][c] >= k or shown[r][c] is None


def test_a_table_of_large_cells_stays_whole() -> None:
    assert suppress([[10, 20], [30, 40]], 5) == [[10, 20], [30, 40]]


def test_the_smallest_is_hidden_beside_a_small_one() -> None:
    assert suppress([[1, 20, 9], [3, 40, 6], [60, 70, 80]], 5) == [
        [None, 20, None],
        [None, 40, None],
        [60, 70, 80],
    ]


def test_a_small_total_is_not_told() -> None:
    assert (total_shown(4, 5), total_shown(5, 5)) == (None, 5)


def test_a_group_of_one_is_no_group() -> None:
    with pytest.raises(ValueError, match="at least 2"):
        suppress([[1]], 1)


def test_pseudonyms_join_under_one_salt_and_not_under_two() -> None:
    old, new = b"a" * 16, b"b" * 16
    assert pseudonyms(["x", "", "x", "y"], old) == [
        pseudonym("x", old),
        "",
        pseudonym("x", old),
        pseudonym("y", old),
    ]
    assert pseudonym("x", old) != pseudonym("x", new)
    with pytest.raises(ValueError, match="16 octets"):
        pseudonym("x", b"short")
