"""The receive buffers of one socket as columns. Rows lie ``ROW`` octets apart in one flat buffer.

Octets behind a packet's end are left-overs of earlier packets: lengths are compared before
anything is believed.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

ROW = 1280  # octets: the largest UDP reply, and a whole number of 64-octet lines
NAME = 12  # offset of the question
MAPPED = bytes(10) + b"\xff\xff"  # ::ffff:0:0/96, how an IPv4 address looks among the others
_SLACK = 512  # who reads on behind the last row stays inside the buffer

U8 = NDArray[np.uint8]
U32 = NDArray[np.uint32]
U64 = NDArray[np.uint64]
I64 = NDArray[np.int64]
Bools = NDArray[np.bool_]


class Columns:
    """``data`` uint8 (rows, ROW), also as ``octets`` and ``words`` (uint64) one after the other;
    ``size`` int64 (rows,) octets of each packet."""

    def __init__(self, rows: int) -> None:
        self.rows = rows
        self.octets: U8 = np.zeros(rows * ROW + _SLACK, np.uint8)
        self.words: U64 = self.octets.view(np.uint64)
        self.data: U8 = self.octets[: rows * ROW].reshape(rows, ROW)
        self.size: I64 = np.zeros(rows, np.int64)

    @property
    def addresses(self) -> U64:
        """Where each row lies in memory, (rows,)."""
        begins = np.arange(self.rows, dtype=np.uint64) * np.uint64(ROW)
        found: U64 = begins + np.uint64(self.data.ctypes.data)
        return found

    def put(self, row: int, packet: bytes) -> None:
        """Place one packet that did not come through a port (tests, single questions)."""
        self.data[row, : len(packet)] = np.frombuffer(packet, np.uint8)
        self.size[row] = len(packet)

    def packet(self, row: int) -> bytes:
        return self.data[row, : self.size[row]].tobytes()
