"""Clients that a load generator is not: handshakes in a tunnel, bulk through one, a steady rate."""

from __future__ import annotations

import asyncio
import socket
import ssl
import statistics
import threading
import time
from pathlib import Path

from bench.peers.process import NotMeasured

_BLOCK = b"\0" * (1 << 18)


def handshakes(port: int, target: int, hosts: list[str], ca: Path) -> list[float]:
    """Milliseconds from the CONNECT to the end of the handshake, one host after the other."""
    context = ssl.create_default_context(cafile=str(ca))
    return [_handshake(port, f"{host}:{target}", host, context) for host in hosts]


def _handshake(port: int, to: str, host: str, context: ssl.SSLContext) -> float:
    begin = time.perf_counter()
    with tunnel(port, to) as sock, context.wrap_socket(sock, server_hostname=host):
        return (time.perf_counter() - begin) * 1e3


def tunnel(port: int, to: str) -> socket.socket:
    """A connection to ``to`` by way of the proxy. Raises NotMeasured when it is refused."""
    sock = socket.create_connection(("127.0.0.1", port), timeout=20)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.sendall(f"CONNECT {to} HTTP/1.1\r\nHost: {to}\r\n\r\n".encode())
    head = b""
    while b"\r\n\r\n" not in head:
        piece = sock.recv(4096)
        if not piece:
            break
        head += piece
    if b" 200 " not in head.partition(b"\r\n")[0]:
        sock.close()
        raise NotMeasured(f"no tunnel to {to}: {head[:80]!r}")
    return sock


class Spring:
    """A server that sends as fast as it can, until the other end has enough."""

    def __init__(self) -> None:
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._server.getsockname()[1])
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        while True:
            try:
                sock, _ = self._server.accept()
            except OSError:
                return
            threading.Thread(target=self._pour, args=(sock,), daemon=True).start()

    def _pour(self, sock: socket.socket) -> None:
        try:
            with sock:
                while True:
                    sock.sendall(_BLOCK)
        except OSError:
            pass

    def close(self) -> None:
        self._server.close()


def bulk(port: int, to: str, seconds: float) -> float:
    """Megabytes a second through one tunnel."""
    room = bytearray(1 << 18)
    with tunnel(port, to) as sock:
        begin = time.perf_counter()
        got = 0
        while time.perf_counter() - begin < seconds:
            got += sock.recv_into(room)
        return got / 1e6 / (time.perf_counter() - begin)


async def steady(port: int, targets: list[str], rate: float, seconds: float) -> list[float]:
    """Milliseconds that each request waits when so many begin each second, whatever others do.

    50 connections stay open; a request whose connection is busy waits, and that counts.
    """
    free: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Queue()
    for _ in range(50):
        free.put_nowait(await asyncio.open_connection("127.0.0.1", port))
    waits: list[float] = []

    async def one(target: str, due: float) -> None:
        reader, writer = await free.get()
        host = target.split("/")[2]
        writer.write(f"GET {target} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
        await reader.readexactly(length)
        waits.append((time.perf_counter() - due) * 1e3)
        free.put_nowait((reader, writer))

    begin = time.perf_counter()
    tasks = []
    for number in range(int(rate * seconds)):
        due = begin + number / rate
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        tasks.append(asyncio.create_task(one(targets[number % len(targets)], due)))
    await asyncio.gather(*tasks)
    while not free.empty():
        free.get_nowait()[1].close()
    return waits


def at(waits: list[float], share: float) -> float:
    """The wait that this share of requests did not pass, in the unit of ``waits``."""
    return statistics.quantiles(waits, n=1000)[int(share * 1000) - 1]
