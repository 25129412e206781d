"""Does the DNS node survive what nobody should send? Mutated questions, and a resolver that lies.

A real node, with record and 50 profiles, is sent good questions with octets changed, cut off,
added and exchanged; a part of them is forwarded to ``peers/hostile.py``. After every batch comes
a good question that must be answered. What is looked at: the process lives, its log tells of no
exception, no reply is larger than its question allows (RFC 1035 2.3.4, RFC 6891 6.2.5; no
refusal larger than what it refuses), a sample of the replies can be read by dnspython, and its
memory does not grow.

``hornbook bench fuzz --packets 10000000`` is the full length.
"""

from __future__ import annotations

import argparse
import select
import socket
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import dns.exception
import dns.message
import numpy as np
import psutil
from numpy.typing import NDArray

from bench.peers import ours
from bench.peers.process import NotMeasured, Server, free_port
from hornbook.instance import Instance
from hornbook.kernel.names import to_wire

BATCH = 512
WIDTH = 640  # octets of the largest packet that is sent
IDS = 127 * BATCH  # packets that are remembered, so that late replies find theirs
LAST = 0xFFFF  # the id of the good question behind a batch
PATIENCE = 10.0  # seconds until a node that does not answer counts as hanging
GROWTH = 24.0  # MB in the second half
LARGEST_UDP = 1232
SAMPLE = 200  # one reply of so many is read by dnspython
OPT = bytes.fromhex("00 0029 04d0 0000 0000 0000")
_EDGES = np.array([0, 1, 12, 0x29, 0x3F, 0x40, 0x7F, 0x80, 0xC0, 0xFF], np.uint8)

U8 = NDArray[np.uint8]
I64 = NDArray[np.int64]


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--packets", type=int, default=200_000, help="10000000 is full length")
    parser.add_argument("--minutes", type=float, default=1e6, help="end after that time at most")
    parser.add_argument("--seed", type=int, default=1)


@dataclass
class Found:
    """What the run saw."""

    sent: int = 0
    replies: int = 0
    largest: int = 0
    too_large: list[str] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)
    longest: float = 0.0  # seconds until the good question behind a batch was answered
    streams: int = 0
    memory: list[float] = field(default_factory=list)  # MB, a hundred times
    seconds: float = 0.0
    cost: float = 0.0  # processor microseconds of the node a packet, its start included


def run(args: argparse.Namespace) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="hornbook-bench-") as made:
        folder = Path(made)
        server = ours.our_server(["example", "test"], folder)
        found = Found()
        try:
            with _lying(Instance(folder / "ours"), args.seed):
                server.start(good(1), patience=60)
                fuzz(server, args, found)
                found.cost = server.processor_seconds() / found.sent * 1e6
                alive = psutil.pid_exists(server.pid)
        except NotMeasured as reason:
            return {"bench": "fuzz", "bars": [], "peers": {"hornbook": f"not measured: {reason}"}}
        finally:
            server.stop()
        told = result(found, alive, server.log.read_text(errors="replace"))
        beat = Instance(folder / "ours").heartbeat("dns") or {}
        kinds = ("received", "refused", "blocked", "forwarded", "cached", "dropped", "recorded")
        told["peers"]["as the node counts"] = {kind: beat.get(kind) for kind in kinds}
        return told


@contextmanager
def _lying(instance: Instance, seed: int) -> Iterator[None]:
    """The node's only upstream is the hostile resolver while the block runs."""
    port = free_port()
    instance.save(replace(instance.settings(), upstreams=(f"127.0.0.1:{port}",)))
    command = [sys.executable, "-m", "bench.peers.hostile", str(port), str(seed)]
    resolver = subprocess.Popen(command, cwd=ours.ROOT)
    try:
        yield
    finally:
        resolver.kill()
        resolver.wait()


def good(mark: int) -> bytes:
    """A question that every node answers at once: the name is blocked."""
    return question("www.adult.example", mark=mark, rest=OPT)


def question(
    name: str, qtype: int = 1, *, mark: int = 0, flags: int = 0x0100, rest: bytes = b""
) -> bytes:
    """A question of class IN; ``rest`` is its OPT record, if it has one."""
    head = struct.pack("!HHHHHH", mark, flags, 1, 0, 0, int(bool(rest)))
    return head + to_wire(name) + struct.pack("!HH", qtype, 1) + rest


def opt(options: bytes, size: int = 1232, flags: int = 0) -> bytes:
    return b"\0" + struct.pack("!HHIH", 41, size, flags, len(options)) + options


