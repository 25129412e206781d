"""Plain requests and their answers as HTTP/2 frames, many at once: to be compiled. Needs numba.

A *plain* request is what nearly every DoH client sends: a POST of one DNS message, or a GET with
``dns=`` alone, its header in one frame without references to a dynamic table, its body in another.
Whatever else comes is left to ``h2.py``, which reads the same in the same way.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import types
from numpy.typing import NDArray

from hornbook.kernel.compiled import compiled, within
from hornbook.kernel.loops import whole
from hornbook.kernel.tables import U8, U64
from hornbook.node.dns.columns import ROW
from hornbook.node.dns.hot import DONE, RENEW
from hornbook.node.doh.blocks import (
    CLIENT_AT,
    CLIENT_END,
    FIELDS,
    GET,
    METHOD,
    ODD,
    PATH_AT,
    PATH_END,
    POST,
    TEXTS,
    TYPE_AT,
    TYPE_END,
    equal,
    read_block,
)
from hornbook.node.doh.hpack import WHOLE_ANSWER
from hornbook.node.doh.request import MEDIA_TYPE

HEAD = 160  # octets of frames and header of an answer, at most
LATE = 5  # beside the states of ``hot``: answered, but the window has no room for it
I64 = NDArray[np.int64]

_HEADERS, _DATA = 1, 0
_END_STREAM, _END_HEADERS, _PADDED, _PRIORITISED = 0x01, 0x04, 0x08, 0x20
_LARGEST = 2048  # octets of a header block that is read here
_OPT, _SOA = 41, 6

_MESSAGE = np.frombuffer(MEDIA_TYPE, np.uint8).copy()
_QUERY = np.frombuffer(b"?dns=", np.uint8).copy()
_FRONT = np.frombuffer(WHOLE_ANSWER, np.uint8).copy()
_MAX_AGE = np.frombuffer(b"max-age=", np.uint8).copy()
_DIGITS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_SIX_BITS = np.full(256, -1, np.int64)
_SIX_BITS[list(_DIGITS)] = np.arange(64)

_copy: Any = types.ExternalFunction(
    "memcpy", types.uintp(types.uintp, types.uintp, types.uintp)
)  # of the C library


class Requests(NamedTuple):
    """What was gathered. Questions lie in ``octets``, ``ROW`` apart, ``sizes`` of them.

    ``place`` (rows, 2): stream; how many of its ``TEXTS`` octets of ``texts`` say who asks: its
    path, a zero, its client.
    """

    octets: U8
    sizes: I64
    place: I64
    texts: U8


PLACES = 2
STREAM, SAID = range(PLACES)


class Waiting(NamedTuple):
    """Requests of one connection whose bodies have not come: by half their stream's number.

    ``streams`` 0 for a free place, ``said`` as in ``place``, ``texts`` ``TEXTS`` apart.
    """

    streams: I64
    said: I64
    texts: U8


@within
def _got(text: U8, at: int, end: int, to: U8, base: int) -> int:
    """Octets of the message behind ``?dns=`` (RFC 8484 section 6), ``ODD`` for what is none."""
    if end - at <= len(_QUERY) or not equal(text, at, at + len(_QUERY), _QUERY):
        return ODD
    at += len(_QUERY)
    size, bits, held = whole(0), whole(0), whole(0)
    if (end - at) % 4 == 1 or (end - at) * 3 // 4 > ROW:
        return ODD
    for place in range(at, end):
        digit = _SIX_BITS[text[place]]
        if digit < 0:
            return ODD
        held, bits = (held << 6 | digit) & 0xFFFFFF, bits + 6
        if bits >= 8:
            bits -= 8
            to[base + size] = (held >> bits) & 255
            size += 1
    return size


@within
def _stream(data: U8, at: int) -> int:
    high = whole(data[at + 5] & 0x7F) << 24 | whole(data[at + 6]) << 16
    return high | whole(data[at + 7]) << 8 | whole(data[at + 8])


@within
def _head(data: U8, at: int, end: int, flags: int, texts: U8, text: int, found: I64) -> bool:
    """Whether a HEADERS frame is one of a plain request; it is read into ``texts``, ``found``."""
    if not flags & _END_HEADERS or flags & _PADDED or end - at > _LARGEST:
        return False
    at += 5 if flags & _PRIORITISED else 0
    if at > end or not read_block(data, at, end, texts, text, found):
        return False
    is_post = bool(found[METHOD] == POST)
    if is_post == bool(flags & _END_STREAM):
        return False
    return not is_post or equal(texts, found[TYPE_AT], found[TYPE_END], _MESSAGE)


@compiled
def gather(  # noqa: C901 - what each frame hands from function to function costs more than it
    told: Any, waits: Any, data: U8, at: int, last: int
) -> tuple[int, int, int, int]:
    """Take plain requests from ``at`` on, as :class:`Requests`; both are told in plain tuples.

    How many; where the first frame begins that is none of theirs; the highest stream so far, of
    which ``last`` was the highest before: what comes on no higher one is no new request; and
    octets of bodies.
    """
    requests, waiting = Requests(*told), Waiting(*waits)
    octets, texts, place = requests.octets, requests.texts, requests.place
    found, rows, taken, mask = np.empty(FIELDS, np.int64), 0, 0, len(waiting.streams) - 1
    while rows < len(requests.sizes) and at + 9 <= len(data):
        length = whole(data[at]) << 16 | whole(data[at + 1]) << 8 | whole(data[at + 2])
        kind, flags, stream = data[at + 3], whole(data[at + 4]), _stream(data, at)
        begin, end = at + 9, at + 9 + length
        slot, text, base = (stream >> 1) & mask, rows * TEXTS, rows * ROW
        if end > len(data):
            break
        if kind == _HEADERS:
            if stream <= last or not stream & 1 or waiting.streams[slot]:
                break
            if not _head(data, begin, end, flags, texts, text, found):
                break
            path_end = found[PATH_AT]
            while path_end < found[PATH_END] and texts[path_end] != ord("?"):
                path_end += 1
            size = whole(0)
            if found[METHOD] == GET:
                size = _got(texts, path_end, found[PATH_END], octets, base)
            if size < 0:
                break
            said = _say_who(texts, text, found, path_end)
            last = stream
            if found[METHOD] == POST:
                waiting.streams[slot], waiting.said[slot] = stream, said
                _move(texts, text, waiting.texts, slot * TEXTS, said)
                at = end
                continue
        elif kind == _DATA:
            plain = flags & _END_STREAM and not flags & _PADDED and length <= ROW
            if not plain or waiting.streams[slot] != stream:
                break
            size, said = length, waiting.said[slot]
            _move(waiting.texts, slot * TEXTS, texts, text, said)
            _move(data, begin, octets, base, size)
            waiting.streams[slot] = 0
            taken += size
        else:
            break
        requests.sizes[rows] = size
        place[rows, STREAM], place[rows, SAID] = stream, said
        rows, at = rows + 1, end
    return rows, at, last, taken


@within
def _move(data: U8, at: int, to: U8, base: int, size: int) -> None:
    for place in range(size):
        to[base + place] = data[at + place]


@within
def _say_who(texts: U8, text: int, found: I64, path_end: int) -> int:
    """Lay path and client one behind the other at ``text``, whichever came first; how long."""
    path, client = found[PATH_AT], found[CLIENT_AT]
    length = path_end - path
    kept = np.zeros(length + 1 + found[CLIENT_END] - client, np.uint8)
    kept[:length] = texts[path:path_end]
    kept[length + 1 :] = texts[client : found[CLIENT_END]]
    texts[text : text + len(kept)] = kept
    return len(kept)


@within
def _behind_name(octets: U8, at: int, end: int) -> int:
    while at < end:
        size = whole(octets[at])
        if size >= 0xC0:
            return at + 2
        at += size + 1
        if size == 0:
            break
    return at


@within
def _age(octets: U8, at: int, end: int, count: int) -> int:
    """As :func:`hornbook.node.doh.freshness.max_age`, of the records at ``at``."""
    least = whole(-1)
    for _ in range(count):
        at = _behind_name(octets, at, end)
        if at + 10 > end:
            return 0
        kind = whole(octets[at]) << 8 | whole(octets[at + 1])
        size = whole(octets[at + 8]) << 8 | whole(octets[at + 9])
        ttl = _four(octets, at + 4)
        at += 10 + size
        if at > end:
            return 0
        if kind == _SOA:
            ttl = min(ttl, _four(octets, at - 4))
        if kind != _OPT:
            least = ttl if least < 0 else min(least, ttl)
    return max(least, 0)


@within
def _four(octets: U8, at: int) -> int:
    found = whole(0)
    for place in range(at, at + 4):
        found = found << 8 | whole(octets[place])
    return found


@within
def _put(out: U8, at: int, octets: U8) -> int:
    for place in range(len(octets)):
        out[at + place] = octets[place]
    return at + len(octets)


@within
def _digits(out: U8, at: int, number: int) -> int:
    end, rest = at + 1, number
    while rest >= 10:
        rest, end = rest // 10, end + 1
    for place in range(end - 1, at - 1, -1):
        out[place] = ord("0") + number % 10
        number //= 10
    return end


@within
def _frame(out: U8, at: int, size: int, kind: int, flags: int, stream: int) -> int:
    for place in range(3):
        out[at + place] = (size >> (16 - 8 * place)) & 255
    out[at + 3], out[at + 4] = kind, flags
    for place in range(4):
        out[at + 5 + place] = (stream >> (24 - 8 * place)) & 255
    return at + 9


@within
def _sized(out: U8, at: int, name: int, value: int) -> int:
    """A field of the static table with a number as its value; ``name`` is its place less 15."""
    out[at], out[at + 1] = 0x0F, name
    end = _digits(out, at + 3, value)
    out[at + 2] = end - at - 3
    return end


@compiled
def answers(
    told: Any, n: int, state: U8, vectors: U64, out: U8, window: int
) -> tuple[int, int, int]:
    """Write the frames of the first n rows that have a reply in ``vectors`` (``hot.py``).

    How many answers and octets, and what is left of the peer's ``window``. Rows for which it has
    no room become ``LATE``.
    """
    requests = Requests(*told)
    written, used = 0, whole(0)
    for row in range(n):
        if state[row] != DONE and state[row] != RENEW:
            continue
        front, tail = whole(vectors[row, 1]), whole(vectors[row, 3])
        if front + tail > window:
            state[row] = LATE
            continue
        window -= front + tail
        body = used + HEAD
        _copy(np.uint64(out.ctypes.data + body), vectors[row, 0], np.uint64(front))
        _copy(np.uint64(out.ctypes.data + body + front), vectors[row, 2], np.uint64(tail))
        count = whole(0)
        for place in (6, 8, 10):
            count += whole(out[body + place]) << 8 | whole(out[body + place + 1])
        age = _age(out, body + front, body + front + tail, count)
        stream = requests.place[row, STREAM]
        used = _lay(out, used, stream, age, front + tail)
        written += 1
    return written, used, window


@within
def _lay(out: U8, at: int, stream: int, age: int, size: int) -> int:
    """Write both frames of an answer whose body stands ``HEAD`` octets behind ``at``."""
    body, begin = at + HEAD, at + 9
    end = _put(out, begin, _FRONT)
    out[end], out[end + 1] = 0x0F, 0x09  # cache-control
    last = _digits(out, _put(out, end + 3, _MAX_AGE), age)
    out[end + 2] = last - end - 3
    last = _sized(out, last, 0x0D, size)  # content-length
    _frame(out, at, last - begin, _HEADERS, _END_HEADERS, stream)
    last = _frame(out, last, size, _DATA, _END_STREAM, stream)
    for place in range(size):
        out[last + place] = out[body + place]
    return last + size
