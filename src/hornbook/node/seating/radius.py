"""RADIUS accounting (RFC 2866): who signed in to the network, from which machine, at which address.

Only what is needed to know who asks: Accounting-Request in, Accounting-Response out. Every
request carries an authenticator that only who knows the shared secret can make (RFC 2866
section 3); what does not carry it is dropped without an answer.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import struct
from collections.abc import Iterator
from dataclasses import dataclass

REQUEST, RESPONSE = 4, 5
START, STOP, INTERIM, ACCOUNTING_ON, ACCOUNTING_OFF = 1, 2, 3, 7, 8
MAX_PACKET = 4096  # RFC 2865 section 3
_HEAD = struct.Struct("!BBH16s")
_USER_NAME, _FRAMED_IP, _CALLING_STATION, _STATUS = 1, 8, 31, 40
_MESSAGE_AUTHENTICATOR, _FRAMED_PREFIX, _FRAMED_IPV6 = 80, 97, 168


class BadPacket(ValueError):
    """This is no accounting request that can be believed; the message says why."""


@dataclass(frozen=True)
class Accounting:
    """One request: ``status`` as numbered above; what it does not tell is empty.

    ``mac`` is twelve small hexadecimal digits, ``addresses`` are in text form.
    """

    status: int
    user: str
    mac: str
    addresses: tuple[str, ...]

    @property
    def here(self) -> bool:
        """Whether the machine is on the network now."""
        return self.status in (START, INTERIM)


def read_accounting(packet: bytes, secret: bytes) -> Accounting:
    """What an Accounting-Request tells. Raises BadPacket for any other octets."""
    if not _HEAD.size <= len(packet) <= MAX_PACKET:
        raise BadPacket("it does not have the size of a RADIUS packet")
    code, _, length, authenticator = _HEAD.unpack_from(packet)
    if code != REQUEST or not _HEAD.size <= length <= len(packet):
        raise BadPacket("it is no whole Accounting-Request")
    packet = packet[:length]
    proof = hashlib.md5(  # noqa: S324  (RFC 2866 knows no other)
        packet[:4] + bytes(16) + packet[20:] + secret
    ).digest()
    if not hmac.compare_digest(proof, authenticator):
        raise BadPacket("it was not made with our secret")
    found = list(_attributes(packet))
    _check_message(packet, found, secret)
    told = {kind: value for kind, value, _ in found}
    return Accounting(
        int.from_bytes(told.get(_STATUS, b""), "big"),
        told.get(_USER_NAME, b"").decode("utf-8", "replace").strip("\0 "),
        _mac(told.get(_CALLING_STATION, b"")),
        tuple(_addresses(told)),
    )


def response(request: bytes, secret: bytes) -> bytes:
    """The Accounting-Response to a request that was read (RFC 2866 section 3)."""
    head = struct.pack("!BBH", RESPONSE, request[1], _HEAD.size)
    return head + hashlib.md5(head + request[4:20] + secret).digest()  # noqa: S324


def _attributes(packet: bytes) -> Iterator[tuple[int, bytes, int]]:
    """(type, value, offset of the value) of each; a length that does not fit raises BadPacket."""
    at = _HEAD.size
    while at < len(packet):
        if at + 2 > len(packet) or packet[at + 1] < 2 or at + packet[at + 1] > len(packet):
            raise BadPacket("an attribute reaches beyond its end")
        yield packet[at], packet[at + 2 : at + packet[at + 1]], at + 2
        at += packet[at + 1]


def _check_message(packet: bytes, found: list[tuple[int, bytes, int]], secret: bytes) -> None:
    """A Message-Authenticator, where one is sent, must be right too (RFC 5080 section 2.2.2)."""
    for kind, value, at in found:
        if kind == _MESSAGE_AUTHENTICATOR:
            bare = packet[:4] + bytes(16) + packet[20:at] + bytes(16) + packet[at + 16 :]
            if not hmac.compare_digest(hmac.digest(secret, bare, "md5"), value):
                raise BadPacket("its Message-Authenticator is wrong")


def _mac(value: bytes) -> str:
    """Calling-Station-Id holds a MAC address in any of four spellings, or a telephone number."""
    text = value.decode("ascii", "replace").lower()
    plain = "".join(character for character in text if character not in "-:. ")[:12]
    return plain if len(plain) == 12 and all(c in "0123456789abcdef" for c in plain) else ""


def _addresses(told: dict[int, bytes]) -> Iterator[str]:
    v4, v6 = told.get(_FRAMED_IP, b""), told.get(_FRAMED_IPV6, b"")
    if len(v4) == 4 and v4 not in (b"\xff\xff\xff\xff", b"\xff\xff\xff\xfe", bytes(4)):
        yield str(ipaddress.IPv4Address(v4))
    if len(v6) == 16:
        yield str(ipaddress.IPv6Address(v6))
    prefix = told.get(_FRAMED_PREFIX, b"")
    if len(prefix) >= 2 and prefix[1] <= 128:
        octets = prefix[2:18].ljust(16, b"\0")
        whole = ipaddress.IPv6Network((octets, prefix[1]), strict=False)
        yield str(whole)
