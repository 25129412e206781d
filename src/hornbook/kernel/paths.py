"""Addresses with a path, written as names below their host: a list may mean one page of a site.

``sites.example/a/b?v=1`` is the host's wire name with three labels in front of it, the last piece
first: ``?v=1``, ``/b``, ``/a``. So everything that holds for names holds for addresses: the
longest listed one decides, it inherits from the host, an allow below a block opens, and the same
table, rulebook and changes carry it. No host has such labels: each is one mark (``/``, ``?``,
``&`` or ``:`` for a port) and eight octets of a digest, however long the piece.

Addresses are compared as servers and browsers mean them: percent-escapes decoded, ``.``, ``..``
and empty segments resolved, upper case folded, the fragment left out, ``www.`` as its parent.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from itertools import islice
from urllib.parse import unquote_to_bytes

from hornbook.kernel.names import to_wire
from hornbook.kernel.wires import MAX_WIRE, BadName, Wires

LEVELS = 16  # pieces of an address that can be told apart; what is deeper is one piece
USUAL_PORTS = (80, 443)
_LABEL = 10  # octets
_WWW = b"\x03www"
_CHUNK = 1 << 13


@dataclass(frozen=True)
class Address:
    """``host`` in wire form as it was asked; ``pieces`` of port, path and query in order."""

    host: bytes
    pieces: tuple[bytes, ...]

    @classmethod
    def of(cls, host: bytes, path: bytes, port: int = 0) -> Address:
        """``path`` is what a request line holds: path and query. Port 0 is a usual one."""
        return cls(host, (*_port(port), *_pieces(path)))

    @cached_property
    def site(self) -> bytes:
        """The host that rules are written for: ``www.`` is the same site."""
        rest = self.host[len(_WWW) :]
        is_www = self.host[: len(_WWW)].lower() == _WWW and len(rest) > rest[0] + 2
        return rest if is_www else self.host

    @cached_property
    def levels(self) -> tuple[bytes, ...]:
        """The pieces as they are told apart: what is too deep is one with the last."""
        room = min(LEVELS, (MAX_WIRE - len(self.site)) // _LABEL)
        if len(self.pieces) <= room or not room:
            return self.pieces[:room]
        return (*self.pieces[: room - 1], b"".join(self.pieces[room - 1 :]))

    @cached_property
    def wire(self) -> bytes:
        """The address as a name below its site. A host of more than 245 octets has none below."""
        return b"".join(map(_label, reversed(self.levels))) + self.site

    def matched(self, start: int) -> str:
        """The listed path that begins at ``start`` of :attr:`wire`, for people; "" for none."""
        depth = len(self.levels) - start // _LABEL
        if start < 0 or depth <= 0:
            return ""
        return b"".join(self.levels[:depth]).decode("utf-8", "replace")


def read_rule(line: bytes) -> Address:
    """One path rule of a list, ``host[:port]/path[?query]``. Raises BadName."""
    at = min((place for mark in b"/?" if (place := line.find(mark)) >= 0), default=len(line))
    host, port = _without_port(line[:at].decode("utf-8", "replace"))
    if port and not port.isdecimal():
        raise BadName(host, "its port is no number")
    return Address.of(host_wire(host), line[at:], int(port or 0))


def host_wire(host: str) -> bytes:
    """A host as rules and the record write it; ``[2001:db8::7]`` as ``2001-db8--7.ipv6-literal``.

    Raises BadName.
    """
    if ":" not in host:
        return to_wire(host)
    try:
        plain = str(ipaddress.IPv6Address(host.strip("[]")))
    except ValueError as error:
        raise BadName(host, "it is no address") from error
    return to_wire(plain.replace(":", "-") + ".ipv6-literal")


def rules_in(text: bytes) -> Iterator[tuple[Wires, Wires]]:
    """Path rules, one a line, some thousands at a time: (addresses, their sites), row by row."""
    rules = (read_rule(line) for line in text.splitlines())
    below = (rule for rule in rules if rule.levels)
    while some := list(islice(below, _CHUNK)):
        yield Wires.pack([rule.wire for rule in some]), Wires.pack([rule.site for rule in some])


def _without_port(host: str) -> tuple[str, str]:
    if host.startswith("["):
        address, bracket, port = host.partition("]")
        return address + bracket, port.removeprefix(":")
    name, _, port = host.partition(":")
    return name, port


def _port(port: int) -> tuple[bytes, ...]:
    return () if port == 0 or port in USUAL_PORTS else (f":{port}".encode(),)


def _pieces(path: bytes) -> Iterator[bytes]:
    path, _, query = path.partition(b"#")[0].partition(b"?")
    segments: list[bytes] = []
    for segment in path.split(b"/"):
        plain = unquote_to_bytes(segment).lower()
        if plain == b"..":
            del segments[-1:]
        elif plain not in (b"", b"."):
            segments.append(b"/" + plain)
    yield from segments
    if query:
        for place, part in enumerate(query.split(b"&")):
            yield (b"&" if place else b"?") + unquote_to_bytes(part).lower()


def _label(piece: bytes) -> bytes:
    return bytes([_LABEL - 1]) + piece[:1] + blake2b(piece[1:], digest_size=8).digest()
