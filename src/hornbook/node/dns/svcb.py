"""The data of SVCB and HTTPS records (RFC 9460), cut to what the network lets through.

``ech`` (RFC 9849) would hide the name from the filter that must judge it. Where QUIC is closed,
``h3`` would only send browsers into a time-out.
"""

from __future__ import annotations

import struct
from collections.abc import Callable

from hornbook.node.dns.wire import BadMessage

MANDATORY, ALPN, NO_DEFAULT_ALPN, IPV4HINT, ECH, IPV6HINT = 0, 1, 2, 4, 5, 6
_HINTS = {IPV4HINT: 4, IPV6HINT: 16}
Params = dict[int, bytes]


def cut(params: bytes, *, quic_closed: bool, is_private: Callable[[bytes], bool]) -> bytes | None:
    """The parameters that may be told, in wire form; None when the record is of no use then.

    ``params`` is what stands behind the target's name. Hints with an address that
    ``is_private`` are left out. Raises BadMessage for what does not follow RFC 9460 2.2.
    """
    found = read(params)
    found.pop(ECH, None)
    if quic_closed and not _without_h3(found):
        return None
    for key, size in _HINTS.items():
        if any(is_private(address) for address in _pieces(found.get(key, b""), size)):
            del found[key]
    _renew_mandatory(found)
    return b"".join(struct.pack("!HH", key, len(found[key])) + found[key] for key in sorted(found))


def read(params: bytes) -> Params:
    """Values by key. Raises BadMessage where keys do not grow or a value ends too early."""
    found: Params = {}
    at, last = 0, -1
    while at < len(params):
        if at + 4 > len(params):
            raise BadMessage
        key, length = struct.unpack_from("!HH", params, at)
        at += 4 + length
        if key <= last or at > len(params):
            raise BadMessage
        found[key] = params[at - length : at]
        last = key
    return found


def _without_h3(found: Params) -> bool:
    """Take h3 (and its drafts) out of ALPN; False when no protocol is left at all."""
    if ALPN not in found:
        return True
    kept = [name for name in _names(found[ALPN]) if name != b"h3" and not name.startswith(b"h3-")]
    if kept:
        found[ALPN] = b"".join(bytes([len(name)]) + name for name in kept)
        return True
    del found[ALPN]  # the default protocol remains, unless the record excludes it
    return found.pop(NO_DEFAULT_ALPN, None) is None


def _names(alpn: bytes) -> list[bytes]:
    names, at = [], 0
    while at < len(alpn):
        end = at + 1 + alpn[at]
        if end > len(alpn) or end == at + 1:
            raise BadMessage
        names.append(alpn[at + 1 : end])
        at = end
    return names


def _pieces(value: bytes, size: int) -> list[bytes]:
    if len(value) % size:
        raise BadMessage
    return [value[at : at + size] for at in range(0, len(value), size)]


def _renew_mandatory(found: Params) -> None:
    """A key that is not there any more must not be called mandatory (RFC 9460 8)."""
    if MANDATORY not in found:
        return
    kept = [key for key in _pieces(found[MANDATORY], 2) if int.from_bytes(key, "big") in found]
    found[MANDATORY] = b"".join(kept)
    if not kept:
        del found[MANDATORY]
