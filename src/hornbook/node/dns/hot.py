"""From packet to reply in one pass a packet, to be compiled. Needs numba.

For each row of a port: read the question, judge it, write its row of the record, and point its
reply to what stands in the tails (blocked) or on the shelf (answered lately). No object is made;
what cannot be said so is left for ``loop.py``, marked by what is to be done about it.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hornbook.kernel.compiled import compiled, within
from hornbook.kernel.loops import (
    ASK,
    LABELS,
    hash_labels,
    judge,
    named,
    seat_now,
    seat_of,
    whole,
)
from hornbook.kernel.tables import I32, U8, U32, U64, Rules
from hornbook.node.dns.block import Page
from hornbook.node.dns.columns import ROW
from hornbook.node.dns.reading import Question, read
from hornbook.node.dns.shelf import WAYS, Shelved
from hornbook.node.dns.tails import PER_VERDICT, STATES, Answers

# What becomes of a row: read alone; answered; answered, and its answer to be fetched anew; to be
# looked up; of a network that asks too much.
ODD, DONE, RENEW, OPEN, OVER = range(5)
BY_ADDRESS, LEAVE = -1, -2  # instead of a seat
BLOCKED, FOUND, RECEIVED, ANSWERED, BATCHES = range(5)
I64 = NDArray[np.int64]
_MULTIPLY, _FOLD, _BYTE = np.uint64(0x9E3779B97F4A7C15), np.uint64(32), np.uint64(8)
_LOW = np.uint64(0xFFFFFFFF)
_AD_CD = 0x30  # of the header's fourth octet
_KEPT = np.uint64(int.from_bytes(b"\xff\xff\x01\x10\xff\xff\0\0", "little"))  # id, RD, CD, QDCOUNT
# Bits of what an answer depends on beside the name: profile from 0, and these; 24 for a profile.
_TYPE_AT, _STATE_AT, _VERDICT_AT = np.uint64(24), np.uint64(40), np.uint64(48)


class Asked(NamedTuple):
    """A port's columns. ``sizes`` of packets are the low halves of ``size_at + row * size_step``.

    ``vectors`` (rows, 4) point to replies. The ``width`` octets of who sent a row begin at
    ``name_at + row * name_step`` of ``names``. ``seats`` are theirs where more than an address
    tells it, ``BY_ADDRESS``, or ``LEAVE`` for a row that is not judged here; empty: by address.
    """

    octets: U8
    words: U64
    sizes: U64
    size_at: int
    size_step: int
    vectors: U64
    names: U8
    name_at: int
    name_step: int
    width: int
    seats: I32


class Limits(NamedTuple):
    """How often each network asked (``limits.py``) in the second ``second[0]``; 0 is no limit."""

    table: U32
    second: I64
    most: int
    factor: np.uint64
    shift: np.uint64


class Law(NamedTuple):
    """What holds now. ``odd`` are fingerprints of names that are always read alone.

    Who is inside ``first`` under ``mask``, (k, 2) words, speaks for others: it is read alone.
    """

    rules: Rules
    blocks: NDArray[np.bool_]
    odd: U64
    mask: U64
    first: U64
    tails: Answers


class Result(NamedTuple):
    """A row's fate; its key on the shelf when it is open, and its row on the page or its place."""

    state: U8
    key: U64
    place: I64
    tallies: I64  # rows blocked, found on the shelf, received, answered; batches


class House(NamedTuple):
    """All of it."""

    asked: Asked
    limits: Limits
    law: Law
    shelf: Shelved
    page: Page
    result: Result


@within
def furnished(told: Any) -> House:
    """:class:`House` of plain tuples."""
    asked, limits, law, shelf, page, result = told
    rules, blocks, odd, under, first, tails = law
    answers, keys, expires, renew_at, tick, used, ttls, ttl_at, ttl, stored, octets, mask = shelf
    return House(
        Asked(*asked),
        Limits(*limits),
        Law(named(rules), blocks, odd, under, first, Answers(*tails)),
        Shelved(
            Answers(*answers),
            keys,
            expires,
            renew_at,
            tick,
            used,
            ttls,
            ttl_at,
            ttl,
            stored,
            octets,
            mask,
        ),
        Page(*page),
        Result(*result),
    )


