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
from hornbook.node.dns.wire import COOKIE, LARGEST_UDP, SMALLEST_UDP

ROW = 1280  # bytes: the largest UDP reply, and a whole number of 64-byte lines
NAME = 12  # offset of the question
LABELS = 40  # an IPv6 address in ip6.arpa has 34; deeper names are read one by one
_SLACK = 64 * (LABELS + 2)  # a walk over rubbish ends inside the buffer

U8 = NDArray[np.uint8]
U32 = NDArray[np.uint32]
U64 = NDArray[np.uint64]
I64 = NDArray[np.int64]
Bools = NDArray[np.bool_]
Rows = slice | I64  # the first n, or chosen ones


def _word(text: bytes) -> np.uint64:
    return np.uint64(int.from_bytes(text, "little"))


# bytes 0-7 of the header: id, flags, QDCOUNT, ANCOUNT; of bytes 8-15 NSCOUNT and ARCOUNT
_FIXED = _word(b"\0\0\xf8\0\xff\xff\xff\xff")  # QR, opcode and the counts
_PLAIN = _word(b"\0\0\0\0\0\x01\0\0")
_COUNTS = _word(b"\xff\xff\xff\xfe\0\0\0\0")  # NSCOUNT 0, ARCOUNT 0 or 1
KEPT = _word(b"\xff\xff\x01\x10\xff\xff\0\0")  # what the reply repeats: id, RD, CD, QDCOUNT

# What follows the name, as two words: QTYPE, QCLASS, and of an OPT record (RFC 6891 6.1.2)
# root, type, half of the size | the other half, extended RCODE, version, flags, RDLENGTH.
# What must stand there is the same with and without OPT; the masks, by 0 and 1, are not.
_ASKED = np.dtype((np.void, 16))
_WANTED = _word(b"\0\0\0\x01\0\0\x29\0")
_WHERE: U64 = np.array([_word(b"\0\0\xff\xff\0\0\0\0"), _word(b"\0\0\xff\xff\xff\xff\xff\0")])
_WHERE_MORE: U64 = np.array([0, _word(b"\0\0\xff\0\0\xff\0\0")], np.uint64)  # all 0
_OPT_ROOM = 7  # where the UDP size stands
_OPT_SIZE, _OPT_FLAGS, _OPT_LENGTH = 11, 11, 14  # its bytes; places of two fields in the words

_NO_ROWS: I64 = np.zeros(0, np.int64)
_STEP = np.zeros(256, np.int64)  # from a length byte to the next; 0 at the root and at nonsense
_STEP[1:64] = np.arange(2, 65)

ODD = 3
_KIND = np.full(65536, 2, np.uint8)  # by QTYPE with its bytes swapped
_KIND[[0x0100, 28 << 8]] = 0, 1
_KIND[[0, 41 << 8, *(kind << 8 for kind in range(249, 256))]] = ODD


@dataclass(slots=True)
class Plain:
    """Columns of the first n rows, sensible where ``ok``.

    ``starts`` where the labels of all rows begin; ``length`` bytes of the name with its root
    byte; ``end`` bytes up to the end of the question; ``kind`` 0 A, 1 AAAA, 2 other;
    ``state`` 0 no OPT, 1 OPT, 2 OPT with DO; ``qtype`` in the machine's byte order;
    ``behind`` the 16 octets behind the name (n, 16).
    """

    ok: Bools
    starts: LabelStarts | None
    length: I64
    end: I64
    kind: U8
    state: U8
    qtype: NDArray[np.uint16]
    behind: U8

    def limits(self) -> I64:
        """The largest reply that each client takes, as :func:`wire.read_query` has it."""
        said = self.behind[:, _OPT_ROOM].astype(np.int64) << 8
        said |= self.behind[:, _OPT_ROOM + 1]
        said = np.clip(said, SMALLEST_UDP, LARGEST_UDP)
        return np.where(self.state > 0, said, SMALLEST_UDP)

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
            self.behind[rows],
        )


