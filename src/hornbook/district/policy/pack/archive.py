"""Files into one archive that shows by itself whether a single octet was changed. Pure.

A ZIP file ends with a comment; ours is 64 hexadecimal digits, the SHA-256 of everything before
them. So no octet of the file, not even of its directory, can change unnoticed, and any program
that opens ZIP files opens this one.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

FORMAT = "hornbook-pack/1"
SEAL = 64
_EPOCH = (1980, 1, 1, 0, 0, 0)
_READ_BY_ALL = 0o644 << 16


@dataclass(frozen=True)
class Archive:
    """The octets of a pack, and the seal at their end."""

    data: bytes
    seal: str


def pack(files: Mapping[str, bytes], about: Mapping[str, Any]) -> Archive:
    """One archive with a manifest of every file. The same files always give the same octets."""
    listed = [
        {"name": name, "octets": len(body), "sha256": hashlib.sha256(body).hexdigest()}
        for name, body in sorted(files.items())
    ]
    manifest = as_json({"format": FORMAT, **about, "files": listed})
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name, body in [("manifest.json", manifest), *sorted(files.items())]:
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = _READ_BY_ALL
            archive.writestr(entry, body)
        archive.comment = b"0" * SEAL
    body = out.getvalue()[:-SEAL]
    seal = hashlib.sha256(body).hexdigest()
    return Archive(body + seal.encode(), seal)


def as_json(value: object) -> bytes:
    """Readable, and the same octets for the same value."""
    return json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False).encode() + b"\n"
