"""A steady stream of questions, each with the moment it left and the moment its answer came.

Runs as a process of its own (``python -m bench.peers.stream``), so that nothing else delays it.
Arrivals are the kernel's own time stamps: when this process is held up, its waits are not longer.
"""

from __future__ import annotations

import argparse
import gc
import math
import select
import socket
import sys
import time
from array import array
from contextlib import suppress
from pathlib import Path

import numpy as np

ROOM = 2**22  # octets of receive buffer
SO_RCVBUFFORCE = 33
SO_TIMESTAMPNS = 35
TIMESPEC = 16
PATIENCE = 2.0  # seconds that the last answers get
IDS = 2**16
NOTHING = b"\0" * TIMESPEC


class Stream:
    """``sent`` Unix ns of every question; ``waits`` ns to its answer, -1 for none."""

    def __init__(
        self, port: int, questions: list[bytes], rate: float, patience: float = PATIENCE
    ) -> None:
        self.questions = questions
        self.rate = rate
        self.patience = patience
        self.sent = array("q")
        self.waits = array("q")
        self.failed = 0  # answers other than NOERROR and NXDOMAIN
        self._open = [-1] * IDS  # message id → number of the question
        self._sock = _socket(port)

    def run(self, until: Path | None, seconds: float = math.inf) -> None:
        """Send until the file ``until`` is there, or for ``seconds``; then await what is left."""
        began, end = time.monotonic(), 0.0
        poll = select.poll()
        poll.register(self._sock, select.POLLIN)
        while not end or time.monotonic() < end:
            if not end:
                self._send_due(began)
                over = time.monotonic() - began > seconds or (until and until.exists())
                end = time.monotonic() + self.patience if over else 0.0
            poll.poll(1)
            self._receive()

    def _send_due(self, began: float) -> None:
        """Send what is due. What could not be sent in time is sent late, never dropped."""
        due = int((time.monotonic() - began) * self.rate)
        while len(self.sent) < due:
            number = len(self.sent)
            name = self.questions[number % len(self.questions)]
            self._open[number % IDS] = number
            self.sent.append(time.time_ns())
            self.waits.append(-1)
            self._sock.send((number % IDS).to_bytes(2, "big") + name)
            if number % 64 == 63:
                self._receive()

    def _receive(self) -> None:
        with suppress(BlockingIOError):
            while True:
                reply, told, _, _ = self._sock.recvmsg(2048, 64)
                self._note(reply, told[0][2] if told else NOTHING)

    def _note(self, reply: bytes, stamp: bytes) -> None:
        place = int.from_bytes(reply[:2], "big")
        number = self._open[place]
        if number < 0:
            return
        seconds, rest = np.frombuffer(stamp[:TIMESPEC], "<i8").tolist()
        self.waits[number] = seconds * 10**9 + rest - self.sent[number]
        self._open[place] = -1
        self.failed += reply[3] & 15 not in (0, 3)


def _socket(port: int) -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setblocking(False)
    sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
    try:
        sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, ROOM)
    except OSError:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, ROOM)
    sock.connect(("127.0.0.1", port))
    return sock


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--rate", type=float, required=True)
    parser.add_argument("--questions", type=Path, required=True, help="hexadecimal, without id")
    parser.add_argument("--until", type=Path, help="stop when this file is there")
    parser.add_argument("--seconds", type=float, default=math.inf, help="stop after so many")
    parser.add_argument("--out", type=Path, required=True, help="npz: sent, waits, failed")
    parser.add_argument("--patience", type=float, default=PATIENCE, help="for the last answers")
    args = parser.parse_args()
    gc.disable()
    questions = [bytes.fromhex(line) for line in args.questions.read_text().splitlines()]
    stream = Stream(args.port, questions, args.rate, args.patience)
    stream.run(args.until, args.seconds)
    sent, waits = np.array(stream.sent, np.int64), np.array(stream.waits, np.int64)
    np.savez(args.out, sent=sent, waits=waits, failed=stream.failed)
    return 0


if __name__ == "__main__":
    sys.exit(main())
