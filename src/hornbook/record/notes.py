"""Signed notes and checkpoints: one page of text that binds whoever signed it.

C2SP signed-note and tlog-checkpoint, Ed25519 (RFC 8032). Keys are written as the Go checksum
database writes them: ``name+hash+base64`` to verify, ``PRIVATE+KEY+name+hash+base64`` to sign.
A proof that a leaf is in the log is C2SP tlog-proof: a few lines and the checkpoint below.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

_ED25519 = b"\x01"
_PROOF = "c2sp.org/tlog-proof@v1"


class BadNote(ValueError):
    """A note, key or proof cannot be believed; the message says why."""


@dataclass(frozen=True)
class Verifier:
    """A public key under a name: what everybody may have."""

    name: str
    public: bytes

    @property
    def key_id(self) -> bytes:
        """Four octets that tell keys of one name apart (signed-note)."""
        return hashlib.sha256(self.name.encode() + b"\n" + _ED25519 + self.public).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{_text(_ED25519 + self.public)}"

    @classmethod
    def parse(cls, text: str) -> Verifier:
        """Read ``name+hash+base64``. Raises BadNote."""
        name, given, raw = _key_fields(text.strip())
        found = cls(name, raw)
        if found.key_id.hex() != given:
            raise BadNote("the key's hash does not fit its name and octets: a letter is wrong")
        return found

    def holds(self, text: str, signature: bytes) -> bool:
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text.encode())
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True)
class Signer:
    """A private key under a name. ``secret`` are its 32 octets."""

    name: str
    secret: bytes

    @classmethod
    def new(cls, name: str) -> Signer:
        if not name or set(name) & set(" +\n\t"):
            raise BadNote(f"“{name}” cannot name a key: no spaces, no plus")
        return cls(name, Ed25519PrivateKey.generate().private_bytes_raw())

    @classmethod
    def parse(cls, text: str) -> Signer:
        """Read ``PRIVATE+KEY+name+hash+base64``. Raises BadNote."""
        start = "PRIVATE+KEY+"
        if not text.startswith(start):
            raise BadNote("this is no private key of a signed note")
        name, given, secret = _key_fields(text.strip().removeprefix(start))
        found = cls(name, secret)
        if found.verifier.key_id.hex() != given:
            raise BadNote("the private key's hash does not fit: the file was damaged")
        return found

    def __str__(self) -> str:
        key_id = self.verifier.key_id.hex()
        return f"PRIVATE+KEY+{self.name}+{key_id}+{_text(_ED25519 + self.secret)}"

    def __repr__(self) -> str:
        return f"Signer({self.name!r})"  # a secret never reaches a log

    @property
    def verifier(self) -> Verifier:
        private = Ed25519PrivateKey.from_private_bytes(self.secret)
        return Verifier(self.name, private.public_key().public_bytes_raw())

    def sign(self, text: str) -> str:
        """The note: ``text`` (ends with a line break), an empty line, one signature."""
        signature = Ed25519PrivateKey.from_private_bytes(self.secret).sign(text.encode())
        return f"{text}\n— {self.name} {_text(self.verifier.key_id + signature)}\n"


def _key_fields(text: str) -> tuple[str, str, bytes]:
    try:
        name, given, encoded = text.split("+", 2)
    except ValueError as error:
        raise BadNote("a key has three fields with a plus between them") from error
    raw = _octets(encoded)
    if len(raw) != 33 or raw[:1] != _ED25519:
        raise BadNote("the key is no Ed25519 key")
    return name, given, raw[1:]


def open_note(note: str, verifier: Verifier) -> str:
    """The text of a note that ``verifier`` signed. Other signatures are passed over.

    Raises BadNote when there is none by that key, or when it does not hold.
    """
    text, gap, signatures = note.rpartition("\n\n")
    if not gap:
        raise BadNote("there are no signatures below the text")
    if not signatures.endswith("\n"):
        raise BadNote("the last signature line does not end")
    text += "\n"
    for line in signatures[:-1].split("\n"):
        if not line.startswith("— ") or line.count(" ") != 2:
            raise BadNote(f"this is no signature line: {line[:60]}")
        _, name, encoded = line.split(" ")
        raw = _octets(encoded)
        if name == verifier.name and raw[:4] == verifier.key_id:
            if verifier.holds(text, raw[4:]):
                return text
            raise BadNote(f"the signature of {name} does not hold: the note was changed")
    raise BadNote(f"it is not signed by the key {verifier.name}")


@dataclass(frozen=True)
class Checkpoint:
    """A tree as it stood once: whose, how many leaves, and their root (32 octets)."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        return f"{self.origin}\n{self.size}\n{_text(self.root)}\n"

    @classmethod
    def parse(cls, text: str) -> Checkpoint:
        """Read the text of a note. Raises BadNote."""
        lines = text.split("\n")
        if len(lines) < 4 or not lines[0]:
            raise BadNote("a checkpoint has three lines: origin, size, root")
        if not lines[1].isascii() or not lines[1].isdigit() or str(int(lines[1])) != lines[1]:
            raise BadNote("the second line of a checkpoint is its size")
        root = _octets(lines[2])
        if len(root) != 32:
            raise BadNote("the root of a checkpoint has 32 octets")
        return cls(lines[0], int(lines[1]), root)

    @classmethod
    def opened(cls, note: str, verifier: Verifier) -> Checkpoint:
        """The checkpoint of a signed note. Raises BadNote."""
        return cls.parse(open_note(note, verifier))


@dataclass(frozen=True)
class Proof:
    """That the leaf ``index`` (from 0) is in the log, as of the signed ``checkpoint``."""

    index: int
    path: tuple[bytes, ...]
    checkpoint: str

    def __str__(self) -> str:
        lines = [_PROOF, f"index {self.index}", *(_text(one) for one in self.path)]
        return "\n".join([*lines, "", self.checkpoint])

    @classmethod
    def parse(cls, text: str) -> Proof:
        """Read C2SP tlog-proof. Raises BadNote."""
        head, gap, checkpoint = text.partition("\n\n")
        lines = [line for line in head.split("\n") if not line.startswith("extra ")]
        if not gap or lines[0] != _PROOF or len(lines) < 2 or not lines[1].startswith("index "):
            raise BadNote(f"this is no proof: it begins with {text[:40]!r}")
        if not lines[1][6:].isdecimal():
            raise BadNote("the second line of a proof is its index")
        return cls(int(lines[1][6:]), tuple(_octets(line) for line in lines[2:]), checkpoint)


def hashes_as_text(hashes: Sequence[bytes]) -> list[str]:
    """Hashes in base64, for files that people pass on."""
    return [_text(one) for one in hashes]


def hashes_from_text(texts: Sequence[str]) -> list[bytes]:
    """The other way round. Raises BadNote."""
    return [_octets(one) for one in texts]


def _text(octets: bytes) -> str:
    return base64.b64encode(octets).decode()


def _octets(text: str) -> bytes:
    """Base64 in its one canonical form, so that no bit of a note can change unseen."""
    try:
        found = base64.b64decode(text, validate=True)
    except ValueError as error:
        raise BadNote(f"this is not base64: {text[:60]}") from error
    if _text(found) != text:
        raise BadNote(f"this is not canonical base64: {text[:60]}")
    return found
