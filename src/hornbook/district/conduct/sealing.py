"""Envelope encryption: what people tell is sealed by a data key, which the district's key wraps.

AES-256-GCM with a random nonce (NIST SP 800-38D); the data key is wrapped by AES Key Wrap
(RFC 3394). What a blob belongs to is authenticated with it, so that no blob can stand in the
place of another. The district's keys are lines ``id:base64`` in the secret ``reports.keys``
(0600) or in ``HORNBOOK_REPORT_KEYS``; the last one wraps, all of them open. Without them nobody
reads a report: keep a copy of that file where the backups are not.
"""

from __future__ import annotations

import base64
import os
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from hornbook.instance import Instance, InstanceError

if TYPE_CHECKING:
    from hornbook.district.conduct.models import Envelope

VARIABLE = "HORNBOOK_REPORT_KEYS"
FILE = "reports.keys"
_NONCE = 12


class CannotOpen(InstanceError):
    """Something sealed cannot be opened; the message says which key is missing."""


def new_line() -> str:
    """One new key as a line: its id and 32 random octets."""
    key = base64.b64encode(secrets.token_bytes(32)).decode()
    return f"{secrets.token_hex(4)}:{key}"


@dataclass(frozen=True)
class Ring:
    """The district's keys by id; ``current`` wraps."""

    keys: dict[str, bytes]
    current: str

    @classmethod
    def read(cls, text: str, where: str) -> Ring:
        """Raises InstanceError that names the line that is no key."""
        keys: dict[str, bytes] = {}
        for no, line in enumerate(filter(None, map(str.strip, text.split())), 1):
            name, _, value = line.partition(":")
            try:
                keys[name] = base64.b64decode(value, validate=True)
            except ValueError:
                keys[name] = b""
            if len(keys[name]) != 32 or not 0 < len(name) <= 16:
                raise InstanceError(f"{where}, key {no}: write id:base64 of 32 octets.")
        if not keys:
            raise InstanceError(f"{where} holds no key. Restore it from its copy.")
        return cls(keys, list(keys)[-1])

    @classmethod
    def of(cls, instance: Instance) -> Ring:
        if given := os.environ.get(VARIABLE):
            return cls.read(given, VARIABLE)
        return cls.read(instance.secret(FILE, new_line), str(instance.root / "secrets" / FILE))

    def wrap(self, data_key: bytes) -> tuple[str, bytes]:
        return self.current, aes_key_wrap(self.keys[self.current], data_key)

    def unwrap(self, envelope: Envelope) -> bytes:
        """Raises CannotOpen when the key is not here, or is not the one of that name."""
        if not envelope.wrapped:
            raise CannotOpen("This was destroyed under the retention schedule.")
        key = self.keys.get(envelope.key_id)
        if key is None:
            raise CannotOpen(
                f"This was sealed with key {envelope.key_id}, which is not here. Put that line "
                f"back into secrets/{FILE} (it belongs to the backup of the keys)."
            )
        try:
            return aes_key_unwrap(key, bytes(envelope.wrapped))
        except InvalidUnwrap as error:
            raise CannotOpen(f"Key {envelope.key_id} is not the one that sealed this.") from error


def new_envelope(ring: Ring) -> tuple[Envelope, bytes]:
    """A saved envelope and its data key."""
    from hornbook.district.conduct.models import Envelope  # whose fields are sealed by this file

    data_key = secrets.token_bytes(32)
    key_id, wrapped = ring.wrap(data_key)
    return Envelope.objects.create(key_id=key_id, wrapped=wrapped), data_key


def seal(data_key: bytes, plain: bytes, belongs_to: str) -> bytes:
    """Nonce and ciphertext. ``belongs_to`` must be told again to open it."""
    nonce = secrets.token_bytes(_NONCE)
    return nonce + AESGCM(data_key).encrypt(nonce, plain, belongs_to.encode())


def unseal(data_key: bytes, sealed: bytes | memoryview[int], belongs_to: str) -> bytes:
    """Raises CannotOpen for a blob that was changed, or that belongs to something else."""
    blob = bytes(sealed)
    try:
        return AESGCM(data_key).decrypt(blob[:_NONCE], blob[_NONCE:], belongs_to.encode())
    except InvalidTag as error:
        raise CannotOpen("This was changed after it was sealed, or belongs elsewhere.") from error
