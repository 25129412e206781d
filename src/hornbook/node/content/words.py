"""What Envoy's external processing says and hears, as far as answers need it.

https://www.envoyproxy.io/docs/envoy/v1.40.0/api-v3/service/ext_proc/v3/external_processor.proto
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from hornbook.node.envoy.protobuf import BadMessage, field, inside, read

PATH = "/envoy.service.ext_proc.v3.ExternalProcessor/Process"
HEADERS, BODY = 3, 5  # of an answer; in what is heard
REQUEST_BODY = 4
NAMESPACE = "hornbook"  # as in ask.lua
_SAID = {2: 1, 3: 2, 4: 3, 5: 4, 6: 5, 7: 6}  # heard → said
_OVERWRITE = 2


@dataclass(frozen=True)
class Heard:
    """``kind`` is ``HEADERS``, ``BODY``, or of no interest; ``told`` is metadata of the request."""

    kind: int
    headers: Mapping[str, str]
    body: bytes
    last: bool
    told: Mapping[str, str]
    attributes: Mapping[str, str]


def hear(message: bytes) -> Heard:
    """Raises BadMessage."""
    found = [(number, value) for number, value in read(message) if number in _SAID]
    if len(found) != 1 or not isinstance(found[0][1], bytes):
        raise BadMessage("not one part of an exchange")
    kind, part = found[0][0], found[0][1]
    flags = dict(read(part))
    return Heard(
        kind,
        _headers(part) if kind == HEADERS else {},
        next(inside(part, 1), b"") if kind in (BODY, REQUEST_BODY) else b"",
        bool(flags.get(3 if kind == HEADERS else 2)),
        _struct_of(inside(message, 8, 1), NAMESPACE),
        _attributes(message),
    )


def _headers(part: bytes) -> dict[str, str]:
    """The first value of each field, names in lower case as Envoy has them."""
    told: dict[str, str] = {}
    for header in inside(part, 1, 1):
        held = dict(read(header))
        value = held.get(3) or held.get(2) or b""
        told.setdefault(_text(held.get(1)).lower(), _text(value))
    return told


def _struct_of(entries: Iterable[bytes], name: str) -> dict[str, str]:
    """The texts of one namespace of metadata (a map of names to Struct)."""
    for entry in entries:
        held = dict(read(entry))
        struct = held.get(2)
        if _text(held.get(1)) == name and isinstance(struct, bytes):
            return _struct(struct)
    return {}


def _attributes(message: bytes) -> dict[str, str]:
    """Those of all filters together; there is one."""
    found: dict[str, str] = {}
    for entry in inside(message, 9):
        struct = dict(read(entry)).get(2)
        found |= _struct(struct) if isinstance(struct, bytes) else {}
    return found


def _struct(struct: bytes) -> dict[str, str]:
    pairs = (dict(read(entry)) for entry in inside(struct, 1))
    return {_text(pair.get(1)): _value(pair.get(2)) for pair in pairs}


def _value(value: int | bytes | None) -> str:
    return _text(next(inside(value, 3), b"")) if isinstance(value, bytes) else ""


def _text(value: int | bytes | None) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else ""


# --- what is said ----------------------------------------------------------------------------


def go_on(kind: int) -> bytes:
    """Nothing is changed."""
    return field(_SAID[kind], field(1, b""))


def bring_body() -> bytes:
    """Hold the answer and bring its body, up to Envoy's bound. Its length may change."""
    common = field(2, _removed("content-length", "etag", "accept-ranges"))
    mode = _number(1, 2) + _number(2, 1) + _number(4, 3)  # body of the answer: BUFFERED_PARTIAL
    return field(_SAID[HEADERS], field(1, common)) + field(9, mode)


def instead(body: bytes, fields: Mapping[str, str], gone: Iterable[str] = ()) -> bytes:
    """Another body for the one that was brought."""
    changes = b"".join(_set(name, value) for name, value in fields.items()) + _removed(*gone)
    return field(_SAID[BODY], field(1, field(2, changes), field(3, field(1, body))))


def refuse(status: int, fields: Mapping[str, str], body: bytes) -> bytes:
    """An answer of our own; nothing of the origin's is passed on."""
    headers = b"".join(_set(name, value) for name, value in fields.items())
    return field(7, field(1, _number(1, status)), field(2, headers), field(3, body))


def _set(name: str, value: str) -> bytes:
    header = field(1, name) + field(3, value)
    return field(1, field(1, header), _number(3, _OVERWRITE))


def _removed(*names: str) -> bytes:
    return b"".join(field(2, name) for name in names)


def _number(number: int, value: int) -> bytes:
    """A small number as a varint field."""
    out = bytearray([number << 3])
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)
