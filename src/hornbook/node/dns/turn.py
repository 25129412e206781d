"""Receive, answer, send, as long as nothing is left for Python: to be compiled. Linux, and numba.

``recvmmsg`` and ``sendmmsg`` are called from compiled code, so a question that needs nothing but
its answer never meets the interpreter, nor waits for another of its threads.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import types

from hornbook.kernel.compiled import compiled, within
from hornbook.kernel.loops import whole
from hornbook.kernel.tables import U32, U64
from hornbook.node.dns.block import Page, has_room
from hornbook.node.dns.columns import I64
from hornbook.node.dns.hot import ANSWERED, BATCHES, RECEIVED, House, Result, answer
from hornbook.node.dns.port import CONTROL, CONTROLLEN, INTERFACE, MESSAGE, WAIT_FOR_ONE, WORDS
from hornbook.node.dns.shelf import tick_of

_receive: Any = types.ExternalFunction(
    "recvmmsg",
    types.int32(types.int32, types.uintp, types.uint32, types.int32, types.uintp),
)
_send: Any = types.ExternalFunction(
    "sendmmsg", types.int32(types.int32, types.uintp, types.uint32, types.int32)
)
_clock: Any = types.ExternalFunction("clock_gettime", types.int32(types.int32, types.uintp))
_REALTIME, _MONOTONIC = 0, 1  # clock_gettime(2)
_has_room, _tick_of = within(has_room), within(tick_of)
_PAGE, _RESULT = House._fields.index("page"), House._fields.index("result")


class Lines(NamedTuple):
    """A socket's messages, in and out: their addresses and words (``port.py``).

    ``wild``: it is bound to every address, so each answer goes out from where it was asked.
    """

    fd: int
    rows: int
    into: int
    out: int
    in_words: U64
    out_words: U64
    controls: U32
    wild: int
    v6: int


@within
def _receive_some(lines: Lines, before: int) -> int:
    """Wait for one packet, take what else is there; ``before`` rows were used the last time."""
    if lines.wild:
        for row in range(before):
            lines.in_words[row * WORDS + CONTROLLEN] = CONTROL
    return whole(_receive(lines.fd, lines.into, lines.rows, WAIT_FOR_ONE, 0))


@within
def _send_all(lines: Lines, n: int) -> None:
    if lines.wild:
        for row in range(n):
            place = row * WORDS + CONTROLLEN
            lines.out_words[place] = lines.in_words[place]
            if not lines.v6:
                lines.controls[row * (CONTROL // 4) + INTERFACE] = (
                    0  # let routing choose the way back
                )
    done = 0
    while done < n:
        sent = _send(lines.fd, np.uint64(lines.out + done * MESSAGE), n - done, 0)
        done += max(sent, 1)  # one that cannot be sent (no route, say) is passed over


@compiled
def turn(
    told: Any,
    lines_: Any,
    before: int,
    entered: I64,
    mark: int,
    until: int,
    limit: int,
    orders: np.uint64,
) -> tuple[int, int]:
    """Answer until ``until`` (Unix µs), or nothing comes, or something is left for Python, or

    ``entered[0]`` is no more ``mark``: other rules are in force.

    Of what it gives one number may not be 0: the rows that came and were not looked at, or those
    that were, of which some are left. ``before`` rows were in use, ``limit`` is the longest TTL.
    """
    lines, page, result = Lines(*lines_), Page(*told[_PAGE]), Result(*told[_RESULT])
    clock, tallies, n = np.zeros(2, np.int64), result.tallies, before
    while True:
        n = _receive_some(lines, n)
        if n <= 0:
            return 0, 0
        _clock(_REALTIME, clock.ctypes.data)
        at = clock[0] * 1_000_000 + clock[1] // 1_000
        if at >= until or entered[0] != mark or not _has_room(page.filled[0], n):
            return n, 0
        _clock(_MONOTONIC, clock.ctypes.data)
        now = clock[0] + clock[1] / 1e9
        tallies[RECEIVED] += n
        tallies[BATCHES] += 1
        if answer(told, n, at, now, _tick_of(now, limit), orders):
            return 0, n
        _send_all(lines, n)
        tallies[ANSWERED] += n
