"""Which resolvers are asked for what the rules allow."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from hornbook.instance import InstanceError

RESOLV_CONF = Path("/etc/resolv.conf")


@dataclass(frozen=True)
class Upstream:
    """One resolver: a numeric address and a port."""

    address: str
    port: int = 53

    @property
    def family(self) -> socket.AddressFamily:
        return socket.AF_INET6 if ":" in self.address else socket.AF_INET

    def __str__(self) -> str:
        return (
            f"[{self.address}]:{self.port}"
            if ":" in self.address
            else f"{self.address}:{self.port}"
        )


def read_upstream(text: str) -> Upstream:
    """``address``, ``address:port`` or ``[v6]:port``. Raises InstanceError for anything else."""
    address, port = text.strip(), "53"
    if address.startswith("["):
        address, _, rest = address[1:].partition("]")
        port = rest.removeprefix(":") or port
    elif address.count(":") == 1:
        address, port = address.split(":")
    try:
        ipaddress.ip_address(address.partition("%")[0])
        number = int(port)
        if not 0 < number < 65536:
            raise ValueError
    except ValueError as error:
        raise InstanceError(
            f"“{text}” in “upstreams” of instance.json is no resolver's address. "
            "Write 192.0.2.53, 192.0.2.53:5353 or [2001:db8::53]:53."
        ) from error
    return Upstream(address, number)


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