class Columns:
    """The receive buffers of one socket, with the views that the reading needs.

    ``data`` uint8 (rows, ROW); ``size`` int64 (rows,) bytes of each packet;
    ``first``, ``flags`` and ``counts`` are views of the header's bytes 0-7, 3 and 8-11.
    """

    def __init__(self, rows: int) -> None:
        self.rows = rows
        self._flat: U8 = np.zeros(rows * ROW + _SLACK, np.uint8)
        self.data: U8 = self._flat[: rows * ROW].reshape(rows, ROW)
        self.size: I64 = np.zeros(rows, np.int64)
        self.first: U64 = self.data[:, :8].view(np.uint64)[:, 0]
        self.flags: U8 = self.data[:, 3]
        self.counts: U32 = self.data[:, 8:12].view(np.uint32)[:, 0]
        self._second: U64 = self.data[:, 8:16].view(np.uint64)[:, 0]
        self._has_opt: U8 = self.data[:, 11]
        self._row: I64 = np.broadcast_to(np.arange(rows), (LABELS + 1, rows)).copy()
        self._names: I64 = self._row[0] * ROW + NAME
        self._before: I64 = self._names - 1
        self._nowhere = rows * ROW + 64 * LABELS  # zeros for ever
        self._step: I64 = np.empty(rows, np.int64)
        self._sizes: U8 = np.empty((LABELS + 1, rows), np.uint8)
        self._places: I64 = np.empty((LABELS + 2, rows), np.int64)
        self._places[0] = self._names
        # Every place of the buffer as 16 bytes that begin there: one copy an index.
        places = (len(self._flat) - _ASKED.itemsize + 1,)
        self._asked = np.ndarray(places, _ASKED, buffer=self._flat, strides=(1,))

    def put(self, row: int, packet: bytes) -> None:
        """Place one packet that did not come through a port (tests, single questions)."""
        self.data[row, : len(packet)] = np.frombuffer(packet, np.uint8)
        self.size[row] = len(packet)

    def packet(self, row: int) -> bytes:
        return self.data[row, : self.size[row]].tobytes()

    def named(self, name: bytes, plain: Plain) -> I64:
        """The plain rows that ask for ``name`` (wire form, lower case), in whatever case."""
        rows = np.flatnonzero(plain.length == len(name))
        if not len(rows):  # in nearly every batch
            return rows
        rows = rows[plain.ok[rows]]
        found = self.data[rows, NAME : NAME + len(name)].tobytes().lower()
        wanted = np.frombuffer(name, np.uint8)
        same = np.frombuffer(found, np.uint8).reshape(len(rows), len(name)) == wanted
        found_at: I64 = rows[same.all(axis=1)]
        return found_at

    def cookies(self, plain: Plain) -> I64:
        """The plain rows that may have a cookie: their first EDNS option is one, or not the only.

        Everything else in an OPT record changes nothing about an answer.
        """
        length = plain.behind[:, _OPT_LENGTH]
        if not np.count_nonzero(length):  # nearly always
            return _NO_ROWS
        rows = np.flatnonzero(plain.ok & (length > 0) & (plain.state > 0))
        at = rows * ROW + plain.end[rows] + _OPT_SIZE
        code, size = (
            self._flat.take(at + n).astype(np.int64) << 8 | self._flat.take(at + n + 1)
            for n in (0, 2)
        )
        alone = size + 4 == plain.behind[rows, _OPT_LENGTH]
        found: I64 = rows[(code == COOKIE) | ~alone]
        return found

    def read_plain(self, n: int) -> Plain:
        """Recognise the plain questions among the first n rows. O(n x labels), never raises."""
        end, starts = self._walk(n)
        asked = self._asked[end + 1]
        words, octets = asked.view(np.uint64), asked.view(np.uint8)
        has_opt = self._has_opt[:n] & 1
        # Differences are gathered as bits, for this takes half the calls of gathering truths.
        wrong = words[::2] ^ _WANTED
        wrong &= _WHERE.take(has_opt)
        wrong |= words[1::2] & _WHERE_MORE.take(has_opt)
        wrong |= (self.first[:n] ^ _PLAIN) & _FIXED
        wrong |= self._second[:n] & _COUNTS
        length = end - self._before[:n]
        behind = length + (NAME + 4)
        opt = octets[_OPT_LENGTH::16] + np.int64(_OPT_SIZE)
        opt *= has_opt
        opt += behind
        opt ^= self.size[:n]
        wrong |= opt.view(np.uint64)
        ok = wrong == 0
        qtype = asked.view(np.uint16)[::8]
        kind = _KIND.take(qtype)
        ok &= kind != ODD
        ok &= length < 256
        state: U8 = np.left_shift(has_opt, octets[_OPT_FLAGS::16] >> 7)
        after = octets.reshape(n, _ASKED.itemsize)
        return Plain(ok, starts, length, behind, kind, state, qtype.byteswap(), after)

    def _walk(self, n: int) -> tuple[I64, LabelStarts]:
        """Places of the root bytes, and where each label begins, label by label for all rows.

        A row that has not come to its root after ``LABELS`` labels is given a place where no
        question can be.
        """
        step = self._step[:n]
        for level in range(LABELS + 1):
            place, size = self._places[level, :n], self._sizes[level, :n]
            self._flat.take(place, out=size, mode="clip")
            _STEP.take(size, out=step, mode="clip")
            if level == LABELS or not np.count_nonzero(step):
                break
            np.add(place, step, out=self._places[level + 1, :n])
        mask = self._sizes[:level, :n] != 0
        row = self._row[:level, :n][mask]
        start = self._places[:level, :n][mask]
        start -= self._names.take(row)
        if np.count_nonzero(size):
            place = np.where(size, self._nowhere, place)
        return place, LabelStarts(row, start)
