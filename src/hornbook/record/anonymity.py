"""Tables of counts in which nobody can be found: small cells hidden, and not by arithmetic either.

A table counts something (questions) by rows and columns, with a total for each row, each column
and all. A cell with fewer than ``k`` people behind it is *small* and hidden. Because totals are
published, more cells are hidden with it (complementary suppression, as statistical agencies do:
Federal Committee on Statistical Methodology, Working Paper 22), until

* no small cell can be worked out. Hidden cells are the unknowns of linear equations, one a line.
  Take lines for nodes and hidden cells for edges between them: a cell follows from the others
  exactly when its edge is a *bridge*, whose removal parts the graph. To look line by line is not
  enough: two lines may give away together what neither does alone;
* no line gives away the sum of small cells alone: with them is hidden one of at least ``k`` people.

Whoever looks may know which cells are zero: they are not counted on as cover. That a large group
did something not once can be worked out; it tells nothing of one person in it.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush

#: (row, column); ``None`` in a place is the total over it.
Cell = tuple[Hashable | None, Hashable | None]
_Line = tuple[str, Hashable | None]


@dataclass(frozen=True)
class Count:
    """``n`` is what may be published, ``people`` how many distinct ones are behind it."""

    n: int
    people: int


def publishable(table: Mapping[Cell, Count], k: int) -> frozenset[Cell]:
    """The cells that may be shown, of a table with all its totals. Cells of zero are never shown.

    The same table always gives the same cells. Raises ValueError for k below 2.
    """
    if k < 2:
        raise ValueError("k is at least 2: a group of one is a person")
    return frozenset(_Table(table, k).shown())


def suppress(counts: Sequence[Sequence[int]], k: int) -> list[list[int | None]]:
    """A table of people by rows and columns, None where a cell is hidden.

    Nobody is in two cells. Totals of at least ``k`` may be told as well. A count of 0 is hidden
    like any small one. Raises ValueError for k below 2.
    """
    table: dict[Cell, Count] = {}
    for r, row in enumerate(counts):
        for c, count in enumerate(row):
            for cell in ((r, c), (r, None), (None, c), (None, None)):
                total = count + (table[cell].n if cell in table else 0)
                table[cell] = Count(total, total)
    shown = publishable(table, k)
    return [
        [count if (r, c) in shown else None for c, count in enumerate(row)]
        for r, row in enumerate(counts)
    ]


class _Table:
    def __init__(self, table: Mapping[Cell, Count], k: int) -> None:
        self._n = {cell: count.n for cell, count in table.items() if count.n}
        self._small = {cell for cell in self._n if table[cell].people < k}
        self._hidden = set(self._small)
        self._lines: dict[_Line, list[Cell]] = defaultdict(list)
        for cell in sorted(self._n, key=self._rank):
            for line in _lines_of(cell):
                self._lines[line].append(cell)

    def shown(self) -> set[Cell]:
        while more := self._more():
            self._hidden |= more
        return self._n.keys() - self._hidden

    def _more(self) -> set[Cell]:
        """What is to be hidden next, nothing when nothing is given away any more."""
        given = bridges(self._hidden)
        for cell in sorted(given & self._small, key=self._rank):
            return self._cycle(cell)[1]
        for line, cells in self._lines.items():
            unknown = [cell for cell in cells if cell in self._hidden and cell not in given]
            parts = [cell for cell in unknown if cell != _total_of(line)]
            if parts and len(parts) == len(unknown) and self._small.issuperset(parts):
                return self._cover(cell for cell in cells if cell not in unknown)
        return set()

    def _cover(self, cells: Iterable[Cell]) -> set[Cell]:
        """The cheapest of these cells to hide so that it does not follow from others."""
        _, _, best = min(
            (cost + self._cost(cell), self._rank(cell), more | {cell})
            for cell in cells
            for cost, more in [self._cycle(cell)]
        )
        return best - self._hidden

    def _cost(self, cell: Cell) -> int:
        return 0 if cell in self._hidden else self._n[cell]

    def _cycle(self, cell: Cell) -> tuple[int, set[Cell]]:
        """The least that is to be hidden for the cell to lie in a cycle, and its sum.

        The shortest path from its row to its column (Dijkstra 1959): what is hidden already costs
        nothing. There always is one, by the totals.
        """
        start, end = _lines_of(cell)
        reached: dict[_Line, Cell | None] = {}
        ahead: list[tuple[int, int, _Line, Cell | None]] = [(0, 0, start, None)]
        turn = itertools.count(1)  # lines are not compared: the first that was seen comes first
        while ahead:
            cost, _, line, came_by = heappop(ahead)
            if line in reached:
                continue
            reached[line] = came_by
            if line == end:
                return cost, self._path(end, reached) - self._hidden
            for step in self._lines[line]:
                other = next(one for one in _lines_of(step) if one != line)
                if step != cell and other not in reached:
                    heappush(ahead, (cost + self._cost(step), next(turn), other, step))
        return 0, self._n.keys() - self._hidden  # a table without its totals: nothing is told

    def _path(self, line: _Line, reached: Mapping[_Line, Cell | None]) -> set[Cell]:
        found = set()
        while (cell := reached[line]) is not None:
            found.add(cell)
            line = next(one for one in _lines_of(cell) if one != line)
        return found

    def _rank(self, cell: Cell) -> tuple[int, int, str]:
        """Parts before totals, small before large."""
        return cell.count(None), self._n[cell], repr(cell)


def _lines_of(cell: Cell) -> tuple[_Line, _Line]:
    return ("row", cell[0]), ("column", cell[1])


def _total_of(line: _Line) -> Cell:
    return (line[1], None) if line[0] == "row" else (None, line[1])


def bridges(cells: Collection[Cell]) -> set[Cell]:
    """The cells that follow from the sums of all lines when these and no others are unknown.

    The bridges of a graph (Tarjan 1974), without recursion.
    """
    edges: dict[_Line, list[tuple[Cell, _Line]]] = defaultdict(list)
    for cell in cells:
        row, column = _lines_of(cell)
        edges[row].append((cell, column))
        edges[column].append((cell, row))
    found: set[Cell] = set()
    order: dict[_Line, int] = {}
    low: dict[_Line, int] = {}
    for root in edges:
        if root not in order:
            _walk(root, edges, order, low, found)
    return found


def _walk(
    root: _Line,
    edges: Mapping[_Line, list[tuple[Cell, _Line]]],
    order: dict[_Line, int],
    low: dict[_Line, int],
    found: set[Cell],
) -> None:
    order[root] = low[root] = len(order)
    path: list[tuple[_Line, Cell | None, Iterator[tuple[Cell, _Line]]]]
    path = [(root, None, iter(edges[root]))]
    while path:
        line, came_by, rest = path[-1]
        step = next(((cell, other) for cell, other in rest if cell != came_by), None)
        if step is None:
            path.pop()
            if path and came_by is not None:
                before = path[-1][0]
                low[before] = min(low[before], low[line])
                if low[line] > order[before]:
                    found.add(came_by)
            continue
        cell, other = step
        if other in order:
            low[line] = min(low[line], order[other])
        else:
            order[other] = low[other] = len(order)
            path.append((other, cell, iter(edges[other])))