@within
def address(names: U8, at: int, width: int) -> tuple[np.uint64, np.uint64]:
    """An address of ``width`` octets as two words."""
    high, low = np.uint64(0), np.uint64(0)
    for place in range(at, at + width):
        high = high << _BYTE | low >> np.uint64(56)
        low = low << _BYTE | np.uint64(names[place])
    return high, low


@within
def is_over(limits: Limits, high: np.uint64, low: np.uint64, width: int, second: int) -> bool:
    """Count a question; whether its network has asked too much in this second."""
    if width == 4:
        network, is_own = low >> _BYTE, low >> np.uint64(24) == np.uint64(127)
    else:
        network, is_own = high >> _BYTE, high == np.uint64(0) and low == np.uint64(1)
    if is_own:
        return False
    if limits.second[0] != second:
        limits.second[0] = second
        limits.table[:] = 0
    place = whole((network * limits.factor) >> limits.shift)
    limits.table[place] += np.uint32(1)
    return bool(limits.table[place] > limits.most)


@within
def _speaks_for_others(mask: U64, first: U64, high: np.uint64, low: np.uint64) -> bool:
    for one in range(len(mask)):
        if high & mask[one, 0] == first[one, 0] and low & mask[one, 1] == first[one, 1]:
            return True
    return False


@within
def _is_any_of(odd: U64, name: np.uint64) -> bool:
    for one in odd:  # noqa: SIM110 - compiled code knows no generators
        if one == name:
            return True
    return False


@within
def mixed(word: np.uint64) -> np.uint64:
    """Other words for words, each its own."""
    word = word * _MULTIPLY
    return word ^ (word >> _FOLD)


@within
def key_of(
    found: Question, flags: int, name: np.uint64, profile: int, verdict: int, orders: np.uint64
) -> np.uint64:
    """All that an open answer depends on: name, type, EDNS, DO, AD, CD, and who gets the same.

    Those are who have the profile and got the verdict on the name; where ``orders`` hold for a
    seat (an exception, a lesson), also which ones, and since when.
    """
    who = np.uint64(profile) | np.uint64(verdict) << _VERDICT_AT
    if orders != 0:
        who ^= mixed(orders)
    how = np.uint64(found.state | (flags & _AD_CD)) << _STATE_AT
    return mixed((how | np.uint64(found.qtype) << _TYPE_AT) ^ who) ^ name


@within
def find(
    keys: U64, expires: NDArray[np.float64], mask: np.uint64, key: np.uint64, now: float
) -> int:
    """The place of a key that still holds, -1 for none."""
    first = whole(key & mask) * WAYS
    for place in range(first, first + WAYS):
        if keys[place] == key:
            return place if expires[place] > now else -1
    return -1


@within
def age(shelf: Shelved, place: int, now: float, tick: int) -> None:
    """Count the TTLs of an answer down to this second; none is more than the tick's limit then."""
    shelf.tick[place] = tick
    age, limit = whole(now) - shelf.stored[place], tick & 0xFFFF
    for one in range(shelf.ttls[place]):
        left = min(max(shelf.ttl[place, one] - age, 0), limit)
        at = shelf.ttl_at[place, one]
        for octet in range(4):
            shelf.octets[at + octet] = (left >> (24 - 8 * octet)) & 0xFF


