"""The PROXY protocol, version 2 (haproxy.org, proxy-protocol.txt): who a stream comes from.

Envoy writes this header in front of every DNS stream. Nobody else can reach the socket.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from hornbook.node.dns.columns import MAPPED

_SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"
_FIXED = struct.Struct("!12sBBH")  # signature, version and command, family, length
_PROXY = 0x21
_FAMILY = {0x11: 4, 0x21: 16}  # octets of an address: TCP over IPv4, over IPv6
_AUTHORITY = 0x02  # the TLV with the name that the client asked TLS for
_LARGEST = 1024


class BadHeader(ValueError):
    """The stream does not begin as Envoy begins it."""


@dataclass(frozen=True, slots=True)
class Origin:
    """``client`` 16 octets (IPv4 mapped), ``name`` from SNI in lower case, "" without one."""

    client: bytes
    name: str


def read_origin(data: bytes) -> tuple[Origin, int] | None:
    """(origin, length of the header), or None until all of it is there. Raises BadHeader."""
    if not _SIGNATURE.startswith(data[:12]):
        raise BadHeader
    if len(data) < _FIXED.size:
        return None
    _, command, family, length = _FIXED.unpack_from(data)
    size = _FAMILY.get(family, 0)
    if command != _PROXY or not size or not 2 * size + 4 <= length <= _LARGEST:
        raise BadHeader
    end = _FIXED.size + length
    if len(data) < end:
        return None
    client = data[_FIXED.size : _FIXED.size + size]
    name = _authority(data[_FIXED.size + 2 * size + 4 : end])
    return Origin(client if size == 16 else MAPPED + client, name), end


def _authority(tlvs: bytes) -> str:
    at = 0
    while at + 3 <= len(tlvs):
        kind, length = struct.unpack_from("!BH", tlvs, at)
        at += 3 + length
        if kind == _AUTHORITY:
            return tlvs[at - length : at].decode("ascii", "replace").lower()
    return ""
