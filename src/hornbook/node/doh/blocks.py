"""Header blocks of plain requests (``hpack.py``), read without making an object: to be compiled.

Needs numba. What refers to a dynamic table, or says a thing twice, is left to ``hpack.py``.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hornbook.kernel.compiled import within
from hornbook.kernel.loops import whole
from hornbook.kernel.tables import U8
from hornbook.node.doh import hpack
from hornbook.node.doh.hpack import CLIENT_HEADER, LONGEST, STATIC

TEXTS = 512  # octets of a row: what is read of one block
ODD = -1
I64 = NDArray[np.int64]
GET, POST = 2, 3  # in the static table, as are the next
_PATH, _CONTENT_TYPE = 4, 31
FIELDS = 7  # what is found: a method, and where texts begin and end
METHOD, PATH_AT, PATH_END, TYPE_AT, TYPE_END, CLIENT_AT, CLIENT_END = range(FIELDS)

_NAME = np.frombuffer(CLIENT_HEADER.encode(), np.uint8).copy()
# The Huffman code: of each length its first code, how many there are, and where their symbols are.
_FIRST, _COUNT, _AT = (np.array(column, np.int64) for column in zip(*hpack.LENGTHS, strict=True))
_SYMBOLS = np.frombuffer(hpack.SYMBOLS, np.uint8).copy()


@within
def _number(data: U8, at: int, end: int, most: int) -> tuple[int, int]:
    """RFC 7541 5.1: (number, where the next octet is), ``ODD`` for one that is too long."""
    number = whole(data[at]) & most
    at += 1
    if number < most:
        return number, at
    for shift in (0, 7, 14):
        if at >= end:
            return ODD, at
        octet = whole(data[at])
        at += 1
        number += (octet & 127) << shift
        if octet < 128:
            return number, at
    return ODD, at


@within
def _unpack(data: U8, at: int, end: int, to: U8, used: int, most: int) -> int:
    """Write a text in the Huffman code; where it ends, ``ODD`` for what no field of ours has."""
    code = length = whole(0)
    for place in range(at, end):
        octet = whole(data[place])
        for shift in range(7, -1, -1):
            code, length = code << 1 | (octet >> shift) & 1, length + 1
            if length > LONGEST:
                return ODD
            rank = code - _FIRST[length]
            if 0 <= rank < _COUNT[length]:
                if used == most:
                    return ODD
                to[used] = _SYMBOLS[_AT[length] + rank]
                used, code, length = used + 1, whole(0), whole(0)
    return used if length < 8 and code == (1 << length) - 1 else ODD


@within
def _text(data: U8, at: int, end: int, to: U8, used: int, most: int) -> tuple[int, int]:
    """5.2: (where the text that was written ends, where the next field begins), or ``ODD``."""
    if at >= end:
        return ODD, at
    packed = data[at] & 0x80
    length, at = _number(data, at, end, 127)
    last = at + length
    if length < 0 or last > end:
        return ODD, at
    if packed:
        return _unpack(data, at, last, to, used, most), last
    if length > most - used:
        return ODD, at
    for place in range(at, last):
        to[used + place - at] = data[place]
    return used + length, last


@within
def equal(text: U8, at: int, end: int, other: U8) -> bool:
    """Whether a text is that one."""
    if end - at != len(other):
        return False
    for place in range(len(other)):  # noqa: SIM110 - compiled code knows no generators
        if text[at + place] != other[place]:
            return False
    return True


@within
def _passed(data: U8, at: int, end: int) -> int:
    """Behind a text that is not wanted."""
    if at >= end:
        return ODD
    length, at = _number(data, at, end, 127)
    return ODD if length < 0 or at + length > end else at + length


@within
def _whole_entry(data: U8, at: int, end: int, found: I64) -> int:
    """6.1: an entry of the static table; no other is known here, nor a path that stands there."""
    index, at = _number(data, at, end, 127)
    if index <= 0 or index > STATIC or index in (_PATH, _PATH + 1):
        return ODD
    if index in (GET, POST):
        found[METHOD] = index
    return at


@within
def _field(data: U8, at: int, end: int, to: U8, used: int, most: int, found: I64) -> int:
    """Read a literal field (6.2) to ``used`` of ``to``; where the next one begins."""
    index, at = _number(data, at, end, 63 if data[at] & 0x40 else 15)
    if index < 0 or index > STATIC or index in (GET, POST):
        return ODD
    what = PATH_AT if index in (_PATH, _PATH + 1) else ODD
    if index == _CONTENT_TYPE:
        what = TYPE_AT
    if index == 0:
        last, at = _text(data, at, end, to, used, most)
        if last == ODD:
            return ODD
        what = CLIENT_AT if equal(to, used, last, _NAME) else ODD
    if what == ODD:
        return _passed(data, at, end)
    last, at = _text(data, at, end, to, used, most)
    if last == ODD or found[what] != ODD:
        return ODD
    found[what], found[what + 1] = used, last
    return at


@within
def read_block(data: U8, at: int, end: int, to: U8, used: int, found: I64) -> bool:
    """Whether the block is read: its method, path, media type and client stand in ``found``.

    Their texts are written to the ``TEXTS`` octets from ``used`` on; one is left for a mark.
    """
    most = used + TEXTS - 1
    found[:] = ODD
    while at < end:
        first = data[at]
        if first & 0x80:
            at = _whole_entry(data, at, end, found)
        elif first & 0xE0 == 0x20:  # 6.3: a table that is none
            at = at + 1 if first == 0x20 else ODD
        else:
            at = _field(data, at, end, to, used, most, found)
            used = max(used, found[PATH_END], found[TYPE_END], found[CLIENT_END])
        if at < 0:
            return False
    return bool(min(found[METHOD], found[PATH_AT], found[CLIENT_AT]) != ODD)
