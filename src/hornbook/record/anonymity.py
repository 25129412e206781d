"""Tables of counts in which nobody can be found: small cells hidden, and not by arithmetic either.

A *cell* is a count of people (not of questions) for a row and a column. Cells below ``k`` are
hidden; where the totals are published as well, one hidden cell in a row or column could be
worked out by subtraction, so a second one, the smallest that is left, is hidden with it
(complementary suppression, as statistical agencies do: Federal Committee on Statistical
Methodology, Working Paper 22). A count of 0 is hidden like any small one: “nobody” tells, too.
"""

from __future__ import annotations

from collections.abc import Sequence

Counts = Sequence[Sequence[int]]
Shown = list[list[int | None]]


def suppress(counts: Counts, k: int) -> Shown:
    """The table with None where a cell is hidden. Totals of rows and columns may be published.

    A total that itself is below ``k`` must not be (see ``total_shown``).
    """
    if k < 2:
        raise ValueError("k is at least 2: a group of one is a person")
    hidden = [[cell < k for cell in row] for row in counts]
    while _hide_seconds(counts, hidden):
        pass
    return [
        [None if gone else cell for cell, gone in zip(row, marks, strict=True)]
        for row, marks in zip(counts, hidden, strict=True)
    ]


def _hide_seconds(counts: Counts, hidden: list[list[bool]]) -> bool:
    """Hide one more cell in the first line that shows all but one; whether there was any."""
    width = len(counts[0]) if counts else 0
    rows = [[(r, c) for c in range(width)] for r in range(len(counts))]
    columns = [[(r, c) for r in range(len(counts))] for c in range(width)]
    for line in (*rows, *columns):
        gone = sum(hidden[r][c] for r, c in line)
        left = [(counts[r][c], r, c) for r, c in line if not hidden[r][c]]
        if gone == 1 and left:
            _, r, c = min(left)
            hidden[r][c] = True
            return True
    return False


def total_shown(total: int, k: int) -> int | None:
    """A total, or None where it would be a small cell itself."""
    return total if total >= k else None
