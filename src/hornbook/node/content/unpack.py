"""Undo the compression of a body, never further than a bound: a small body may hold a huge one."""

from __future__ import annotations

import zlib

MOST = 8 << 20  # octets; what lies behind is not looked at
ENCODINGS = ("", "identity", "gzip", "x-gzip", "deflate")


class Packed(ValueError):
    """The body cannot be unpacked; the message says why."""


def unpacked(body: bytes, encoding: str, most: int = MOST) -> tuple[bytes, bool]:
    """(at most ``most`` octets, whether that is all). A body cut short gives what there is.

    Raises Packed for an encoding that is not known, several, and octets that are none of it.
    """
    name = encoding.strip().lower()
    if name not in ENCODINGS:
        raise Packed(f"packed with {name[:30]}")
    if name in ("", "identity"):
        return body[:most], len(body) <= most
    try:
        return _inflated(body, zlib.MAX_WBITS | 32, most)
    except zlib.error as error:
        if name == "deflate":
            return _raw(body, most)
        raise Packed("the packing is broken") from error


def _raw(body: bytes, most: int) -> tuple[bytes, bool]:
    """Some servers say “deflate” and send it without its frame."""
    try:
        return _inflated(body, -zlib.MAX_WBITS, most)
    except zlib.error as error:
        raise Packed("the packing is broken") from error


def _inflated(body: bytes, bits: int, most: int) -> tuple[bytes, bool]:
    stream = zlib.decompressobj(bits)
    found = stream.decompress(body, most)
    return found, not stream.unconsumed_tail
