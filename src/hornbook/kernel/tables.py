"""Kernel, seats and orders as bare columns, for loops that are compiled (``loops.py``).

Nothing big is copied. Every array is given as one that cannot be written to, for compiled code is
made for one kind of array and would be made again for another.
"""

from __future__ import annotations

from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from hornbook.kernel.catalogue import Catalogue, FingerprintTable
from hornbook.kernel.judge import Kernel, Now

U8 = NDArray[np.uint8]
U16 = NDArray[np.uint16]
I32 = NDArray[np.int32]
U32 = NDArray[np.uint32]
U64 = NDArray[np.uint64]
Scalar = TypeVar("Scalar", bound=np.generic)

_NO_NAMES = FingerprintTable.build(np.empty(0, np.uint64))
_NO_SETS = np.empty(0, np.uint16)
_NO_SEATS = np.empty(0, np.int32)
_NO_VERDICTS = np.empty(0, np.uint16)


class Table(NamedTuple):
    """A :class:`FingerprintTable`: a fingerprint's bucket begins at ``places[it >> shift]``."""

    fingerprints: U64
    places: U32
    shift: int
    bucket: int
    size: int


class Lists(NamedTuple):
    """A catalogue's names: its changes first, then what they change (empty without a base).

    ``sets`` are octets, ``width`` of them a number, least first: 2 or 4 as the part has them.
    """

    words: U64
    base: np.uint64
    first: Table
    first_sets: U8
    first_width: int
    second: Table
    second_sets: U8
    second_width: int


class Book(NamedTuple):
    """What profiles get in one time slot: ``plane[profile * sets + set]``."""

    plane: U16
    sets: int
    beneath: U16  # for each verdict, the one below a listed name; empty where all are alike


class Seats(NamedTuple):
    """Where each range of addresses of one family begins, as two words, and whose it is;

    who they are now (empty: as they were), and the profile of each seat.
    """

    high: U64
    low: U64
    seats: I32
    present: I32
    profile: NDArray[np.intp]


class Over(NamedTuple):
    """The orders in force. ``layer`` (seats,) is empty where there are none.

    ``names`` are those that any order names; which of them speaks is not told here.
    """

    layer: I32
    group: NDArray[np.intp]
    by_set: I32
    names: Table
    does: NDArray[np.intp]
    gives_way: NDArray[np.bool_]
    rules: int  # verdicts of the rulebook; those of the orders follow


class Rules(NamedTuple):
    """All that a judgement needs in one stretch of time."""

    lists: Lists
    book: Book
    seats: Seats
    over: Over


def fits(catalogue: Catalogue) -> bool:
    """Whether a catalogue can be told in columns; a change to a change cannot."""
    return catalogue.base is None or catalogue.base.base is None


def rules_of(kernel: Kernel, now: Now, *, v6: bool) -> Rules:
    """The columns of a kernel that :func:`fits`, in the stretch of time ``now``.

    ``v6`` chooses the family of the addresses by which seats are found.
    """
    lists = lists_of(kernel.catalogue)
    return Rules(lists, _book(kernel, now.slot), _seats(kernel, now, v6), _over(kernel, now))


def no_rules() -> Rules:
    """Columns of the right kinds with nothing in them."""
    words = shut(np.zeros(256, np.uint64))
    nothing = _listed(_NO_NAMES, _NO_SETS)
    book = Book(shut(_NO_VERDICTS), 0, shut(_NO_VERDICTS))
    places = shut(np.empty(0, np.intp))
    none = shut(np.empty(0, np.uint64))
    seats = Seats(none, none, shut(_NO_SEATS), shut(_NO_SEATS), places)
    gives_way = shut(np.empty((0, 0), np.bool_))
    return Rules(
        Lists(words, np.uint64(1), *nothing, *nothing), book, seats, _nobody(places, gives_way, 0)
    )


def lists_of(catalogue: Catalogue) -> Lists:
    """The columns of a catalogue that :func:`fits`."""
    base = catalogue.base
    second = _listed(_NO_NAMES, _NO_SETS) if base is None else _listed(base.table, base.sets)
    hasher = catalogue.hasher
    first = _listed(catalogue.table, catalogue.sets)
    return Lists(shut(hasher.words), np.uint64(hasher.base), *first, *second)


def shut(array: NDArray[Scalar]) -> NDArray[Scalar]:
    """A view of it that cannot be written to."""
    found = np.ascontiguousarray(array).view()
    found.flags.writeable = False
    return found


def bare(told: Any) -> Any:
    """Named tuples as plain ones, however deep: these are handed to compiled code twice as fast."""
    return tuple(map(bare, told)) if isinstance(told, tuple) else told


def table_of(table: FingerprintTable) -> Table:
    """The columns of a table of fingerprints."""
    fingerprints, places = shut(table.fingerprints), shut(table.places)
    return Table(fingerprints, places, int(table.shift), table.bucket, table.size)


def _listed(table: FingerprintTable, sets: NDArray[np.integer[Any]]) -> tuple[Table, U8, int]:
    return table_of(table), shut(sets.view(np.uint8)), sets.itemsize


def _book(kernel: Kernel, slot: int) -> Book:
    rulebook = kernel.rulebook
    beneath = rulebook.beneath if kernel.has_rewrites else _NO_VERDICTS
    return Book(shut(rulebook.matrix[slot].ravel()), rulebook.matrix.shape[2], shut(beneath))


def _seats(kernel: Kernel, now: Now, v6: bool) -> Seats:
    high, low, seats = kernel.seating.ranges(v6=v6)
    present = _NO_SEATS if now.seats is None else now.seats
    return Seats(shut(high), shut(low), shut(seats), shut(present), shut(kernel.profile_of_seat))


def _over(kernel: Kernel, now: Now) -> Over:
    orders, rules = now.orders, len(kernel.rulebook.verdicts)
    does, gives_way = shut(kernel.does), shut(kernel.gives_way)
    if orders is None:
        return _nobody(does, gives_way, rules)
    names = table_of(orders.names or _NO_NAMES)
    layer, group, by_set = shut(orders.layer), shut(orders.group), shut(orders.by_set)
    return Over(layer, group, by_set, names, does, gives_way, rules)


def _nobody(does: NDArray[np.intp], gives_way: NDArray[np.bool_], rules: int) -> Over:
    """No orders for anybody."""
    none = shut(np.empty((0, 0), np.int32))
    return Over(shut(_NO_SEATS), does, none, table_of(_NO_NAMES), does, gives_way, rules)
