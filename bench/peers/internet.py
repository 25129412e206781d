"""The rest of the world: a resolver on loopback that knows every name, and how it is got into
a server's cache."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from bench.peers.ours import question
from bench.peers.process import NotMeasured, Server

_RECORD = bytes.fromhex("c00c 0001 0001 00000e10 0004")  # an hour: no round outlives it
_WAIT = 30.0


@contextmanager
def internet(everywhere: str = "192.0.2.7") -> Iterator[str]:
    """Its own address, as long as the block runs; every name is at ``everywhere``."""
    record = _RECORD + socket.inet_aton(everywhere)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        sock.settimeout(0.2)
        stop = threading.Event()
        thread = threading.Thread(target=_answer, args=(sock, stop, record), daemon=True)
        thread.start()
        try:
            yield f"127.0.0.1:{sock.getsockname()[1]}"
        finally:
            stop.set()
            thread.join()


def _answer(sock: socket.socket, stop: threading.Event, record: bytes) -> None:
    while not stop.is_set():
        try:
            packet, client = sock.recvfrom(2048)
        except TimeoutError:
            continue
        end = 12
        while packet[end]:
            end += packet[end] + 1
        asked = packet[12 : end + 5]
        kind = asked[-4:] == b"\0\1\0\1"
        head = packet[:2] + b"\x81\x80\0\1" + (b"\0\1" if kind else b"\0\0") + b"\0\0\0\0"
        sock.sendto(head + asked + (record if kind else b""), client)


def warm(server: Server, names: Sequence[str]) -> None:
    """Ask for every name until it is answered with an address."""
    end = time.monotonic() + _WAIT
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.connect(("127.0.0.1", server.port))
        sock.settimeout(1.0)
        for name in names:
            while not _is_answered(sock, question(name)):
                if time.monotonic() > end:
                    raise NotMeasured(f"{server.name} does not answer for allowed names")


def _is_answered(sock: socket.socket, asked: bytes) -> bool:
    try:
        sock.send(asked)
        reply = sock.recv(4096)
    except OSError:
        return False
    return reply[12 : len(asked)] == asked[12:] and reply[3] & 15 == 0 and reply[7] > 0
