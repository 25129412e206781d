"""What stands for a person or a device on the wire: tokens, Chrome's hashed identifiers, MACs.

Chrome (policy ``DnsOverHttpsTemplatesWithIdentifiers``) puts the upper-case hexadecimal
SHA-256 of salt and value, one behind the other, where the template says ``${USER_EMAIL}``,
``${DEVICE_ASSET_ID}`` or ``${DEVICE_SERIAL_NUMBER}``. The salt (``DnsOverHttpsSalt``) must have
8 to 32 characters. A node knows people by the SHA-256 of what arrives, whatever its kind, so
that one look-up serves all.
"""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from pathlib import Path

from hornbook.instance import Instance

SALT_LENGTH = 32  # characters, the most that Chrome takes
_SALT = "chrome-salt-"
_MAC = re.compile(r"[0-9a-f]{12}")


def new_token() -> str:
    """160 random bits in 32 lower-case letters and digits.

    They fit a path and a DNS label (RFC 1035 2.3.4), whose case is not kept.
    """
    return base64.b32encode(secrets.token_bytes(20)).decode().lower()


def digest(arriving: str) -> bytes:
    """Under which a node keeps what arrives in a path or a server name: 32 octets."""
    return hashlib.sha256(arriving.encode()).digest()


def chrome_identifier(salt: str, value: str) -> str:
    """What Chrome sends for ``value``: 64 upper-case hexadecimal digits."""
    return hashlib.sha256((salt + value).encode()).hexdigest().upper()


def chrome_salts(instance: Instance) -> list[str]:
    """The salt in use, and the one before it where there is one."""
    newest = max(_generations(instance), default=1)
    kept = [newest, newest - 1] if newest - 1 in _generations(instance) else [newest]
    return [_salt(instance, generation) for generation in kept]


def rotate_chrome_salt(instance: Instance) -> int:
    """Make the next salt; the one before stays good, older ones go. Returns its number."""
    chrome_salts(instance)  # the first is number 1 even where nobody asked for it yet
    known = _generations(instance)
    newest = max(known) + 1
    _salt(instance, newest)
    for old in known:
        if old < newest - 1:
            (_folder(instance) / f"{_SALT}{old}").unlink(missing_ok=True)
    return newest


def _salt(instance: Instance, generation: int) -> str:
    return instance.secret(f"{_SALT}{generation}")[:SALT_LENGTH]


def _generations(instance: Instance) -> list[int]:
    found = (path.name.removeprefix(_SALT) for path in _folder(instance).glob(f"{_SALT}*"))
    return [int(number) for number in found if number.isdecimal()]


def _folder(instance: Instance) -> Path:
    return instance.folder("secrets", 0o700)


def read_mac(text: str) -> str:
    """A MAC address as it is stored, ``aa:bb:cc:00:11:22``. Raises ValueError with the remedy."""
    plain = re.sub(r"[\s:.-]", "", text).lower()
    if not _MAC.fullmatch(plain):
        raise ValueError(f"“{text}” is no MAC address; write it like aa:bb:cc:00:11:22")
    return ":".join(plain[at : at + 2] for at in range(0, 12, 2))
