"""What Envoy asks: twelve lines, in the order of ``ask.lua``, read strictly.

A client has written most of them. Envoy has seen to it that none holds a line feed, but for the
last one, which is the body of a form.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

from hornbook.kernel.names import BadName, is_ip_literal, normalise, to_wire
from hornbook.node.proxy.who import Who, read_who

_LINES = 12
_AUTHORITY = re.compile(r"(\[[0-9a-fA-F:.]+\]|[^\s/@\[\]:]+)(?::([0-9]{1,5}))?")
FORM = "application/x-www-form-urlencoded"


class BadTarget(ValueError):
    """The request names nothing that could be opened; the message says why."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where a client wants to go. ``host`` is normalised; ``address`` is set for an IP literal.

    An IP literal in a form that only some programs read has a ``host`` and no ``address``.
    """

    host: str
    port: int
    literal: bool = False
    address: ipaddress.IPv4Address | ipaddress.IPv6Address | None = None

    @property
    def wire(self) -> bytes:
        """For the record; an IPv6 address is written ``2001-db8--7.ipv6-literal`` there."""
        if ":" in self.host:
            return to_wire(self.host.replace(":", "-") + ".ipv6-literal")
        return to_wire(self.host)


@dataclass(frozen=True, slots=True)
class Asked:
    """One request.

    Inside a tunnel ``connect`` is what that was opened for, and ``sni`` the name that TLS asked
    for in it; outside both are empty. ``scheme`` is https where the request came by TLS inside.
    ``rows`` are requests that Envoy has answered by itself (``memory``).
    """

    who: Who
    method: str
    authority: str
    path: str
    accept: str
    origin: str
    kind: str
    body: bytes
    connect: str = ""
    sni: str = ""
    scheme: str = "http"
    rows: str = ""

    @property
    def client(self) -> bytes:
        """The address: 16 octets, IPv4 mapped."""
        return self.who.client

    @property
    def inside(self) -> bool:
        """Whether it came in a tunnel that is looked into."""
        return bool(self.connect)

    @property
    def tunnel(self) -> bool:
        return self.method == "CONNECT"

    @property
    def is_form(self) -> bool:
        """Whether it may have come from the notice page: only then its body is looked at."""
        form = self.kind.partition(";")[0].strip().lower() == FORM
        return self.method == "POST" and form and self.path.startswith("/?name=")


def read_asked(message: bytes) -> Asked:
    """Raises ValueError for what our Envoy would not send."""
    lines = message.split(b"\n", _LINES - 1)
    if len(lines) != _LINES:
        raise ValueError("not twelve lines")
    who, method, authority, path, accept, origin, kind, *rest = (
        line.decode("latin-1") for line in lines[:-1]
    )
    return Asked(read_who(who), method, authority, path, accept, origin, kind, lines[-1], *rest)


def split_path(path: str) -> tuple[str, str]:
    """Path and query of what a request line holds; ``urlsplit`` would fail for ``//[``."""
    before, _, query = path.partition("#")[0].partition("?")
    return before, query


def read_target(asked: Asked) -> Target:
    """The host and port that a request names. Raises BadTarget."""
    port = 443 if asked.tunnel or (asked.inside and asked.scheme == "https") else 80
    return target_of(asked.authority, port)


def target_of(authority: str, usual: int) -> Target:
    """``host`` or ``host:port``, with the port that is meant where none is told."""
    found = _AUTHORITY.fullmatch(authority)
    if not found:
        raise BadTarget("the address cannot be read")
    host, port = found[1], int(found[2] or usual)
    if not 0 < port < 65536:
        raise BadTarget("there is no such port")
    if is_ip_literal(host):
        return _literal(host, port)
    try:
        return Target(normalise(host), port)
    except BadName as error:
        raise BadTarget(error.reason) from error


def _literal(host: str, port: int) -> Target:
    try:
        address = ipaddress.ip_address(host.strip("[]").rstrip("."))
    except ValueError:
        plain = re.sub(r"[^a-z0-9.-]", "-", host.lower()).strip(".-")[:60]
        return Target(plain or "address", port, literal=True)
    return Target(str(address), port, literal=True, address=address)
