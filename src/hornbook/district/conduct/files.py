"""Files that come with a report: known by their content, never by their name."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass


@dataclass(frozen=True)
class Cleaned:
    """A file without what tells where and with what it was made; ``original`` where it is kept."""

    media_type: str
    clean: bytes
    original: bytes | None = None

    @staticmethod
    def sha256_of(octets: bytes) -> str:
        return hashlib.sha256(octets).hexdigest()
