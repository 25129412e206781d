"""Header blocks (RFC 7541), as far as our own Envoy sends them and we answer them.

Envoy is told to keep no dynamic table, so a block means the same each time it comes, and what
it means can be remembered. Only the fields that a DNS request has are read; all others are
stepped over.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache

CLIENT_HEADER = "x-hornbook-client"  # set by Envoy, whatever a client sends

_REMEMBERED = 512  # octets: longer blocks are read each time
STATIC = 61  # entries of the static table (RFC 7541 Appendix A)
_NAMED = {2: b":method", 3: b":method", 4: b":path", 5: b":path", 31: b"content-type"}
_STATIC_VALUE = {2: b"GET", 3: b"POST", 4: b"/", 5: b"/index.html"}
_WANTED = frozenset([*_NAMED.values(), CLIENT_HEADER.encode()])

# Appendix B is a canonical code: symbols by length give it whole. Longer codes stand for
# octets that no path, media type or address has.
_SYMBOLS = {
    5: b"012aceiost",
    6: b" %-./3456789=A_bdfghlmnpru",
    7: b":BCDEFGHIJKLMNOPQRSTUVWYjkqvwxyz",
    8: b"&*,;XZ",
    10: b'!"()?',
    11: b"'+|",
    12: b"#>",
    13: b"\0$@[]~",
    14: b"^}",
    15: b"<`{",
}
LONGEST = 15


class BadBlock(ValueError):
    """A header block that cannot be read, or that our Envoy would not send."""


@dataclass(frozen=True, slots=True)
class Head:
    """What a DNS request says in its header; ``client`` is the address that Envoy saw."""

    method: bytes
    path: bytes
    content_type: bytes
    client: bytes


def read_head(block: bytes) -> Head:
    """The fields of one header block. Raises BadBlock."""
    return _remembered(block) if len(block) <= _REMEMBERED else _read_head(block)


def _read_head(block: bytes) -> Head:
    fields: dict[bytes, bytes] = {}
    at = 0
    while at < len(block):
        at = _field(block, at, fields)
    get = fields.get
    client = get(CLIENT_HEADER.encode(), b"")
    return Head(get(b":method", b""), get(b":path", b""), get(b"content-type", b""), client)


_remembered = lru_cache(maxsize=4096)(_read_head)


def _field(block: bytes, at: int, fields: dict[bytes, bytes]) -> int:
    """Read the field at ``at`` into ``fields`` when it is wanted; where the next one begins."""
    first = block[at]
    if first & 0x80:  # 6.1: a whole entry of the static table
        index, at = _integer(block, at, 7)
        if index in _STATIC_VALUE:
            fields[_NAMED[index]] = _STATIC_VALUE[index]
        elif not 0 < index <= STATIC:
            raise BadBlock("an entry of a dynamic table")
        return at
    if first & 0xE0 == 0x20:  # 6.3: a new table size
        return _integer(block, at, 5)[1]
    index, at = _integer(block, at, 6 if first & 0x40 else 4)  # 6.2: a literal value
    if index > STATIC:
        raise BadBlock("a name of a dynamic table")
    name: bytes | None = _NAMED.get(index, b"")
    if index == 0:
        name, at = _string(block, at, wanted=True)
    value, at = _string(block, at, wanted=name in _WANTED)
    if name in _WANTED:
        fields[name] = value
    return at


def _integer(block: bytes, at: int, bits: int) -> tuple[int, int]:
    """5.1: (number, where the next octet is)."""
    most = (1 << bits) - 1
    number = block[at] & most
    at += 1
    if number < most:
        return number, at
    for shift in (0, 7, 14):
        if at >= len(block):
            break
        octet = block[at]
        at += 1
        number += (octet & 127) << shift
        if octet < 128:
            return number, at
    raise BadBlock("a number without an end")


def _string(block: bytes, at: int, *, wanted: bool) -> tuple[bytes, int]:
    """5.2: (text, where the next octet is); the text is empty when it is not wanted."""
    if at >= len(block):
        raise BadBlock("a field without a value")
    packed = block[at] & 0x80
    length, at = _integer(block, at, 7)
    end = at + length
    if end > len(block):
        raise BadBlock("a text longer than its block")
    if not wanted:
        return b"", end
    return (unpack(block[at:end]) if packed else block[at:end]), end


def _codes() -> dict[tuple[int, int], int]:
    found: dict[tuple[int, int], int] = {}
    code = length = 0
    for wanted, symbols in _SYMBOLS.items():
        code <<= wanted - length
        length = wanted
        for symbol in symbols:
            found[length, code] = symbol
            code += 1
    return found


_CODES = _codes()
SYMBOLS = b"".join(_SYMBOLS.values())


def _lengths() -> list[tuple[int, int, int]]:
    """For each length from 0 on: its first code, how many there are, where in ``SYMBOLS``."""
    found = [(0, 0, 0)] * (LONGEST + 1)
    for length, symbols in _SYMBOLS.items():
        first = min(code for size, code in _CODES if size == length)
        found[length] = first, len(symbols), SYMBOLS.index(symbols)
    return found


LENGTHS = _lengths()


def unpack(packed: bytes) -> bytes:
    """A text in the Huffman code. Raises BadBlock for octets that no field of ours has."""
    out = []
    state = (0, 0)
    for octet in packed:
        state, found = _walk(state, octet)
        out.append(found)
    length, code = state
    if length > 7 or code != (1 << length) - 1:
        raise BadBlock("a text whose padding is not ones")
    return b"".join(out)


@cache
def _walk(state: tuple[int, int], octet: int) -> tuple[tuple[int, int], bytes]:
    """Eight bits further: the code that is begun, and what was ended. At most 256 x 256."""
    length, code = state
    out = bytearray()
    for shift in range(7, -1, -1):
        length, code = length + 1, code << 1 | octet >> shift & 1
        symbol = _CODES.get((length, code))
        if symbol is not None:
            out.append(symbol)
            length = code = 0
        elif length > LONGEST:
            raise BadBlock("an octet that no field of ours has")
    return (length, code), bytes(out)


@lru_cache(maxsize=8192)
def answer_block(status: int, length: int, max_age: int | None) -> bytes:
    """The header block of an answer; ``max_age`` None is for what is no DNS message."""
    fields = _status(status)
    if max_age is not None:
        fields += _MESSAGE
        fields += b"\x0f\x09" + _plain(f"max-age={max_age}")  # cache-control
    if status == 405:
        fields += b"\x0f\x07" + _plain("GET, POST")  # allow
    return fields + b"\x0f\x0d" + _plain(str(length))  # content-length


def _plain(text: str) -> bytes:
    return bytes([len(text)]) + text.encode()


def _status(status: int) -> bytes:
    return b"\x20\x08" + _plain(str(status))  # no dynamic table (6.3); :status


_MESSAGE = b"\x0f\x10" + _plain("application/dns-message")  # content-type
WHOLE_ANSWER = _status(200) + _MESSAGE  # then max-age and length
