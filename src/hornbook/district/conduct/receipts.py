"""The 16 digits by which whoever told something comes back: 15 random ones and a check digit.

They are known to nobody else: kept is a slow hash (scrypt, RFC 7914) with a secret of the
instance as its salt, so that a copy of the database alone does not even let one try.
"""

from __future__ import annotations

import secrets
from hashlib import scrypt

from hornbook.instance import Instance

DIGITS = 16
_SECRET = "receipts.salt"  # noqa: S105  (the name of the secret, not the secret)
_COST = {"n": 2**14, "r": 8, "p": 1, "maxmem": 64 * 2**20}


def new_receipt() -> str:
    """Sixteen digits; 2^49.8 of them are possible."""
    body = f"{secrets.randbelow(10 ** (DIGITS - 1)):0{DIGITS - 1}}"
    return body + check_digit(body)


def check_digit(body: str) -> str:
    """Luhn's (ISO/IEC 7812-1): one wrong digit, and most that changed places, are noticed."""
    doubled = (int(c) * (2 - n % 2) for n, c in enumerate(reversed(body)))
    return str(-sum(d // 10 + d % 10 for d in doubled) % 10)


def read_receipt(typed: str) -> str | None:
    """The digits of what somebody typed, spaces and dashes aside; None when they cannot be one."""
    digits = "".join(c for c in typed if c in "0123456789")
    if len(digits) != DIGITS or check_digit(digits[:-1]) != digits[-1]:
        return None
    return digits


def in_groups(receipt: str) -> str:
    """1234 5678 9012 3456"""
    return " ".join(receipt[n : n + 4] for n in range(0, DIGITS, 4))


def hash_of(receipt: str, instance: Instance) -> str:
    """What is kept of a receipt. It takes some 50 ms on purpose."""
    salt = instance.secret(_SECRET).encode()
    return scrypt(receipt.encode(), salt=salt, dklen=32, **_COST).hex()
