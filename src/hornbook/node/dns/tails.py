"""What follows the question in a reply to a blocked name, made once and then only sent.

For each verdict, kind of question and state of EDNS there is one *tail*: the bytes behind the
question, and the header words that go with it. They all start with a pointer to offset 12, so
they fit every name. A reply is then a few gathers: two header words, an address, a length.
The words of a tail are cut so that no reply passes 512 bytes: a blocked answer is never
truncated.
"""

from __future__ import annotations

import ipaddress
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hornbook.kernel.rulebook import Verdict
from hornbook.node.dns import wire

KINDS = 3  # A, AAAA, anything else
STATES = 3  # no OPT, OPT, OPT with the DO bit
PER_VERDICT = KINDS * STATES
BLOCKING = ("notice", "nxdomain", "nodata")  # a verdict's ``answer`` when the name is not resolved
_POINTER = b"\xc0\x0c"


@dataclass(frozen=True)
class Notice:
    """Where blocked people are sent: the addresses of the notice page and its URL.

    Without an address of one family, questions for that family have no data.
    """

    v4: str
    v6: str
    url: str


@dataclass(frozen=True)
class Tail:
    rcode: int
    answers: int
    authorities: int
    additionals: int
    body: bytes


class Answers(NamedTuple):
    """Replies as columns: header words, and where what follows the question lies.

    ``first`` (n,) uint64 holds bytes 0-7 of the header without id, RD, CD; ``counts`` (n,)
    uint32 holds bytes 8-11; ``address`` and ``length`` (n,) uint64 say where the bytes lie.
    """

    first: NDArray[np.uint64]
    counts: NDArray[np.uint32]
    address: NDArray[np.uint64]
    length: NDArray[np.uint64]


class Tails:
    """All tails of one rulebook; also in ``columns``, by

    ``verdict * PER_VERDICT + kind * STATES + state``.
    """

    def __init__(self, verdicts: Sequence[Verdict], notice: Notice, ttl_limit: int) -> None:
        self._all = [
            make_tail(verdict, kind, state, notice, min(verdict.ttl, ttl_limit))
            for verdict in verdicts
            for kind in range(KINDS)
            for state in range(STATES)
        ]
        sizes = [len(tail.body) for tail in self._all]
        length = np.array(sizes, np.uint64)
        self._bytes = np.frombuffer(b"".join(tail.body for tail in self._all), np.uint8)
        starts = np.cumsum([0, *sizes], dtype=np.uint64)[:-1]
        address = starts + np.uint64(self._bytes.ctypes.data)
        heads = b"".join(_head(tail) for tail in self._all)
        words = np.frombuffer(heads, np.uint8).reshape(-1, 12)
        first: NDArray[np.uint64] = words[:, :8].copy().view(np.uint64)[:, 0]
        counts: NDArray[np.uint32] = words[:, 8:].copy().view(np.uint32)[:, 0]
        self.columns = Answers(first.copy(), counts.copy(), address, length)

    def tail(self, verdict: int, kind: int, state: int) -> Tail:
        return self._all[verdict * PER_VERDICT + kind * STATES + state]


def _head(tail: Tail) -> bytes:
    flags = wire.QR | wire.RA | tail.rcode
    counts = (tail.answers, tail.authorities, tail.additionals)
    return wire.HEADER.pack(0, flags, 0, *counts)


def make_tail(verdict: Verdict, kind: int, state: int, notice: Notice, ttl: int) -> Tail:
    """The tail for one verdict; kind 0 is A, 1 AAAA, 2 other; state 0 no OPT, 1 OPT, 2 OPT+DO."""
    opt = b""
    if state:
        text = f"{verdict.clause.partition('@')[0]} see {notice.url}".strip()
        opt = wire.opt_record(state == 2, verdict.ede or wire.EDE_BLOCKED, text)
    denied = verdict.answer == "nxdomain"
    address = (notice.v4, notice.v6, "")[kind]
    if address and verdict.answer == "notice":
        body, answers, authorities = _address_record(address, ttl), 1, 0
    else:
        body, answers, authorities = soa_record(ttl), 0, 1
    rcode = wire.NXDOMAIN if denied else wire.NOERROR
    return Tail(rcode, answers, authorities, int(state > 0), body + opt)


def _address_record(address: str, ttl: int) -> bytes:
    packed = ipaddress.ip_address(address).packed
    rtype = wire.A if len(packed) == 4 else wire.AAAA
    return _POINTER + wire.RECORD.pack(rtype, wire.IN, ttl, len(packed)) + packed


def soa_record(ttl: int) -> bytes:
    """A SOA of the name itself, so that negative answers are kept ``ttl`` seconds (RFC 2308)."""
    data = b"\0\0" + struct.pack("!IIIII", 1, 3600, 600, 86400, ttl)
    return _POINTER + wire.RECORD.pack(wire.SOA, wire.IN, ttl, len(data)) + data