def corpus() -> list[bytes]:
    """Good questions of every kind that clients send, and a few kinds that are refused."""
    names = ["www.adult.example", "a.b.c.d.e.f.g.h.test", "x" * 60 + ".example", "test"]
    names += ["lesson.invalid", "xn--bcher-kva.example", "7.2.0.192.in-addr.arpa"]
    names += [".".join(["y" * 61] * 3 + ["example"]), ".".join("z" * 40) + ".test"]
    options = [
        b"",
        bytes.fromhex("000a0008") + b"cookie!!",
        bytes.fromhex("000800070001 1800 c00002"),
        bytes.fromhex("fde90006 0011223344ff"),
        bytes.fromhex("000c0020") + bytes(32),
        bytes.fromhex("000f0002 000f"),
    ]
    found = [question(name, qtype) for name in names for qtype in (1, 28, 65)]
    found += [question(names[0], qtype, rest=OPT) for qtype in (2, 5, 6, 12, 16, 33, 43, 48, 64)]
    found += [question(names[n % 4], rest=opt(o)) for n, o in enumerate(options)]
    found += [question(names[1], rest=opt(b"", size)) for size in (0, 511, 512, 4096, 65535)]
    found += [question(names[0], rest=opt(b"", flags=0x8000)), question(names[0], flags=0x0110)]
    found += [question(names[0], flags=flags) for flags in (0x2800, 0x2400, 0x1000, 0x8180)]
    found += [question(names[0], qtype, rest=OPT) for qtype in (0, 41, 251, 252, 255)]
    two = question(names[0])[:4] + b"\0\2" + question(names[0])[6:]
    return [*found, two + question(names[1])[12:]]


def _listed_part(packet: bytes) -> tuple[int, int]:
    """From where to where the listed suffix of the packet's name stands; (0, 0) without one."""
    found = [packet.find(suffix) for suffix in (b"\7example\0", b"\4test\0")]
    begin = max(found)
    return (begin, packet.find(b"\0", begin) + 1) if begin > 0 else (0, 0)


class Mutations:
    """Batches of mutated questions, without a loop over packets."""

    def __init__(self, seed: int) -> None:
        self._random = np.random.default_rng(seed)
        seeds = corpus()
        self._size = np.array([len(packet) for packet in seeds])
        self._seeds = np.zeros((len(seeds), WIDTH), np.uint8)
        for row, packet in enumerate(seeds):
            self._seeds[row, : len(packet)] = np.frombuffer(packet, np.uint8)
        self._listed = np.array([_listed_part(packet) for packet in seeds])

    def batch(self, first: int) -> tuple[U8, I64]:
        """Packets uint8 (BATCH, WIDTH) and their sizes; ids count up from ``first``."""
        rng, rows = self._random, np.arange(BATCH)
        chosen = rng.integers(0, len(self._size), BATCH)
        data, size = self._seeds[chosen], self._size[chosen]
        self._splice(data, size)
        for _ in range(3):
            some = rng.random(BATCH) < 0.4
            place = self._place(chosen, size)
            value = np.where(
                rng.random(BATCH) < 0.5,
                rng.choice(_EDGES, BATCH),
                rng.integers(0, 256, BATCH, np.uint8),
            )
            data[rows[some], place[some]] = value[some]
        cut = rng.random(BATCH) < 0.1
        size[cut] = rng.integers(0, size[cut])
        longer = rng.random(BATCH) < 0.1
        size[longer] = np.minimum(size[longer] + rng.integers(1, 200, longer.sum()), WIDTH)
        ids = first + rows
        data[:, 0], data[:, 1] = ids >> 8, ids & 255
        return data, size

    def _place(self, chosen: I64, size: I64) -> I64:
        """Where an octet is changed: seldom in the listed end of the name.

        For a name that is not listed is forwarded, and that takes twenty times as long.
        """
        rng = self._random
        place = rng.integers(2, size)
        begin, end = self._listed[chosen].T
        moved = (place >= begin) & (place < end) & (rng.random(BATCH) < 0.9)
        return np.where(moved, rng.integers(12, np.maximum(begin, 13)), place)

    def _splice(self, data: U8, size: I64) -> None:
        """The end of another question behind the begin of some."""
        rng = self._random
        some = np.flatnonzero(rng.random(BATCH) < 0.15)
        other = rng.integers(0, len(self._size), len(some))
        at = rng.integers(12, np.minimum(size[some], self._size[other]))
        behind = np.arange(WIDTH) >= at[:, None]
        data[some] = np.where(behind, self._seeds[other], data[some])
        size[some] = self._size[other]


