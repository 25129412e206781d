"""Open one list file: plain or gzip, any line ending, and never something that is no text."""

from __future__ import annotations

import gzip
import re
import zlib
from pathlib import Path

LARGEST = 1 << 30  # bytes after decompression; the largest known list has 0.1 GiB
_GZIP = b"\x1f\x8b"
_OTHER_PACKAGES = {
    b"PK\x03\x04": "zip",
    b"BZh": "bzip2",
    b"\xfd7zXZ\x00": "xz",
    b"(\xb5/\xfd": "zstandard",
    b"7z\xbc\xaf": "7z",
    b"%PDF": "PDF",
}
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_MARKUP = re.compile(rb"\s*<(?:!doctype|html|head|body|\?xml|title)", re.IGNORECASE)


class ListRefused(Exception):
    """A whole file is refused and changes nothing; the message says why and what to do."""


class NothingUsable(ListRefused):
    """A list that can be read, but holds nothing that blocks by name (only IP addresses, say)."""


def read_list(path: Path) -> bytes:
    """The text of the file with ``\\n`` line ends and no byte order mark.

    Raises ListRefused for a broken gzip file, other packages, binary data, an HTML page and an
    empty file.
    """
    try:
        body = path.read_bytes()
    except OSError as error:
        raise ListRefused(f"it cannot be read ({error.strerror}); check its permissions") from error
    if body.startswith(_GZIP) or path.suffix == ".gz":
        body = _unpack(path)
    _refuse_what_is_no_text(body)
    if body.startswith(_UTF16):
        body = body.decode("utf-16", errors="replace").encode()
    body = body.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    if not body.strip():
        raise ListRefused("it is empty; download it again")
    return body


def _unpack(path: Path) -> bytes:
    try:
        with gzip.open(path) as file:
            body = file.read(LARGEST + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise ListRefused(f"its gzip is broken ({error}); download it again") from error
    if len(body) > LARGEST:
        raise ListRefused(f"it unpacks to more than {LARGEST >> 20} MiB; no list is that large")
    return body


def _refuse_what_is_no_text(body: bytes) -> None:
    for magic, kind in _OTHER_PACKAGES.items():
        if body.startswith(magic):
            raise ListRefused(f"it is a {kind} file; unpack it first (plain text or gzip is read)")
    if _MARKUP.match(body[:4096].removeprefix(b"\xef\xbb\xbf")):
        raise ListRefused("it is a web page, perhaps an error page saved as a list")
    if not body.startswith(_UTF16) and (found := _CONTROL.search(body)):
        raise ListRefused(f"it is binary data, not text (byte {found.start() + 1})")
