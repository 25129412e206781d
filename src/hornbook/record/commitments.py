"""Salted commitments: a log may say *that* something was written without keeping *what*.

A leaf holds HMAC-SHA-256(salt, canonical JSON of the value); salt and value stand elsewhere.
While they stand, anyone can check them against the leaf. Once they are destroyed, nobody can
tell from the leaf what they were, not even by guessing, and the tree is as whole as before.
"""

from __future__ import annotations

import hmac
import json
import secrets
from dataclasses import dataclass
from typing import Any

SALT_OCTETS = 32


@dataclass(frozen=True)
class Opening:
    """What opens one commitment: the salt (octets) and the value (JSON types only)."""

    salt: bytes
    value: Any

    @classmethod
    def of(cls, value: Any) -> Opening:
        """An opening with a fresh random salt."""
        return cls(secrets.token_bytes(SALT_OCTETS), value)

    @property
    def commitment(self) -> str:
        """What the leaf holds: 64 hexadecimal digits."""
        body = json.dumps(self.value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hmac.digest(self.salt, body.encode(), "sha256").hex()

    def opens(self, commitment: str) -> bool:
        return hmac.compare_digest(self.commitment, commitment)