def fuzz(server: Server, args: argparse.Namespace, found: Found) -> None:
    """Send, receive and look. Raises NotMeasured when the node answers no more."""
    mutations = Mutations(args.seed)
    sent: dict[int, bytes] = {}
    batches = max(1, args.packets // BATCH)
    began = time.monotonic()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
        sock.connect(("127.0.0.1", server.port))
        sock.setblocking(False)
        for number in range(batches):
            data, size = mutations.batch(number * BATCH % IDS)
            _send(sock, data, size, sent)
            found.sent += BATCH
            _receive(sock, sent, found)
            if number % 50 == 0:
                _stream(server.port, data, size, found)
            if number % max(1, batches // 100) == 0:
                found.memory.append(_memory(server.pid))
                if time.monotonic() - began > args.minutes * 60:
                    break
    found.memory.append(_memory(server.pid))
    found.seconds = time.monotonic() - began


def _send(sock: socket.socket, data: U8, size: I64, sent: dict[int, bytes]) -> None:
    octets, send = data.tobytes(), sock.send
    for row, length in enumerate(size.tolist()):
        packet = octets[row * WIDTH : row * WIDTH + length]
        sent[int.from_bytes(packet[:2], "big")] = packet
        send(packet)
    send(good(LAST))


def _receive(sock: socket.socket, sent: dict[int, bytes], found: Found) -> None:
    """Take replies until that of the good question, which must come."""
    began, answered = time.monotonic(), False
    while True:
        try:
            reply = sock.recv(65535)
        except BlockingIOError:
            if answered:
                break
            if not select.select([sock], [], [], PATIENCE)[0]:
                raise NotMeasured(f"no answer for {PATIENCE:g} s: the node hangs") from None
            continue
        found.replies += 1
        mark = int.from_bytes(reply[:2], "big")
        if mark == LAST:
            answered = True
        else:
            check(sent.get(mark, b""), reply, found)
    found.longest = max(found.longest, time.monotonic() - began)


def check(packet: bytes, reply: bytes, found: Found) -> None:
    """Note what is wrong with a reply. A late one belongs to an older packet with the same id."""
    found.largest = max(found.largest, len(reply))
    if len(reply) > LARGEST_UDP or len(reply) > _allowed(packet, reply):
        found.too_large.append(f"{packet.hex()} → {len(reply)} octets")
    if found.replies % SAMPLE == 0:
        try:
            dns.message.from_wire(reply)
        except (dns.exception.DNSException, ValueError) as error:
            found.unreadable.append(f"{reply.hex()}: {error}")


def _allowed(packet: bytes, reply: bytes) -> int:
    """The most octets that the answer to ``packet`` may have; generous where it is another's."""
    if len(reply) > 12 and reply[12:].find(packet[12:40]) != 0:
        return LARGEST_UDP
    if reply[3] & 15 in (1, 4, 5) and len(reply) <= 12:
        return max(len(packet), 12)
    if len(reply) <= 512:
        return 512
    try:
        return max(512, min(dns.message.from_wire(packet).payload, LARGEST_UDP))
    except (dns.exception.DNSException, ValueError):
        return 512


def _stream(port: int, data: U8, size: I64, found: Found) -> None:
    """A few of the packets over TCP, the last frame torn; then a new connection must answer."""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as sock:
        for row in range(8):
            packet = data[row, : size[row]].tobytes()
            try:
                sock.sendall(struct.pack("!H", len(packet)) + packet)
            except OSError:
                break
        with_more = struct.pack("!H", 500) + b"torn"
        with suppress(OSError):
            sock.sendall(with_more)
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as sock:
        asked = good(7)
        sock.sendall(struct.pack("!H", len(asked)) + asked)
        try:
            head = sock.recv(4)
        except OSError:
            head = b""
        if head[2:] != b"\0\7":
            raise NotMeasured(f"no answer over TCP for {PATIENCE:g} s")
    found.streams += 2


def _memory(pid: int) -> float:
    """MB that the node and its workers hold."""
    process = psutil.Process(pid)
    tree = [process, *process.children(recursive=True)]
    return sum(float(one.memory_info().rss) for one in tree) / 1e6


def result(found: Found, alive: bool, log: str) -> dict[str, Any]:
    half = found.memory[len(found.memory) // 2 :]
    growth = max(half[-3:]) - half[0] if half else 0.0
    exceptions = log.count("Traceback (most recent call last)")
    seen = {
        "the node lives": (alive, "yes", alive),
        "exceptions in its log": (exceptions, "0", not exceptions),
        "replies larger than allowed": (len(found.too_large), "0", not found.too_large),
        "replies that dnspython cannot read": (len(found.unreadable), "0", not found.unreadable),
        "longest wait for a good question, s": (
            round(found.longest, 2),
            f"<= {PATIENCE:g}",
            found.longest <= PATIENCE,
        ),
        "MB that it grew in the second half": (
            round(growth, 1),
            f"<= {GROWTH:g}",
            growth <= GROWTH,
        ),
    }
    return {
        "bench": "fuzz",
        "bars": [
            {"name": name, "value": value, "bar": bar, "ok": ok}
            for name, (value, bar, ok) in seen.items()
        ],
        "peers": {
            "packets": found.sent,
            "replies": found.replies,
            "largest reply": found.largest,
            "TCP connections": found.streams,
            "packets a second": round(found.sent / found.seconds) if found.seconds else 0,
            "processor µs of the node a packet": round(found.cost, 1),
            "seconds": round(found.seconds, 1),
            "resident MB": [
                round(one, 1) for one in found.memory[:: max(1, len(found.memory) // 10)]
            ],
            "first faults": (found.too_large + found.unreadable)[:3],
            "log": log[-400:] if exceptions else "",
        },
    }
