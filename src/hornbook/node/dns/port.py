"""The two ways to move a batch of packets: ``recvmmsg``/``sendmmsg``, or one packet at a time.

Both fill the same ``Columns`` and send the same replies, so that everything between them is
one code. ``MmsgPort`` is chosen on 64-bit Linux; ``PlainPort`` works wherever Python does.

A reply has two pieces, each given by address and length: the front lies in the row that the
packet came in, the tail anywhere in memory. ``sendmmsg`` gathers them, so that no reply is
ever copied together.
"""

from __future__ import annotations

import ctypes
import errno
import socket
import struct
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from hornbook.node.dns.columns import I64, ROW, Columns

WAIT = 0.2  # seconds: how often a port with nothing to read looks up
_RECEIVE_BUFFER = 8 << 20
_SO_RCVBUFFORCE = 33
WAIT_FOR_ONE = 0x10000
_PKTINFO_V4, _PKTINFO_V6 = 8, 50  # IP_PKTINFO; IPV6_PKTINFO
_RECVPKTINFO_V6 = 49

_MESSAGE = np.dtype(  # struct mmsghdr of 64-bit Linux, recvmmsg(2)
    {
        "names": ["name", "namelen", "iov", "iovlen", "control", "controllen", "flags", "size"],
        "formats": ["<u8", "<u4", "<u8", "<u8", "<u8", "<u8", "<i4", "<u4"],
        "offsets": [0, 8, 16, 24, 32, 40, 48, 56],
        "itemsize": 64,
    }
)
_VECTOR = np.dtype([("base", "<u8"), ("length", "<u8")])  # struct iovec
_NAME = 28  # bytes of the largest address, sockaddr_in6
CONTROL = 64  # bytes of control data that a message may bring
MESSAGE = _MESSAGE.itemsize
WORDS, CONTROLLEN, _SIZE = MESSAGE // 8, 5, 7  # 64-bit words of a message, and two of them
INTERFACE = 4  # of the 32-bit words of control data, the interface in IP_PKTINFO


@dataclass(frozen=True)
class Asker:
    """Where one packet came from, and how to answer it later from another thread."""

    client: str
    address: tuple[str, int] | tuple[str, int, int, int]
    control: list[tuple[int, int, bytes]]

    def send(self, sock: socket.socket, reply: bytes) -> None:
        """Send one reply; a client that is gone is no fault of ours."""
        try:
            if self.control:
                sock.sendmsg([reply], self.control, 0, self.address)
            else:
                sock.sendto(reply, self.address)
        except OSError:
            return


class Columned(Protocol):
    """Questions as columns, wherever they come from."""

    columns: Columns
    is_v6: bool
    told: tuple[Any, ...]  # its columns for compiled code: ``hot.Asked``
    lines: tuple[Any, ...] | None  # and its messages: ``turn.Lines``, where there are such

    def fill(self, n: int) -> None:
        """Make what is ``told`` of the n rows that were received ready to be read."""


class Port(Columned, Protocol):
    """A bound socket with its columns. Only its own thread may receive, send or read columns."""

    sock: socket.socket

    def receive(self) -> int:
        """Wait up to ``WAIT`` s for one packet, take what else is there; the number of rows."""

    def send(self, n: int, rows: I64 | None) -> None:
        """Send the replies of the first n rows, or only of ``rows``; after :meth:`fill`."""

    # Single rows, without arrays and without ``fill``:

    def packet(self, row: int) -> bytes:
        """What was received in a row."""

    def who(self, row: int) -> bytes:
        """Who sent it: 4 or 16 octets."""

    def lay(self, row: int, reply: bytes) -> None:
        """Put a whole reply into a row."""

    def send_few(self, rows: Sequence[int]) -> None:
        """Send the replies of some rows, in ascending order."""

    def asker(self, row: int) -> Asker:
        """Who sent a row."""


def open_socket(address: str, number: int, *, shared: bool = False) -> socket.socket:
    """A bound UDP socket with a large buffer. Raises OSError when the port is taken.

    ``shared``: other processes of the same user may bind it too; the system then gives each
    client's packets to one of them (socket(7), SO_REUSEPORT).
    """
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_DGRAM)
    if family == socket.AF_INET6:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    if shared:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    try:
        sock.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, _RECEIVE_BUFFER)
    except OSError:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER >> 2)
    try:
        sock.bind((address, number))
    except OSError:
        sock.close()
        raise
    return sock


def can_batch() -> bool:
    """Whether this machine has ``recvmmsg`` with the layouts that ``MmsgPort`` writes."""
    wide = sys.byteorder == "little" and struct.calcsize("P") == 8
    return sys.platform == "linux" and wide and hasattr(ctypes.CDLL(None), "recvmmsg")


def open_port(sock: socket.socket, rows: int, *, portable: bool = False) -> Port:
    """The best port that this machine has for a bound socket; ``portable`` asks for the plain."""
    return PlainPort(sock, rows) if portable or not can_batch() else MmsgPort(sock, rows)


