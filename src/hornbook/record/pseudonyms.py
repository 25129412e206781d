"""Keys that stand for people in an analysis, and stop standing for them when the salt is gone."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Sequence

_OCTETS = 10  # 80 bits: no two people of a state share one


def pseudonym(person: str, salt: bytes) -> str:
    """The same key for the same person under one salt; "" stays "" (nobody known).

    HMAC-SHA-256, shortened to 16 letters. Another salt gives keys that nobody can join with
    these; without the salt nobody can go back to the person, not even by trying all of them.
    """
    if len(salt) < 16:
        raise ValueError("a salt has at least 16 octets")
    if not person:
        return ""
    digest = hmac.digest(salt, person.encode(), "sha256")[:_OCTETS]
    return base64.b32encode(digest).decode().lower()


def pseudonyms(persons: Sequence[str], salt: bytes) -> list[str]:
    """The same for a column; each distinct person is looked at once."""
    known = {person: pseudonym(person, salt) for person in set(persons)}
    return [known[person] for person in persons]
