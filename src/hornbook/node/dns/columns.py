"""A batch of packets as columns, and the reading of plain questions without a loop over packets.

A *plain* question is what nearly every client sends: QR 0, opcode 0, one question in class IN,
no pointer in its name, no other records but perhaps one OPT of version 0 that ends exactly with
the packet. ``read_plain`` tells which rows are plain and where their parts lie; every other
row goes to ``wire.read_query``, which accepts all that is accepted here with the same result.

Rows lie ``ROW`` bytes apart in one flat buffer. Bytes behind a packet's end are left-overs of
earlier packets: lengths are compared before anything is believed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hornbook.kernel.wires import LabelStarts

ROW = 1280  # bytes: the largest UDP reply, and a whole number of 64-byte lines
NAME = 12  # offset of the question
LABELS = 11  # deeper names are read one by one
_SLACK = 64 * (LABELS + 2) + 16  # a walk over rubbish ends inside the buffer

U8 = NDArray[np.uint8]
U32 = NDArray[np.uint32]
U64 = NDArray[np.uint64]
I64 = NDArray[np.int64]
Bools = NDArray[np.bool_]


def _word(text: bytes) -> np.uint64:
    return np.uint64(int.from_bytes(text, "little"))


# bytes 0-7 of the header: id, flags, QDCOUNT, ANCOUNT
_FIXED = _word(b"\0\0\xf8\0\xff\xff\xff\xff")  # QR, opcode and the counts
_PLAIN = _word(b"\0\0\0\0\0\x01\0\0")
KEPT = _word(b"\xff\xff\x01\x10\xff\xff\0\0")  # what the reply repeats: id, RD, CD, QDCOUNT
_COUNTS = np.uint32(int.from_bytes(b"\xff\xff\xff\xfe", "little"))  # NSCOUNT 0, ARCOUNT 0 or 1
_CLASS_IN = np.uint16(0x0100)  # as read on a little-endian machine
# an OPT record: root, type 41, size, extended RCODE, version, flags (DO is the top bit)
_OPT_FIXED = _word(b"\xff\xff\xff\0\0\0\xff\0")
_OPT = _word(b"\0\0\x29\0\0\0\0\0")

_STEP = np.zeros(256, np.int64)  # from a length byte to the next; 0 at the root and at nonsense
_STEP[1:64] = np.arange(2, 65)

ODD = 3
_KIND = np.full(65536, 2, np.uint8)  # by QTYPE with its bytes swapped
_KIND[[0x0100, 28 << 8]] = 0, 1
_KIND[[0, 41 << 8, *(kind << 8 for kind in range(249, 256))]] = ODD


@dataclass(frozen=True, slots=True)
class Plain:
    """Columns of the first n rows, sensible where ``ok``.

    ``starts`` where the labels of all rows begin; ``length`` bytes of the name with its root
    byte; ``end`` bytes up to the end of the question; ``kind`` 0 A, 1 AAAA, 2 other;
    ``state`` 0 no OPT, 1 OPT, 2 OPT with DO; ``qtype`` in the machine's byte order.
    """

    ok: Bools
    starts: LabelStarts | None
    length: I64
    end: I64
    kind: U8
    state: U8
    qtype: NDArray[np.uint16]

    def take(self, rows: I64) -> Plain:
        """Only ``rows``; where their labels begin must be found again."""
        return Plain(
            self.ok[rows],
            None,
            self.length[rows],
            self.end[rows],
            self.kind[rows],
            self.state[rows],
            self.qtype[rows],
        )


class Columns:
    """The receive buffers of one socket, with the views that the reading needs.

    ``data`` uint8 (rows, ROW); ``size`` int64 (rows,) bytes of each packet;
    ``first`` and ``counts`` are views of the header's bytes 0-7 and 8-11.
    """

    def __init__(self, rows: int) -> None:
        self.rows = rows
        self._flat: U8 = np.zeros(rows * ROW + _SLACK, np.uint8)
        self.data: U8 = self._flat[: rows * ROW].reshape(rows, ROW)
        self.size: I64 = np.zeros(rows, np.int64)
        self.first: U64 = self.data[:, :8].view(np.uint64)[:, 0]
        self.counts: U32 = self.data[:, 8:12].view(np.uint32)[:, 0]
        self._has_opt: U8 = self.data[:, 11]
        self._names: I64 = np.arange(rows, dtype=np.int64) * ROW + NAME
        self._at: I64 = np.empty(rows, np.int64)
        self._step: I64 = np.empty(rows, np.int64)
        self._sizes: U8 = np.empty((LABELS + 1, rows), np.uint8)
        self._starts: I64 = np.empty((LABELS + 1, rows), np.int64)
        self._word16 = _unaligned(self._flat, np.dtype("<u2"))
        self._word32 = _unaligned(self._flat, np.dtype("<u4"))
        self._word64 = _unaligned(self._flat, np.dtype("<u8"))

    def put(self, row: int, packet: bytes) -> None:
        """Place one packet that did not come through a port (tests, single questions)."""
        self.data[row, : len(packet)] = np.frombuffer(packet, np.uint8)
        self.size[row] = len(packet)

    def packet(self, row: int) -> bytes:
        return self.data[row, : self.size[row]].tobytes()

    def named(self, name: bytes, plain: Plain) -> I64:
        """The plain rows that ask for ``name`` (wire form, lower case), in whatever case."""
        rows = np.flatnonzero(plain.ok & (plain.length == len(name)))
        found = self.data[rows, NAME : NAME + len(name)].tobytes().lower()
        wanted = np.frombuffer(name, np.uint8)
        same = np.frombuffer(found, np.uint8).reshape(len(rows), len(name)) == wanted
        found_at: I64 = rows[same.all(axis=1)]
        return found_at

    def read_plain(self, n: int) -> Plain:
        """Recognise the plain questions among the first n rows. O(n x labels), never raises."""
        ok = (self.first[:n] & _FIXED) == _PLAIN
        ok &= (self.counts[:n] & _COUNTS) == 0
        at, starts = self._walk(n)
        ok &= self._sizes[LABELS, :n] == 0
        length = at - self._names[:n]
        length += 1
        end = length + (NAME + 4)
        question: NDArray[np.uint16] = self._word32[at + 1].view(np.uint16).reshape(n, 2)
        qtype = question[:, 0]
        kind = _KIND.take(qtype)
        ok &= question[:, 1] == _CLASS_IN
        ok &= kind != ODD
        ok &= length < 256
        left = self.size[:n] - end
        state = self._read_opt(n, at, left, ok)
        return Plain(ok, starts, length, end, kind, state, qtype.byteswap())

    def _walk(self, n: int) -> tuple[I64, LabelStarts]:
        """Offsets of the root bytes, and where each label begins, label by label for all rows.

        A row that has not come to its root after ``LABELS`` labels stays on a length byte,
        which is no end of a plain packet.
        """
        at, step = self._at[:n], self._step[:n]
        np.copyto(at, self._names[:n])
        levels = 0
        self._sizes[LABELS, :n] = 0
        while levels <= LABELS:
            byte = self._sizes[levels, :n]
            self._flat.take(at, out=byte, mode="clip")
            if not byte.any():
                break
            self._starts[levels, :n] = at
            _STEP.take(byte, out=step, mode="clip")
            at += step
            levels += 1
        level, row = np.nonzero(self._sizes[:levels, :n])
        start = self._starts[level, row]
        start -= self._names[row]
        return at, LabelStarts(row, start)

    def _read_opt(self, n: int, at: I64, left: I64, ok: Bools) -> U8:
        """The state of EDNS; rows whose bytes do not end with question or OPT leave ``ok``."""
        has = self._has_opt[:n]
        if not has.any():
            ok &= left == 0
            return np.zeros(n, np.uint8)
        head = self._word64[at + 5]
        told = self._word16[at + 14].astype(np.int64)  # RDLENGTH with its bytes swapped
        fits = (head & _OPT_FIXED) == _OPT
        fits &= told == (left - 11) << 8  # fewer than 256 bytes of options
        if not has.all():
            fits = np.where(has, fits, left == 0)
        ok &= fits
        return has + (has & (head >> np.uint64(63)).astype(np.uint8))


def _unaligned(flat: U8, kind: np.dtype[np.unsignedinteger]) -> NDArray[np.unsignedinteger]:
    """Every offset of ``flat`` as the start of a word (little-endian)."""
    shape = (len(flat) - kind.itemsize + 1,)
    return np.ndarray(shape, kind, buffer=flat, strides=(1,))