@within
def lay(words: U64, vectors: U64, row: int, length: int, answers: Answers, place: int) -> None:
    """Point a row's reply to what stands at a place, behind the ``length`` octets it has."""
    word = row * (ROW // 8)
    words[word] = (words[word] & _KEPT) | answers.first[place]
    words[word + 1] = (words[word + 1] & ~_LOW) | np.uint64(answers.counts[place])
    vectors[row, 1] = np.uint64(length)
    vectors[row, 2] = answers.address[place]
    vectors[row, 3] = answers.length[place]


@within
def note(
    page: Page,
    asked: Asked,
    row: int,
    found: Question,
    seat: int,
    verdict: int,
    set_id: int,
    at: int,
) -> int:
    """Write down who asked for what; the row of the page."""
    used, octets = whole(page.filled[0] >> 32), page.filled[0] & 0xFFFFFFFF
    length = found.end - 4 - found.begin
    for place in range(length):
        page.octets[octets + place] = asked.octets[found.begin + place]
    name = asked.name_at + row * asked.name_step
    for place in range(asked.width):
        page.clients[used, place] = asked.names[name + place]
    page.at[used], page.length[used], page.qtype[used] = at, length, found.qtype
    page.verdict[used], page.set_id[used], page.seat[used] = verdict, set_id, seat
    page.filled[0] = (used + 1) << 32 | (octets + length)
    return used


@compiled
def answer(  # noqa: C901 - what each row hands from function to function costs more than the row
    told: Any, n: int, at: int, now: float, tick: int, orders: np.uint64
) -> int:
    """Answer n rows of a :class:`House` in plain tuples; how many are left.

    ``at`` is Unix µs, ``now`` seconds of the monotonic clock and ``tick`` the shelf's mark for
    them, ``orders`` stands for those in force.
    """
    asked, limits, law, shelf, page, result = furnished(told)
    rules, tallies, second = law.rules, result.tallies, at // 1_000_000
    starts, prints = np.empty(LABELS + 1, np.int64), np.empty(LABELS, np.uint64)
    left = n
    for row in range(n):
        result.state[row] = ODD
        base = row * ROW
        high, low = address(asked.names, asked.name_at + row * asked.name_step, asked.width)
        if limits.most and is_over(limits, high, low, asked.width, second):
            result.state[row] = OVER
            continue
        if len(law.mask) and _speaks_for_others(law.mask, law.first, high, low):
            continue
        size = whole(asked.sizes[asked.size_at + row * asked.size_step] & _LOW)
        found = read(asked.octets, asked.words, base, size, starts)
        if found.labels < 0:
            continue
        hash_labels(rules.lists.words, rules.lists.base, asked.octets, starts, found.labels, prints)
        name = prints[0]
        if len(law.odd) and _is_any_of(law.odd, name):
            continue
        seat = whole(asked.seats[row]) if len(asked.seats) else BY_ADDRESS
        if seat == LEAVE:
            continue
        if seat == BY_ADDRESS:
            seat = seat_of(rules.seats, high, low)
        else:
            seat = seat_now(rules.seats, seat)
        layer = whole(rules.over.layer[seat]) if len(rules.over.layer) else whole(0)
        verdict, set_id = judge(rules, prints, found.labels, seat, layer)
        if verdict == ASK:
            continue
        result.place[row] = note(page, asked, row, found, seat, verdict, set_id, at)
        length = found.end - base
        if law.blocks[verdict]:
            place = verdict * PER_VERDICT + found.kind * STATES + found.state
            lay(asked.words, asked.vectors, row, length, law.tails, place)
            result.state[row] = DONE
            tallies[BLOCKED] += 1
            left -= 1
            continue
        flags = whole(asked.octets[base + 3])
        bound = np.uint64(layer) ^ orders if layer else np.uint64(0)
        profile = rules.seats.profile[seat]
        key = key_of(found, flags, name, profile, verdict, bound)
        place = find(shelf.keys, shelf.expires, shelf.mask, key, now)
        if place < 0 or length + whole(shelf.answers.length[place]) > found.limit:
            result.key[row] = key
            result.state[row] = OPEN
            continue
        lay(asked.words, asked.vectors, row, length, shelf.answers, place)
        tallies[FOUND] += 1
        shelf.used[place] = now
        if shelf.tick[place] != tick:
            age(shelf, place, now, tick)
        if shelf.renew_at[place] > now:
            result.state[row] = DONE
            left -= 1
        else:
            result.state[row] = RENEW
            result.place[row] = place
    return left
