"""DNS cookies (RFC 7873) as RFC 9018 makes them: who has one has been reached at its address.

A client that brings back the cookie that it got here cannot have a forged source address, so
its questions are never limited (``limits.py``). Nobody is refused for having none.
"""

from __future__ import annotations

import hashlib
import ipaddress
import struct

OPTION = 10
CLIENT, SERVER = 8, 16  # octets of each half as we make them
LONGEST = 40
_VERSION = b"\1\0\0\0"  # version 1, reserved
_AGE = 3600  # seconds that a cookie is good for (RFC 9018 4.3)
_RENEW = 1800
_AHEAD = 300  # seconds that another node's clock may be ahead
_MASK = (1 << 64) - 1


class Cookies:
    """The cookies of one secret, which all nodes at one address must share."""

    def __init__(self, secret: str) -> None:
        self._key = hashlib.sha256(secret.encode()).digest()[:16]

    def answer(self, cookie: bytes, client: str, now: float) -> tuple[bytes, bool]:
        """The whole cookie to send, and whether the one that came is a good one of ours."""
        mine, address = cookie[:CLIENT], _octets(client)
        good, age = self._is_good(cookie, address, int(now))
        if good and age < _RENEW:
            return cookie, True
        return mine + self._make(mine, address, int(now)), good

    def _is_good(self, cookie: bytes, address: bytes, now: int) -> tuple[bool, int]:
        if len(cookie) != CLIENT + SERVER or cookie[CLIENT : CLIENT + 4] != _VERSION:
            return False, 0
        (made,) = struct.unpack_from("!I", cookie, CLIENT + 4)
        age = (now - made) & 0xFFFFFFFF
        age -= (age >> 31) << 32  # serial number arithmetic, RFC 1982
        if not -_AHEAD <= age <= _AGE:
            return False, 0
        return self._make(cookie[:CLIENT], address, made) == cookie[CLIENT:], age

    def _make(self, mine: bytes, address: bytes, at: int) -> bytes:
        head = _VERSION + struct.pack("!I", at & 0xFFFFFFFF)
        return head + siphash(self._key, mine + head + address)


def is_well_formed(cookie: bytes) -> bool:
    """A client's half alone, or with a server's half of 8 to 32 octets (RFC 7873 4)."""
    return len(cookie) == CLIENT or 2 * CLIENT <= len(cookie) <= LONGEST


def siphash(key: bytes, message: bytes) -> bytes:
    """SipHash-2-4 (Aumasson and Bernstein, 2012): 8 octets."""
    low, high = struct.unpack("<QQ", key)
    state = [
        low ^ 0x736F6D6570736575,
        high ^ 0x646F72616E646F6D,
        low ^ 0x6C7967656E657261,
        high ^ 0x7465646279746573,
    ]
    padded = message + bytes(7 - len(message) % 8) + bytes([len(message) & 255])
    for (word,) in struct.iter_unpack("<Q", padded):
        state[3] ^= word
        _rounds(state, 2)
        state[0] ^= word
    state[2] ^= 255
    _rounds(state, 4)
    return struct.pack("<Q", state[0] ^ state[1] ^ state[2] ^ state[3])


def _rounds(state: list[int], count: int) -> None:
    a, b, c, d = state
    for _ in range(count):
        a, c = (a + b) & _MASK, (c + d) & _MASK
        b, d = _turned(b, 13) ^ a, _turned(d, 16) ^ c
        a = _turned(a, 32)
        c, a = (c + b) & _MASK, (a + d) & _MASK
        b, d = _turned(b, 17) ^ c, _turned(d, 21) ^ a
        c = _turned(c, 32)
    state[:] = a, b, c, d


def _turned(word: int, bits: int) -> int:
    return (word << bits | word >> 64 - bits) & _MASK


def _octets(client: str) -> bytes:
    return ipaddress.ip_address(client.partition("%")[0]).packed
