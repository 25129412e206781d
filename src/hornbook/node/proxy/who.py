"""Who asks: what Envoy knows of a client, and which seat follows from it.

``ask.lua`` tells it as ``client|door|login|credentials``. The door is how the client came: "" in
plain text, ``tls``, the SHA-256 of the certificate that it showed and holds the key of, or ``bad``
for a certificate that no authority of ours signed, or that has ended. The login is a principal of
Kerberos whose ticket was good (``negotiate``). None of these can be written by a client: the first
two are of the connection, the third was told by us. Credentials are what the client wrote.

What is stronger decides (decision 220): a certificate, then what was shown with the request, then
the address. The certificate of a device that is nobody's in particular gives way to a person who
shows who they are. What was shown and is not good makes a client nobody, never the address's seat.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hornbook.kernel.seating import DIGEST, Seating
from hornbook.node.doh.clients import octets

PLAIN, TLS, BAD = "", "tls", "bad"
NEGOTIATE = "negotiate"


@dataclass(frozen=True, slots=True)
class Who:
    """``client`` has 16 octets, IPv4 mapped; ``token`` is empty without one."""

    client: bytes
    door: str = PLAIN
    login: str = ""
    credentials: str = ""
    token: bytes = b""

    @property
    def certificate(self) -> bytes:
        """The fingerprint of a certificate that is believed; zeros for one that is not."""
        if self.door in (PLAIN, TLS):
            return b""
        return bytes(DIGEST) if self.door == BAD else bytes.fromhex(self.door)

    @property
    def ticket(self) -> str | None:
        """What stands behind “Negotiate” in the credentials; None for others."""
        scheme, _, rest = self.credentials.partition(" ")
        return rest.strip() if scheme.lower() == NEGOTIATE else None

    @property
    def shows(self) -> bool:
        """Whether anything came with the request that says who asks, good or bad."""
        return bool(self.token or self.login) or self.ticket is not None


def read_who(told: str) -> Who:
    """Raises ValueError for what ``ask.lua`` would not tell."""
    client, door, login, credentials = told.split("|", 3)
    if door not in (PLAIN, TLS, BAD) and len(bytes.fromhex(door)) != DIGEST:
        raise ValueError("no such door")
    address = octets(client.strip("[]").encode())
    return Who(address, door, login, credentials, token_in(credentials))


def token_in(credentials: str) -> bytes:
    """The token of Basic credentials (RFC 7617): the password, or the name where there is none."""
    scheme, _, rest = credentials.partition(" ")
    if scheme.lower() != "basic":
        return b""
    try:
        user, _, password = base64.b64decode(rest.strip(), validate=True).partition(b":")
    except (binascii.Error, ValueError):
        return b""
    return password or user


def seats_of(seating: Seating, clients: Sequence[Who], now: float) -> NDArray[np.int32]:
    """The seat (n,) of each; 0 for nobody."""
    octets_ = b"".join(who.client for who in clients)
    seat = seating.by_v6(np.frombuffer(octets_, np.uint8).reshape(-1, 16))
    for row, who in enumerate(clients):
        if who.door not in (PLAIN, TLS) or who.shows:
            seat[row] = _shown(seating, who, now)
    return seat


def _shown(seating: Seating, who: Who, now: float) -> int:
    """The seat by certificate and credentials; at least one of them was shown."""
    said = _said(seating, who, now)
    if not who.certificate:
        return said
    device = int(seating.by_certificate([who.certificate], now=now)[0])
    if seating.seats[device].person or not said:
        return device
    return said if seating.seats[said].person or not device else device


def _said(seating: Seating, who: Who, now: float) -> int:
    if who.token:
        return int(seating.by_token([who.token], now=now)[0])
    return int(seating.by_login([who.login])[0]) if who.login else 0
