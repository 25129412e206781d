"""The judgement as plain loops over names, to be compiled. Needs numba.

The same as :meth:`Kernel.judge`, for those who have octets and want numbers: each name is walked
once, its suffixes are hashed from its end, and the longest listed one is found first.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hornbook.kernel.catalogue import GONE
from hornbook.kernel.compiled import within
from hornbook.kernel.fingerprint import FACTORS, SHIFTS
from hornbook.kernel.judge import BLOCKS
from hornbook.kernel.tables import U8, U64, Book, Lists, Over, Rules, Seats, Table

LABELS = 127  # the most that a name of 255 octets has
_GONE = np.int64(GONE)
ASK = -2  # an order that names names may speak: this is not told here
I64 = NDArray[np.int64]


@within
def whole(number: Any) -> int:
    """A number as one of 64 bits with a sign."""
    made: int = np.int64(number)  # type: ignore[assignment]  # what int is to compiled code
    return made


@within
def mix(value: np.uint64) -> np.uint64:
    """As :func:`hornbook.kernel.fingerprint.mix_one`."""
    value = (value ^ (value >> SHIFTS[0])) * FACTORS[0]
    value = (value ^ (value >> SHIFTS[1])) * FACTORS[1]
    return value ^ (value >> SHIFTS[2])


@within
def named(told: Any) -> Rules:
    """:class:`Rules` of what :func:`hornbook.kernel.tables.bare` made of them."""
    lists, book, seats, over = told
    words, base, first, first_sets, first_width, second, second_sets, second_width = lists
    layer, group, by_set, names, does, gives_way, rules = over
    return Rules(
        Lists(
            words,
            base,
            Table(*first),
            first_sets,
            first_width,
            Table(*second),
            second_sets,
            second_width,
        ),
        Book(*book),
        Seats(*seats),
        Over(layer, group, by_set, Table(*names), does, gives_way, rules),
    )


@within
def slot(table: Table, fingerprint: np.uint64) -> int:
    """Where a fingerprint stands in the table, -1 for nowhere."""
    first = whole(table.places[whole(fingerprint >> np.uint64(table.shift))])
    for place in range(first, min(first + table.bucket, table.size)):
        found = table.fingerprints[place]
        if found >= fingerprint:
            return place if found == fingerprint else -1
    return -1


@within
def _set(sets: U8, width: int, place: int) -> int:
    found = whole(0)
    for octet in range(width):
        found |= whole(sets[place * width + octet]) << (8 * octet)
    return found


@within
def set_of(lists: Lists, fingerprint: np.uint64) -> int:
    """The set of a fingerprint, -1 where it is not listed."""
    place = slot(lists.first, fingerprint)
    if place >= 0:
        found = _set(lists.first_sets, lists.first_width, place)
        return -1 if found == _GONE else found
    place = slot(lists.second, fingerprint)
    return _set(lists.second_sets, lists.second_width, place) if place >= 0 else -1


@within
def hash_labels(
    words: U64, base: np.uint64, octets: U8, starts: I64, labels: int, prints: U64
) -> None:
    """``prints[k]`` of the suffix that begins at ``starts[k]``; ``starts[labels]`` is the root.

    Without labels ``prints[0]`` is that of the root alone.
    """
    value = words[0]
    end = starts[labels]
    for label in range(labels - 1, -1, -1):
        start = starts[label]
        for at in range(end - 1, start - 1, -1):
            value = value * base + words[octets[at]]
        end = start
        prints[label] = mix(value)
    if labels == 0:
        prints[0] = mix(value)


@within
def longest(lists: Lists, prints: U64, labels: int) -> tuple[int, int]:
    """The set of the longest listed suffix, and which one it is; 0 and -1 for none."""
    for label in range(labels):
        found = set_of(lists, prints[label])
        if found >= 0:
            return found, label
    return 0, -1


@within
def ruled(rules: Rules, profile: int, set_id: int, label: int) -> int:
    """What the rules alone say."""
    verdict = whole(rules.book.plane[profile * rules.book.sets + set_id])
    if label > 0 and len(rules.book.beneath):
        verdict = whole(rules.book.beneath[verdict])
    return verdict


@within
def obeyed(
    rules: Rules, prints: U64, labels: int, layer: int, set_id: int, label: int, verdict: int
) -> int:
    """The verdict after orders, ``ASK`` where a closer look is needed. ``layer`` is not 0."""
    over = rules.over
    if over.names.size and _is_named(over.names, prints, labels):
        return ASK
    order = whole(over.by_set[over.group[layer], set_id])
    if order < 0 or not over.gives_way[over.does[order], verdict]:
        return verdict
    if over.does[order] != BLOCKS and label == 0 and len(rules.book.beneath):
        return ASK  # what is opened may still be answered otherwise
    return over.rules + order


@within
def _is_named(names: Table, prints: U64, labels: int) -> bool:
    for label in range(labels):  # noqa: SIM110 - compiled code knows no generators
        if slot(names, prints[label]) >= 0:
            return True
    return False


@within
def judge(rules: Rules, prints: U64, labels: int, seat: int, layer: int) -> tuple[int, int]:
    """Verdict and set of a hashed name, the verdict ``ASK`` where more must be known."""
    set_id, label = longest(rules.lists, prints, labels)
    verdict = ruled(rules, rules.seats.profile[seat], set_id, label)
    if layer:
        verdict = obeyed(rules, prints, labels, layer, set_id, label, verdict)
    return verdict, set_id


@within
def seat_of(seats: Seats, high: np.uint64, low: np.uint64) -> int:
    """The seat of an address, as it is now: that of the last range which begins before it."""
    first, end = 0, len(seats.low)
    while first + 1 < end:
        middle = (first + end) >> 1
        above = seats.high[middle] > high
        if above or (seats.high[middle] == high and seats.low[middle] > low):
            end = middle
        else:
            first = middle
    return seat_now(seats, whole(seats.seats[first]))


@within
def seat_now(seats: Seats, seat: int) -> int:
    """Which seat a seat is now."""
    return whole(seats.present[seat]) if len(seats.present) else seat
