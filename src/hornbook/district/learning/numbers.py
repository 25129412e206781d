"""Numbers that people type: hard to guess, hard to mistype, easy to read out.

Sixteen characters of Crockford's base 32 (no I, L, O, U) in four groups: fifteen at random, which
is 75 bits, and a check character (the hybrid system of ISO 7064 with M = 32: every single wrong
character is noticed, and nearly every pair that changed places).
"""

from __future__ import annotations

import secrets

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 16
_M = len(ALPHABET)
_READ_AS = {"I": "1", "L": "1", "O": "0", "U": "V"}


class BadNumber(ValueError):
    """What was typed is no number; the message says what to look at."""


def new_number() -> str:
    """For example ``7K3M-9QXD-4T2P-WC50``."""
    random = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH - 1))
    return _grouped(random + check_character(random))


def check_character(characters: str) -> str:
    """ISO 7064, hybrid system MOD M+1,M: the character that makes the whole come out as 1."""
    value = _M
    for character in characters:
        value = (value + ALPHABET.index(character)) % _M or _M
        value = value * 2 % (_M + 1)
    return ALPHABET[(1 - value) % _M]


def read_number(typed: str) -> str:
    """The number as it is kept. Small letters, spaces and hyphens do not matter; O is 0, I is 1.

    Raises BadNumber.
    """
    characters = "".join(_READ_AS.get(c, c) for c in typed.upper() if c not in " -–\t")
    if len(characters) != LENGTH:
        raise BadNumber(f"A number has {LENGTH} letters and digits; this has {len(characters)}.")
    strange = next((c for c in characters if c not in ALPHABET), None)
    if strange is not None:
        raise BadNumber(f"“{strange}” is not used in these numbers.")
    if check_character(characters[:-1]) != characters[-1]:
        raise BadNumber("One character is wrong or two changed places. Compare it once more.")
    return _grouped(characters)


def _grouped(characters: str) -> str:
    return "-".join(characters[i : i + 4] for i in range(0, LENGTH, 4))
