"""One immutable file: a header and aligned arrays, named by the SHA-256 of all its octets.

Layout: 16 octets magic, the header's length as uint64 (little-endian), the header (JSON:
``kind``, ``meta``, ``sections``), then each section at a multiple of 64 octets. The same
input gives the same octets, so a part that has not changed keeps its name.
"""

from __future__ import annotations

import hashlib
import json
import math
import mmap
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

MAGIC = b"hornbook part 1\n"
_ALIGNMENT = 64
_DTYPES = frozenset({"|u1", "<u2", "<u4", "<u8", "<i2", "<i4", "<i8"})
Array = NDArray[Any]


class BadPart(Exception):
    """A part file cannot be trusted; the message holds its path and the remedy."""

    def __init__(self, path: Path, trouble: str) -> None:
        super().__init__(
            f"{path} {trouble}. Run “hornbook publish” to write new parts; "
            "until then the last good ones stay in service."
        )
        self.path = path


@dataclass(frozen=True)
class Part:
    """An opened part: read-only arrays that live in the mapped file."""

    kind: str
    hash: str
    meta: dict[str, Any]
    arrays: dict[str, Array]


def encode_part(kind: str, meta: dict[str, Any], arrays: dict[str, Array]) -> bytes:
    """The octets of a part. ``meta`` must be JSON; arrays are integers of 1 to 8 octets."""
    sections, bodies, offset = {}, [], 0
    for name, array in arrays.items():
        body = np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<"), copy=False)
        if body.dtype.str not in _DTYPES:
            raise TypeError(f"the array {name} of a {kind} has the unknown type {body.dtype}")
        sections[name] = {"dtype": body.dtype.str, "shape": body.shape, "offset": offset}
        bodies.append(body.tobytes() + bytes(-body.nbytes % _ALIGNMENT))
        offset += len(bodies[-1])
    header = _json({"kind": kind, "meta": meta, "sections": sections})
    head = MAGIC + len(header).to_bytes(8, "little") + header
    return b"".join([head, bytes(-len(head) % _ALIGNMENT), *bodies])


def part_hash(body: bytes | mmap.mmap) -> str:
    """SHA-256 of all octets, in hexadecimal: the part's name."""
    return hashlib.sha256(body).hexdigest()


def open_part(path: Path, kind: str, expected_hash: str | None = None) -> Part:
    """Map the part at ``path`` after reading it once to prove its hash.

    ``expected_hash`` is the file's name where it is not given. Raises :class:`BadPart` for a
    file that is absent, torn, tampered with, or of another kind.
    """
    body = _map(path)
    found = part_hash(body)
    if found != (expected_hash or path.stem):
        raise BadPart(path, f"is damaged: its content has the hash {found[:12]}…")
    try:
        return _decode(body, kind, found)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadPart(path, f"is not a {kind} that this version can read ({error})") from error


def read_header(path: Path) -> dict[str, Any]:
    """A part's header without its arrays and without proof: to see what else it needs.

    Raises OSError, or ValueError where the file does not begin as a part does.
    """
    with path.open("rb") as file:
        if file.read(len(MAGIC)) != MAGIC:
            raise ValueError("it does not begin as a part does")
        found: dict[str, Any] = json.loads(file.read(int.from_bytes(file.read(8), "little")))
        return found


def _map(path: Path) -> mmap.mmap:
    try:
        with path.open("rb") as file:
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except FileNotFoundError as error:
        raise BadPart(path, "is missing") from error
    except (OSError, ValueError) as error:
        raise BadPart(path, f"cannot be read ({error})") from error


def _decode(body: mmap.mmap, kind: str, found: str) -> Part:
    if body[: len(MAGIC)] != MAGIC:
        raise ValueError("it does not begin as a part does")
    start = len(MAGIC) + 8
    end = start + int.from_bytes(body[len(MAGIC) : start], "little")
    if end > len(body):
        raise ValueError("its header is cut short")
    header = json.loads(body[start:end])
    if header["kind"] != kind:
        raise ValueError(f"it is a {header['kind']}")
    base = end + -end % _ALIGNMENT
    arrays = {name: _section(body, base, told) for name, told in header["sections"].items()}
    return Part(kind, found, header["meta"], arrays)


def _section(body: mmap.mmap, base: int, told: dict[str, Any]) -> Array:
    if told["dtype"] not in _DTYPES:
        raise ValueError(f"it has a section of the unknown type {told['dtype']}")
    shape = tuple(int(size) for size in told["shape"])
    offset = base + int(told["offset"])
    if min(shape, default=0) < 0 or offset % _ALIGNMENT or offset < base:
        raise ValueError("a section has an impossible place")
    if offset + math.prod(shape) * np.dtype(told["dtype"]).itemsize > len(body):
        raise ValueError("a section reaches beyond the end of the file")
    return np.ndarray(shape, told["dtype"], body, offset)


def _json(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
