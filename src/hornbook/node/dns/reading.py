"""Reading a plain question without making an object, to be compiled. Needs numba.

A *plain* question is what nearly every client sends: QR 0, opcode 0, one question in class IN, no
pointer in its name, no other records but perhaps one OPT of version 0 that ends exactly with the
packet and brings no cookie. Every other packet is odd; ``wire.read_query`` accepts all that is
plain here, with the same result.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hornbook.kernel.compiled import compiled, within
from hornbook.kernel.loops import whole
from hornbook.kernel.tables import U8, U64
from hornbook.node.dns.columns import NAME
from hornbook.node.dns.wire import COOKIE, LARGEST_UDP, SMALLEST_UDP

ODD = -1  # instead of a number: this is no plain question
I64 = NDArray[np.int64]
_OPT = 11  # octets of an OPT record without options (RFC 6891 6.1.2)
_MOST = 255  # octets of a name


def _word(text: bytes) -> np.uint64:
    return np.uint64(int.from_bytes(text, "little"))


# Octets 0-7 of the header: id, flags, QDCOUNT, ANCOUNT; of octets 8-15 NSCOUNT and ARCOUNT.
_FIXED, _PLAIN = _word(b"\0\0\xf8\0\xff\xff\xff\xff"), _word(b"\0\0\0\0\0\1\0\0")
_COUNTS = _word(b"\xff\xff\xff\xfe\0\0\0\0")  # NSCOUNT 0, ARCOUNT 0 or 1


class Question(NamedTuple):
    """``labels`` is ``ODD`` for what is not plain. ``begin`` and ``end`` are places in the buffer.

    ``kind`` 0 A, 1 AAAA, 2 other; ``state`` 0 no OPT, 1 OPT, 2 OPT with DO; ``limit`` octets that
    the client takes.
    """

    labels: int
    begin: int
    end: int
    qtype: int
    kind: int
    state: int
    limit: int


@within
def read(octets: U8, words: U64, base: int, size: int, starts: I64) -> Question:
    """The question of a packet of ``size`` octets at ``base``.

    ``starts`` gets where its labels and its root stand.
    """
    odd = Question(ODD, 0, 0, 0, 0, 0, 0)
    first, second = words[base >> 3], words[(base >> 3) + 1]
    if size < NAME + 5 or (first ^ _PLAIN) & _FIXED or second & _COUNTS:
        return odd
    begin, last = base + NAME, base + size
    labels = walk(octets, begin, last - 4, starts)
    if labels < 0:
        return odd
    at = starts[labels] + 1
    qtype = _short(octets, at)
    kind = _kind(qtype)
    state, limit = _edns(octets, at + 4, last, octets[base + 11])
    if kind < 0 or state < 0 or _short(octets, at + 2) != 1:
        return odd
    return Question(labels, begin, at + 4, qtype, kind, state, limit)


@compiled
def question(octets: U8, words: U64, base: int, size: int, starts: I64) -> Question:
    """The same for those who are not compiled."""
    return read(octets, words, base, size, starts)


@within
def walk(octets: U8, begin: int, end: int, starts: I64) -> int:
    """How many labels a name has, ``ODD`` for what is none before ``end``."""
    at, labels = begin, 0
    while at < end and at - begin < _MOST:
        size = whole(octets[at])
        starts[labels] = at
        if size == 0:
            return labels
        if size > 63:
            return ODD
        labels += 1
        at += size + 1
    return ODD


@within
def _short(octets: U8, at: int) -> int:
    return whole(octets[at]) << 8 | whole(octets[at + 1])


@within
def _kind(qtype: int) -> int:
    """0 A, 1 AAAA, 2 other, ``ODD`` for what is no type of a record (RFC 6895 3.1)."""
    if qtype == 1:
        return 0
    if qtype == 28:
        return 1
    return ODD if qtype == 0 or qtype == 41 or 249 <= qtype <= 255 else 2


@within
def _edns(octets: U8, at: int, last: int, records: int) -> tuple[int, int]:
    """State and limit, from what is behind the question; state ``ODD`` where it is not plain."""
    if records == 0:
        return (0 if at == last else ODD), SMALLEST_UDP
    more = _short(octets, at + 9)
    if octets[at] != 0 or _short(octets, at + 1) != 41 or octets[at + 6] != 0:
        return ODD, 0
    if at + _OPT + more != last or (more and not _is_harmless(octets, at + _OPT, more)):
        return ODD, 0
    limit = min(max(_short(octets, at + 3), SMALLEST_UDP), LARGEST_UDP)
    return 1 + (whole(octets[at + 7]) >> 7), limit


@within
def _is_harmless(octets: U8, at: int, more: int) -> bool:
    """One option alone, and no cookie: it changes nothing about an answer."""
    return _short(octets, at) != COOKIE and _short(octets, at + 2) + 4 == more
