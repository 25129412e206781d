"""Which resolvers are asked for what the rules allow."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from hornbook.instance import InstanceError

RESOLV_CONF = Path("/etc/resolv.conf")


How = Literal["udp", "tcp", "tls"]
_PORTS: dict[How, str] = {"udp": "53", "tcp": "53", "tls": "853"}


@dataclass(frozen=True)
class Upstream:
    """One resolver: a numeric address, a port, and how it is asked.

    ``name`` is what its certificate must prove for ``tls``; where it is empty, the address.
    """

    address: str
    port: int = 53
    how: How = "udp"
    name: str = ""

    @property
    def family(self) -> socket.AddressFamily:
        return socket.AF_INET6 if ":" in self.address else socket.AF_INET

    def __str__(self) -> str:
        host = f"[{self.address}]" if ":" in self.address else self.address
        scheme = "" if self.how == "udp" else f"{self.how}://"
        return f"{scheme}{host}:{self.port}" + (f"#{self.name}" if self.name else "")


def read_upstream(text: str) -> Upstream:
    """``address``, ``address:port`` or ``[v6]:port``, with ``tcp://`` or ``tls://`` before it.

    For ``tls``, ``#name`` behind it is the name that the certificate must prove. Raises
    InstanceError for anything else.
    """
    how, rest = _how(text.strip())
    place, _, name = rest.partition("#")
    address, port = _split(place, _PORTS[how])
    try:
        ipaddress.ip_address(address.partition("%")[0])
        number = int(port)
        if not 0 < number < 65536 or (name and how != "tls"):
            raise ValueError
    except ValueError as error:
        raise InstanceError(
            f"“{text}” in “upstreams” of instance.json is no resolver's address. "
            "Write 192.0.2.53, 192.0.2.53:5353, [2001:db8::53]:53, tcp://192.0.2.53 or "
            "tls://192.0.2.53#dns.example."
        ) from error
    return Upstream(address, number, how, name)


def _how(text: str) -> tuple[How, str]:
    if text.startswith("tls://"):
        return "tls", text[6:]
    if text.startswith("tcp://"):
        return "tcp", text[6:]
    return "udp", text


def _split(place: str, port: str) -> tuple[str, str]:
    """(address, port), the usual port where none is told."""
    if place.startswith("["):
        address, _, rest = place[1:].partition("]")
        return address, rest.removeprefix(":") or port
    if place.count(":") == 1:
        address, port = place.split(":")
        return address, port
    return place, port


def choose_upstreams(
    configured: Sequence[str], bind: str, port: int, resolv_conf: Path = RESOLV_CONF
) -> tuple[Upstream, ...]:
    """The configured resolvers, else the machine's; never this server itself (a loop)."""
    found = [read_upstream(text) for text in configured] or _machine_resolvers(resolv_conf)
    return tuple(upstream for upstream in found if not _is_ours(upstream, bind, port))


def _machine_resolvers(path: Path) -> list[Upstream]:
    """The name servers of resolv.conf(5); lines that cannot be read are left out."""
    try:
        lines = path.read_text(errors="replace").splitlines()
    except OSError:
        return []
    words = [line.split() for line in lines]
    found = []
    for word in words:
        if len(word) > 1 and word[0] == "nameserver":
            with suppress(InstanceError):
                found.append(read_upstream(word[1]))
    return found


def _is_ours(upstream: Upstream, bind: str, port: int) -> bool:
    if upstream.port != port:
        return False
    wildcard = ipaddress.ip_address(bind).is_unspecified
    return upstream.address == bind or (wildcard and _is_local(upstream))


def _is_local(upstream: Upstream) -> bool:
    with socket.socket(upstream.family, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((upstream.address, 0))
        except OSError:
            return False
    return True
