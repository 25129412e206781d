"""Certificates for Envoy on demand: its discovery service for secrets (ADS, incremental).

Envoy holds a handshake and subscribes to the name in it; the answer is a certificate for that
name, or that there is none, which ends the handshake. All names travel in one call.
https://www.envoyproxy.io/docs/envoy/v1.40.0/api-docs/xds_protocol
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from hornbook.node.envoy.protobuf import field, inside, read
from hornbook.node.proxy.authority import LEAF_DAYS, Authority
from hornbook.node.proxy.names import Names

PATH = "/envoy.service.discovery.v3.AggregatedDiscoveryService/DeltaAggregatedResources"
KIND = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret"
_DAY = 86_400
_AT_ONCE = 50  # certificates in one message

Send = Callable[[bytes], None]


@dataclass(frozen=True)
class _Asked:
    """What Envoy wants: names that it begins and ends to need, and the versions that it has."""

    subscribe: list[str]
    unsubscribe: list[str]
    has: dict[str, str]


class Mint:
    """All calls of Envoy for certificates; there is one while Envoy runs."""

    def __init__(self, authority: Authority, names: Names) -> None:
        self._authority = authority
        self._names = names
        self._calls: set[_Call] = set()
        self._served: dict[str, int] = {}  # name → day on which its certificate was made
        self.minted = 0
        self.refused = 0
        names.left = self._leave

    def open(self, path: str, send: Send) -> _Call | None:
        """For :class:`hornbook.node.envoy.grpc.Connection`."""
        if path != PATH:
            return None
        call = _Call(self, send)
        self._calls.add(call)
        return call

    def close(self, call: _Call) -> None:
        self._calls.discard(call)

    def renew(self, authority: Authority | None = None) -> None:
        """Make anew what is about to end, or, with another authority, everything."""
        before = int(time.time()) // _DAY - LEAF_DAYS // 2
        old = [name for name, day in self._served.items() if authority or day < before]
        self._authority = authority or self._authority
        self._tell(old, [])

    def answer(self, asked: _Asked) -> None:
        """Certificates for the names that may have one, and that the others have none."""
        for name in asked.unsubscribe:
            self._forget(name)
        wanted, none = [], []
        for name in asked.subscribe:
            held = asked.has.get(name, "")
            if held and name not in self._names:  # it had one before this process began
                self._names.admit(name)
            if name not in self._names:
                none.append(name)
            elif not self._is_fresh(name, held):
                wanted.append(name)
        self.refused += len(none)
        self._tell(wanted, none)

    def _is_fresh(self, name: str, version: str) -> bool:
        mark, _, day = version.partition(".")
        if mark != self._authority.mark or not day.isdigit():
            return False
        self._served[name] = int(day)
        return int(day) > int(time.time()) // _DAY - LEAF_DAYS // 2

    def _leave(self, name: str) -> None:
        """The list of names is full: Envoy forgets this one, and asks again when it is needed."""
        if self._served.pop(name, None) is not None:
            self._tell([], [name])

    def _forget(self, name: str) -> None:
        self._served.pop(name, None)
        self._names.forget(name)

    def _tell(self, wanted: list[str], none: list[str]) -> None:
        for at in range(0, max(len(wanted), 1), _AT_ONCE):
            made = [self._resource(name) for name in wanted[at : at + _AT_ONCE]]
            if made or none:
                for call in self._calls:
                    call.say(made, none)
            none = []

    def _resource(self, name: str) -> bytes:
        day = int(time.time()) // _DAY
        self.minted += 1
        self._served[name] = day
        chain, key = self._authority.leaf(name)
        pair = field(2, field(1, field(2, chain)), field(2, field(2, key)))
        secret = field(2, field(1, KIND), field(2, field(1, name), pair))
        return field(2, field(1, f"{self._authority.mark}.{day}"), secret, field(3, name))


class _Call:
    def __init__(self, mint: Mint, send: Send) -> None:
        self._mint = mint
        self._send = send
        self._said = 0

    def take(self, message: bytes) -> None:
        asked = _read(message)
        if asked is not None:
            self._mint.answer(asked)

    def end(self) -> None:
        self._mint.close(self)

    def say(self, made: Iterable[bytes], none: Iterable[str]) -> None:
        self._said += 1
        gone = [field(6, name) for name in none]
        self._send(b"".join([*made, field(4, KIND), field(5, str(self._said)), *gone]))


def _read(message: bytes) -> _Asked | None:
    """A DeltaDiscoveryRequest; None for one about something else than secrets."""
    texts: dict[int, list[str]] = {2: [], 3: [], 4: []}
    for number, value in read(message):
        if number in texts and isinstance(value, bytes):
            texts[number].append(value.decode("utf-8", "replace"))
    if texts[2] != [KIND]:
        return None
    pairs = (dict(read(entry)) for entry in inside(message, 5))
    has = {_text(pair.get(1)): _text(pair.get(2)) for pair in pairs}
    return _Asked(texts[3], texts[4], has)


def _text(value: int | bytes | None) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else ""
