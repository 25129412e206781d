"""Files that people send: known by their content, never by their name; pictures made anew.

A picture is decoded and written again, turned as it was meant: where and with what it was taken
does not survive that (EXIF, XMP, IPTC, comments, thumbnails). Nothing is shown smaller or
otherwise before people asked for it.
"""

from __future__ import annotations

import hashlib
import io
import warnings
from dataclasses import dataclass

from PIL import Image, ImageOps, UnidentifiedImageError

from hornbook.instance import InstanceError

MOST = 8_000_000  # octets
MOST_FILES = 3
MOST_PIXELS = 60_000_000
_PICTURES = {
    "JPEG": ("image/jpeg", {"quality": 90}),
    "PNG": ("image/png", {}),
    "WEBP": ("image/webp", {"quality": 90}),
}
_KNOWN = "Send a JPEG, PNG or WebP picture, a PDF, or plain text."


class BadFile(InstanceError):
    """The file cannot be taken; the message says what to send instead."""


@dataclass(frozen=True)
class Cleaned:
    """A file without what tells where and with what it was made; ``original`` where it is kept."""

    media_type: str
    clean: bytes
    original: bytes | None = None

    @staticmethod
    def sha256_of(octets: bytes) -> str:
        return hashlib.sha256(octets).hexdigest()


def clean(octets: bytes, *, keep_original: bool = False) -> Cleaned:
    """Raises BadFile for what is too large, empty, or nothing of what we know."""
    if not octets:
        raise BadFile("This file is empty. Choose another.")
    if len(octets) > MOST:
        raise BadFile(f"This file is larger than {MOST // 1_000_000} MB. Send a smaller one.")
    original = octets if keep_original else None
    if octets.startswith(b"%PDF-"):
        return Cleaned("application/pdf", octets, original)
    if (text := _as_text(octets)) is not None:
        return Cleaned("text/plain", text, original)
    media_type, body = _picture(octets)
    return Cleaned(media_type, body, original)


def _as_text(octets: bytes) -> bytes | None:
    """UTF-8 without control characters, as it is; None for anything else."""
    try:
        words = octets.decode("utf-8")
    except UnicodeDecodeError:
        return None
    odd = any(ord(c) < 32 and c not in "\t\r\n\f" for c in words)
    return None if odd else octets


def _picture(octets: bytes) -> tuple[str, bytes]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            return _made_anew(octets)
    except UnidentifiedImageError as error:
        raise BadFile(f"This is no file that we can open safely. {_KNOWN}") from error
    except (
        OSError,
        ValueError,
        SyntaxError,
        Image.DecompressionBombWarning,
        Image.DecompressionBombError,
    ) as error:
        raise BadFile(f"This picture is broken or too large. {_KNOWN}") from error  # fmt: skip


def _made_anew(octets: bytes) -> tuple[str, bytes]:
    with Image.open(io.BytesIO(octets), formats=list(_PICTURES)) as picture:
        if picture.width * picture.height > MOST_PIXELS:
            raise BadFile("This picture has more than 60 million points. Send a smaller one.")
        media_type, options = _PICTURES[str(picture.format)]
        kind = picture.format
        turned = ImageOps.exif_transpose(picture)
        fresh = Image.new(turned.mode, turned.size)
        fresh.paste(turned)
        if turned.mode == "P" and turned.getpalette():
            fresh.putpalette(turned.getpalette() or [])
        out = io.BytesIO()
        fresh.save(out, format=kind, **options)
        return media_type, out.getvalue()
