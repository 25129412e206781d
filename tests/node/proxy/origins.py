"""Origins as the web has them: old and new TLS, HTTP/2, bad certificates, odd answers."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable
from typing import Any

import h2.config
import h2.connection
import h2.events

from tests.node.proxy.pki import Pki

HUGE = 64 << 20  # octets
PIECE = bytes(65_536)


def contexts(world: Pki, *names: str, below: str) -> ssl.SSLContext:
    """A server with good certificates for ``names``, and another face for hosts under ``below``."""
    usual = world.context(*names)
    faces = {
        f"expired.{below}": world.context(f"expired.{below}", days=-1),
        f"wrong.{below}": world.context("somebody-else.test"),
        f"self.{below}": world.context(f"self.{below}", self_signed=True),
        f"old.{below}": world.context(f"old.{below}", newest=False),
        f"new.{below}": world.context(f"new.{below}"),
        f"two.{below}": world.context(f"two.{below}"),
    }
    faces[f"new.{below}"].minimum_version = ssl.TLSVersion.TLSv1_3
    faces[f"two.{below}"].set_alpn_protocols(["h2"])

    def choose(connection: ssl.SSLObject, name: str | None, context: ssl.SSLContext) -> None:
        connection.context = faces.get(name or "", usual)

    usual.sni_callback = choose
    return usual


def serve_h2(sock: socket.socket, took: Callable[[str], None]) -> None:
    """HTTP/2 until the client goes: each request gets its path, and “2”."""
    http = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False))
    http.initiate_connection()
    sock.sendall(http.data_to_send())
    while data := sock.recv(65_536):
        for event in http.receive_data(data):
            if isinstance(event, h2.events.RequestReceived):
                path = dict(event.headers or {})[b":path"].decode()
                took(path)
                http.send_headers(event.stream_id or 0, [(":status", "200")])
                http.send_data(event.stream_id or 0, f"2 {path}".encode(), end_stream=True)
        sock.sendall(http.data_to_send())


def odd(handler: Any) -> bool:
    """Answer what is no plain page; whether it was one of these."""
    path = handler.path.partition("?")[0]
    found = {"/chunked": _chunked, "/slow": _slow, "/huge": _huge, "/part": _part, "/chat": _chat}
    if path not in found:
        return False
    found[path](handler)
    return True


def _begin(handler: Any, status: int = 200, **fields: str) -> None:
    handler.send_response(status)
    for name, value in fields.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()


def _chunk(handler: Any, piece: bytes) -> None:
    handler.wfile.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
    handler.wfile.flush()


def _chunked(handler: Any) -> None:
    _begin(handler, Transfer_Encoding="chunked", Content_Type="application/octet-stream")
    for piece in (b"one ", b"two ", b"three", b""):
        _chunk(handler, piece)


def _slow(handler: Any) -> None:
    _begin(handler, Transfer_Encoding="chunked", Content_Type="application/octet-stream")
    for piece in (b"slowly ", b"but surely", b""):
        time.sleep(0.3)
        _chunk(handler, piece)


def _huge(handler: Any) -> None:
    """As fast as it is taken; how much that was is counted by the server."""
    _begin(handler, Content_Length=str(HUGE), Content_Type="application/octet-stream")
    handler.server.poured = 0
    try:
        for _ in range(HUGE // len(PIECE)):
            handler.wfile.write(PIECE)
            handler.server.poured += len(PIECE)
    except OSError:
        handler.close_connection = True


def _part(handler: Any) -> None:
    """A file of twenty-six letters, also in parts (RFC 9110, 14)."""
    body = bytes(range(ord("a"), ord("z") + 1))
    wanted = handler.headers.get("range", "")
    if not wanted:
        _begin(handler, Content_Length=str(len(body)), Accept_Ranges="bytes")
        handler.wfile.write(body)
        return
    first, last = map(int, wanted.removeprefix("bytes=").split("-"))
    told = f"bytes {first}-{last}/{len(body)}"
    _begin(handler, 206, Content_Range=told, Content_Length=str(last - first + 1))
    handler.wfile.write(body[first : last + 1])


def _chat(handler: Any) -> None:
    """After the handshake of a web socket (RFC 6455) it says back whatever it is told."""
    _begin(handler, 101, Upgrade="websocket", Connection="Upgrade", Sec_WebSocket_Accept="x")
    handler.close_connection = True
    while data := handler.connection.recv(1024):
        handler.connection.sendall(data)
