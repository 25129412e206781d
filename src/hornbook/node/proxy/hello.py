"""What a tunnel begins with: the name in TLS's first message, or in the head of plain HTTP.

Nothing is decrypted: the name stands in the clear (RFC 8446 4.1.2, RFC 6066 3), and so does the
Host field of HTTP (RFC 9112 3.2).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

MOST = 20_000  # octets that are looked at; hellos have 2,000, with a ticket 4,000
_HANDSHAKE, _CLIENT_HELLO, _SERVER_NAME, _HOST_NAME = 22, 1, 0, 0
_LARGEST_RECORD = 1 << 14
_METHOD = re.compile(rb"[A-Z]{3,12} [!-~]")
_METHOD_BEGUN = re.compile(rb"[A-Z]{0,12} ?")
_HOST = re.compile(rb"\r?\nhost:[ \t]*([^\r\n]*)", re.I)
_END = re.compile(rb"\r?\n\r?\n")


@dataclass(frozen=True, slots=True)
class Begin:
    """``kind`` is tls, http or other; ``name`` is as it was said, without a port, "" for none."""

    kind: str
    name: str = ""


class _NotYet(Exception):
    """More octets must come."""


def read_begin(octets: bytes) -> Begin | None:
    """None while more must come."""
    try:
        if octets[:1] == bytes([_HANDSHAKE]):
            return Begin("tls", _name_in(_hello(octets)))
        if _METHOD.match(octets):
            return Begin("http", _host_in(octets))
        if _METHOD_BEGUN.fullmatch(octets):
            raise _NotYet
    except _NotYet:
        return Begin("other") if len(octets) > MOST else None
    except (IndexError, ValueError):
        pass
    return Begin("other")


def _host_in(octets: bytes) -> str:
    end = _END.search(octets)
    if not end:
        raise _NotYet
    found = _HOST.search(octets[: end.start()])
    host = found[1].decode("latin-1").strip() if found else ""
    return host if host.endswith("]") else re.sub(r":[0-9]*$", "", host)


def _hello(octets: bytes) -> _Reader:
    """The body of the first handshake message, put together from its records."""
    said, at = b"", 0
    while at + 5 <= len(octets) and len(said) < _length(said):
        length = int.from_bytes(octets[at + 3 : at + 5])
        if octets[at] != _HANDSHAKE or not 0 < length <= _LARGEST_RECORD:
            raise ValueError("no record of a handshake")
        said += octets[at + 5 : at + 5 + length]
        at += 5 + length
    if len(said) < 4:
        raise _NotYet
    if said[0] != _CLIENT_HELLO:
        raise ValueError("another message")
    end = _length(said)
    if end > MOST:
        raise ValueError("too long")
    if len(said) < end:
        raise _NotYet
    return _Reader(said[4:end])


def _length(said: bytes) -> int:
    """Of the whole message; at least its head, as long as that has not come."""
    return 4 + int.from_bytes(said[1:4]) if len(said) >= 4 else 4


def _name_in(hello: _Reader) -> str:
    hello.take(2 + 32)  # version and random
    for size in (1, 2, 1):  # session, ciphers, compression
        hello.some(size)
    extensions = hello.some(2) if hello.left else _Reader(b"")
    while extensions.left:
        kind, body = int.from_bytes(extensions.take(2)), extensions.some(2)
        if kind == _SERVER_NAME:
            names = body.some(2)
            kind_of_name, name = names.take(1)[0], names.some(2)
            return name.rest().decode("ascii") if kind_of_name == _HOST_NAME else ""
    return ""


class _Reader:
    """Octets one after the other. Raises IndexError beyond the end."""

    def __init__(self, octets: bytes) -> None:
        self._octets, self._at = octets, 0

    @property
    def left(self) -> int:
        return len(self._octets) - self._at

    def take(self, count: int) -> bytes:
        if count > self.left:
            raise IndexError("beyond the end")
        self._at += count
        return self._octets[self._at - count : self._at]

    def some(self, size: int) -> _Reader:
        """What follows behind its own length of ``size`` octets."""
        return _Reader(self.take(int.from_bytes(self.take(size))))

    def rest(self) -> bytes:
        return self.take(self.left)