class MmsgPort:
    """Many packets a system call, straight into the columns."""

    def __init__(self, sock: socket.socket, rows: int) -> None:
        self.sock = sock
        self.columns = Columns(rows)
        self._libc = ctypes.CDLL(None, use_errno=True)
        self.is_v6 = sock.family == socket.AF_INET6
        self._wild = _is_wildcard(sock)
        seconds, rest = divmod(WAIT, 1)
        wait = struct.pack("ll", int(seconds), int(rest * 1e6))
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, wait)
        self._lay_out(rows)
        if self._wild:
            self._ask_for_our_address()

    def _lay_out(self, rows: int) -> None:
        index = np.arange(rows, dtype=np.uint64)
        self._names = np.zeros((rows, _NAME), np.uint8)
        self._controls = np.zeros((rows, CONTROL), np.uint8)
        self._namelen = _NAME if self.is_v6 else 16
        self._in = np.zeros(rows, _MESSAGE)
        self._out = np.zeros(rows, _MESSAGE)
        self._into = np.zeros(rows, _VECTOR)
        self._from = np.zeros((rows, 2), _VECTOR)
        self._into["base"] = self._from["base"][:, 0] = self.columns.addresses
        self._into["length"] = ROW
        for messages, vectors, each in ((self._in, self._into, 1), (self._out, self._from, 2)):
            messages["name"] = np.uint64(self._names.ctypes.data) + index * _NAME
            messages["namelen"] = self._namelen
            messages["iov"] = np.uint64(vectors.ctypes.data) + index * (16 * each)
            messages["iovlen"] = each
            if self._wild:
                messages["control"] = np.uint64(self._controls.ctypes.data) + index * CONTROL
        self._vectors = self._from.reshape(-1).view(np.uint64).reshape(rows, 4)
        self._chosen = np.zeros(rows, _MESSAGE)
        self._out_at, self._chosen_at = self._out.ctypes.data, self._chosen.ctypes.data
        self._fd = self.sock.fileno()
        self._receive = partial(
            self._libc.recvmmsg, self._fd, ctypes.c_void_p(self._in.ctypes.data), rows
        )
        self._lay_views()
        self._tell(rows)

    def _tell(self, rows: int) -> None:
        columns, width = self.columns, 16 if self.is_v6 else 4
        sizes = self._in.view(np.uint64), _SIZE, WORDS
        names = self._names.reshape(-1), 8 if self.is_v6 else 4, _NAME, width
        self.told: tuple[Any, ...] = (
            columns.octets,
            columns.words,
            *sizes,
            self._vectors,
            *names,
            np.empty(0, np.int32),
        )
        messages = self._in.ctypes.data, self._out.ctypes.data, sizes[0], self._out.view(np.uint64)
        controls = self._controls.reshape(-1).view(np.uint32)
        self.lines: tuple[Any, ...] | None = (
            self._fd,
            rows,
            *messages,
            controls,
            int(self._wild),
            int(self.is_v6),
        )

    def _lay_views(self) -> None:
        """The same memory as numbers and octets: single items of arrays take ten times as long."""
        self._in_words = self._in.view(np.uint64).data
        self._out_words = self._out.view(np.uint64).data
        self._from_words = self._vectors.reshape(-1).data
        self._name_octets = self._names.reshape(-1).data
        self._octets = self.columns.data.reshape(-1).data
        self._address = slice(8, 24) if self.is_v6 else slice(4, 8)
        self._received = self.columns.rows

    def _ask_for_our_address(self) -> None:
        """Learn which address each packet was sent to; the same words choose it in the reply."""
        if self.is_v6:
            self.sock.setsockopt(socket.IPPROTO_IPV6, _RECVPKTINFO_V6, 1)
        else:
            self.sock.setsockopt(socket.IPPROTO_IP, _PKTINFO_V4, 1)
        self._interface = self._controls.view(np.uint32)[:, INTERFACE]

    def receive(self) -> int:
        if self._wild:  # what the last packets have used up
            self._in["controllen"][: self._received] = CONTROL
        n: int = self._receive(WAIT_FOR_ONE, 0)
        self._received = max(n, 0)
        return self._received

    def fill(self, n: int) -> None:
        if self._wild:
            self._out["controllen"][:n] = self._in["controllen"][:n]
            if not self.is_v6:
                self._interface[:n] = 0  # let routing choose the way back

    def send(self, n: int, rows: I64 | None) -> None:
        at = self._out_at
        if rows is not None:
            at, n = self._chosen_at, len(rows)
            np.take(self._out, rows, out=self._chosen[:n], mode="clip")
        self._send(at, n)

    def _send(self, at: int, n: int) -> None:
        end = at + 64 * n
        while at < end:
            sent = self._libc.sendmmsg(self._fd, ctypes.c_void_p(at), (end - at) // 64, 0)
            if sent < 0 and ctypes.get_errno() != errno.EINTR:
                sent = 1  # the first cannot be sent (no route, say): go on behind it
            at += 64 * max(sent, 0)

    def packet(self, row: int) -> bytes:
        size = self._in_words[row * WORDS + _SIZE] & 0xFFFFFFFF
        return bytes(self._octets[row * ROW : row * ROW + size])

    def who(self, row: int) -> bytes:
        name = self._name_octets[row * _NAME : row * _NAME + _NAME]
        return bytes(name[self._address])

    def lay(self, row: int, reply: bytes) -> None:
        self._octets[row * ROW : row * ROW + len(reply)] = reply
        self._from_words[row * 4 + 1] = len(reply)
        self._from_words[row * 4 + 3] = 0

    def send_few(self, rows: Sequence[int]) -> None:
        if self._wild:
            for row in rows:
                self._answer_from_there(row)
        if len(rows) == 1 or rows[-1:] == [len(rows) - 1]:  # they lie behind each other
            self._send(self._out_at + 64 * rows[0], len(rows))
            return
        for row in rows:
            self._send(self._out_at + 64 * row, 1)

    def _answer_from_there(self, row: int) -> None:
        """As :meth:`fill` does for many."""
        place = row * WORDS + CONTROLLEN
        self._out_words[place] = self._in_words[place]
        if not self.is_v6:
            self._interface[row] = 0

    def asker(self, row: int) -> Asker:
        name = self._names[row].tobytes()
        number = int.from_bytes(name[2:4], "big")
        control = self._control(row)
        if not self.is_v6:
            client = socket.inet_ntop(socket.AF_INET, name[4:8])
            return Asker(client, (client, number), control)
        client = socket.inet_ntop(socket.AF_INET6, name[8:24])
        flow, scope = struct.unpack("=4xI16xI", name)[0], struct.unpack_from("=I", name, 24)[0]
        return Asker(client, (client, number, flow, scope), control)

    def _control(self, row: int) -> list[tuple[int, int, bytes]]:
        if not self._wild:
            return []
        if not self.is_v6:
            self._interface[row] = 0  # let routing choose the way back
        length, level, kind = struct.unpack_from("=QII", self._controls[row].tobytes())
        return [(level, kind, self._controls[row, 16:length].tobytes())]


class PlainPort:
    """One packet a call, with nothing but Python's own socket.

    Bound to a wildcard it answers from the address that routing chooses: bind one address.
    """

    def __init__(self, sock: socket.socket, rows: int) -> None:
        self.sock = sock
        self.columns = Columns(rows)
        self._vectors = np.zeros((rows, 4), np.uint64)
        self._vectors[:, 0] = self.columns.addresses
        self._names = np.zeros((rows, 16), np.uint8)
        self.is_v6 = sock.family == socket.AF_INET6
        columns, width = self.columns, 16 if self.is_v6 else 4
        sizes = columns.size.view(np.uint64), 0, 1
        names = self._names.reshape(-1), 0, 16, width
        self.told: tuple[Any, ...] = (
            columns.octets,
            columns.words,
            *sizes,
            self._vectors,
            *names,
            np.empty(0, np.int32),
        )
        self.lines: tuple[Any, ...] | None = None
        self._from: list[tuple[str, int]] = [("", 0)] * rows
        self._rows = [memoryview(self.columns.data[row]) for row in range(rows)]
        sock.settimeout(WAIT)

    def receive(self) -> int:
        n = 0
        deadline = time.monotonic() + WAIT
        try:
            while n < self.columns.rows:
                size, self._from[n] = self.sock.recvfrom_into(self._rows[n])
                self.columns.size[n] = size
                n += 1
                self.sock.setblocking(False)
        except (BlockingIOError, TimeoutError):
            pass
        except OSError:  # an ICMP error of an earlier reply, on some systems
            time.sleep(max(0.0, min(0.001, deadline - time.monotonic())))
        self.sock.settimeout(WAIT)
        return n

    def fill(self, n: int) -> None:
        for row in range(n):
            octets = self.who(row)
            self._names[row, : len(octets)] = np.frombuffer(octets, np.uint8)

    def packet(self, row: int) -> bytes:
        return self.columns.packet(row)

    def who(self, row: int) -> bytes:
        return socket.inet_pton(self.sock.family, str(self._from[row][0]).partition("%")[0])

    def lay(self, row: int, reply: bytes) -> None:
        self._rows[row][: len(reply)] = reply
        self._vectors[row, 1:] = len(reply), 0, 0

    def send_few(self, rows: Sequence[int]) -> None:
        self.send(len(rows), np.array(rows, np.int64))

    def send(self, n: int, rows: I64 | None) -> None:
        for row in range(n) if rows is None else rows.tolist():
            self.asker(row).send(self.sock, whole_reply(self._vectors[row]))

    def asker(self, row: int) -> Asker:
        address = self._from[row]
        return Asker(str(address[0]), address, [])


def whole_reply(vectors: NDArray[np.uint64]) -> bytes:
    """The octets of one row's reply, from where its two pieces lie (``hot.Asked.vectors``)."""
    front, front_length, tail, length = vectors.tolist()
    return ctypes.string_at(front, front_length) + ctypes.string_at(tail, length)


def _is_wildcard(sock: socket.socket) -> bool:
    return sock.getsockname()[0] in ("0.0.0.0", "::")  # noqa: S104 - a comparison, no bind
