"""As much of the protobuf wire format as a dozen small messages of Envoy need.

A message is (field number, value) pairs; a value is a number, or octets: a text or a message
inside. https://protobuf.dev/programming-guides/encoding
"""

from __future__ import annotations

from collections.abc import Iterator

_VARINT, _FIXED64, _LENGTH, _FIXED32 = 0, 1, 2, 5


class BadMessage(ValueError):
    """These octets are no message."""


def read(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    """The fields in their order. Raises BadMessage."""
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        number, kind = tag >> 3, tag & 7
        if kind == _VARINT:
            value, at = _varint(message, at)
            yield number, value
            continue
        size = {_FIXED64: 8, _FIXED32: 4}.get(kind)
        if kind == _LENGTH:
            size, at = _varint(message, at)
        if size is None or at + size > len(message):
            raise BadMessage(f"field {number} does not end")
        yield number, message[at : at + size]
        at += size


def inside(message: bytes, *path: int) -> Iterator[bytes]:
    """The octets of every field that is reached by this way of field numbers."""
    for number, value in read(message):
        if number == path[0] and isinstance(value, bytes):
            if len(path) == 1:
                yield value
            else:
                yield from inside(value, *path[1:])


def field(number: int, *values: bytes | str) -> bytes:
    """A text, or a message made of these pieces."""
    body = b"".join(value.encode() if isinstance(value, str) else value for value in values)
    return _as_varint(number << 3 | _LENGTH) + _as_varint(len(body)) + body


def _varint(message: bytes, at: int) -> tuple[int, int]:
    found = 0
    for shift in range(0, 64, 7):
        if at >= len(message):
            break
        octet = message[at]
        at += 1
        found |= (octet & 127) << shift
        if octet < 128:
            return found, at
    raise BadMessage("a number without an end")


def _as_varint(number: int) -> bytes:
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)
