"""Small groups cannot be found in a table, and not by subtraction either."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hornbook.record.anonymity import Cell, Count, bridges, publishable, suppress
from hornbook.record.pseudonyms import pseudonym, pseudonyms

K = 5
Table = dict[Cell, Count]


def with_totals(parts: dict[Cell, Count]) -> Table:
    """The table with its totals; nobody is in two cells, which makes totals as small as can be."""
    found: dict[Cell, list[Count]] = defaultdict(list)
    for (row, column), count in parts.items():
        for cell in ((row, column), (row, None), (None, column), (None, None)):
            found[cell].append(count)
    return {
        cell: Count(sum(one.n for one in counts), sum(one.people for one in counts))
        for cell, counts in found.items()
    }


def table(*rows: str) -> Table:
    """Rows of numbers of people, who asked ten questions each, and one more a cell."""
    return with_totals(
        {
            (f"r{r}", f"c{c}"): Count(10 * people + 1, people) if people else Count(0, 0)
            for r, row in enumerate(rows)
            for c, people in enumerate(map(int, row.split()))
        }
    )


def lines(cells: Table) -> Iterator[tuple[Cell, list[Cell]]]:
    """(total, parts) of each row, each column and the totals themselves."""
    rows, columns = ({cell[place] for cell in cells} for place in (0, 1))
    for row in rows:
        yield (row, None), [cell for cell in cells if cell[0] == row and cell[1] is not None]
    for column in columns:
        yield (None, column), [cell for cell in cells if cell[1] == column and cell[0] is not None]


def attacked(cells: Table, shown: frozenset[Cell]) -> set[Cell]:
    """What follows from the totals by linear algebra, when it is known which cells are zero."""
    unknown = sorted((cell for cell in cells if cells[cell].n and cell not in shown), key=repr)
    place = {cell: number for number, cell in enumerate(unknown)}
    equations = []
    for total, parts in lines(cells):
        equation = np.zeros(len(unknown))
        for cell in parts:
            if cell in place:
                equation[place[cell]] = 1
        if total in place:
            equation[place[total]] -= 1
        equations.append(equation)
    if not unknown:
        return set()
    _, sizes, directions = np.linalg.svd(np.array(equations))
    free = directions[int((sizes > 1e-9).sum()) :]  # in these the hidden cells may still vary
    return {cell for cell in unknown if np.abs(free[:, place[cell]]).max(initial=0.0) < 1e-9}


def small(cells: Table) -> set[Cell]:
    return {cell for cell, count in cells.items() if count.n and count.people < K}


TABLES = st.integers(1, 6).flatmap(
    lambda width: st.lists(
        st.lists(st.integers(0, 12), min_size=width, max_size=width), min_size=1, max_size=6
    )
)


@given(TABLES)
def test_an_attack_by_subtraction_finds_no_small_group(rows: list[list[int]]) -> None:
    cells = table(*(" ".join(map(str, row)) for row in rows))
    shown = publishable(cells, K)
    known = shown | attacked(cells, shown)
    assert not small(cells) & known
    for total, parts in lines(cells):
        rest = [cell for cell in parts if cells[cell].n and cell not in known]
        if rest and total in known:
            assert any(cells[cell].people >= K for cell in rest), "a sum of small groups alone"


def test_line_by_line_is_not_enough() -> None:
    """Two in each line are hidden, and yet r1+r2 less c0+c1 is the cell between: a bridge."""
    corners = [("r0", "c0"), ("r0", "c1"), ("r1", "c0"), ("r1", "c1")]
    others = [("r2", "c2"), ("r2", "c3"), ("r3", "c2"), ("r3", "c3")]
    between: Cell = ("r1", "c2")
    assert bridges([*corners, *others]) == set()
    assert bridges([*corners, *others, between]) == {between}
    cells = table("1 9 20 20", "9 9 2 20", "20 20 1 9", "20 20 9 9")
    shown = publishable(cells, K)
    assert between not in shown | attacked(cells, shown)


def test_a_table_of_large_groups_stays_whole() -> None:
    cells = table("10 20", "30 40")
    assert publishable(cells, K) == set(cells)


def test_beside_a_small_one_the_smallest_are_hidden() -> None:
    cells = table("1 20 9", "30 40 50", "60 70 80")
    hidden = set(cells) - publishable(cells, K)
    assert hidden == {("r0", "c0"), ("r0", "c2"), ("r1", "c0"), ("r1", "c2")}


def test_two_small_ones_do_not_cover_each_other() -> None:
    """Their sum would be that of four people."""
    cells = table("2 2 20", "20 20 20", "20 20 20")
    assert ("r0", "c2") not in publishable(cells, K)


def test_a_district_of_few_tells_nothing() -> None:
    assert publishable(table("1 1", "1 0"), K) == frozenset()


def test_a_cell_of_nobody_is_never_shown() -> None:
    assert ("r0", "c1") not in publishable(table("10 0", "10 10"), K)


def test_a_grid_of_people_is_hidden_in_the_same_way() -> None:
    assert suppress([[1, 20, 9], [30, 40, 50], [60, 0, 80]], K) == [
        [None, 20, None],
        [None, 40, None],
        [60, None, 80],
    ]
    assert suppress([[10, 20], [30, 40]], K) == [[10, 20], [30, 40]]


def test_a_group_of_one_is_no_group() -> None:
    with pytest.raises(ValueError, match="at least 2"):
        publishable(table("1"), 1)


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
