"""What a forwarder tells about its client in the OPT record of a question.

``dnsmasq --add-mac`` adds option 65001 with the client's six octets of MAC address (a local
use code, RFC 6891 section 9). ``--add-subnet=32,128`` adds the client's address as EDNS Client
Subnet (RFC 7871 section 6). Whoever asks can write there what they like: believe it of
trusted forwarders only (``forwarders.py``).
"""

from __future__ import annotations

import ipaddress
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from hornbook.node.dns.wire import OPT, RECORD, BadMessage, skip_name

MAC_OPTION, CLIENT_SUBNET = 65001, 8
_HEAD = struct.Struct("!HH")  # option code and length
_SUBNET = struct.Struct("!HBB")  # family, source and scope prefix length
_WHOLE = {(1, 32): 4, (2, 128): 16}  # family and source prefix of one address → its octets
_MAX_RECORDS = 4


@dataclass(frozen=True, slots=True)
class Told:
    """``mac`` is six octets, ``client`` an address in text form; None where nothing is told."""

    mac: bytes | None = None
    client: str | None = None


NOTHING = Told()


def read_told(packet: bytes, at: int) -> Told:
    """What the OPT record tells; ``at`` is the offset behind the question.

    Any octets are read or give ``NOTHING``. An option that is given twice, or that does not
    have the size it must have, tells nothing; a subnet tells an address only when it is one.
    """
    try:
        options = list(_options(_opt_body(packet, at)))
    except (BadMessage, struct.error):
        return NOTHING
    mac = _only(MAC_OPTION, options)
    return Told(mac if mac and len(mac) == 6 else None, _address(_only(CLIENT_SUBNET, options)))


def _opt_body(packet: bytes, at: int) -> bytes:
    for _ in range(_MAX_RECORDS):
        if at >= len(packet):
            break
        at = skip_name(packet, at)
        rtype, _, _, length = RECORD.unpack_from(packet, at)
        at += RECORD.size + length
        if at > len(packet):
            raise BadMessage
        if rtype == OPT:
            return packet[at - length : at]
    return b""


def _options(body: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at < len(body):
        code, length = _HEAD.unpack_from(body, at)
        at += _HEAD.size + length
        if at > len(body):
            raise BadMessage
        yield code, body[at - length : at]


def _only(code: int, options: list[tuple[int, bytes]]) -> bytes | None:
    found = [value for other, value in options if other == code]
    return found[0] if len(found) == 1 else None


def _address(value: bytes | None) -> str | None:
    if value is None or len(value) < _SUBNET.size:
        return None
    family, source, _scope = _SUBNET.unpack_from(value)
    octets = value[_SUBNET.size :]
    if _WHOLE.get((family, source)) != len(octets):
        return None
    return str(ipaddress.ip_address(octets))
