"""Which scanner looks at what: by what the octets are, then by what they are said to be."""

from __future__ import annotations

from hornbook.scan import pictures, words
from hornbook.scan.finding import Scanned, not_checked
from hornbook.scan.pages import decoded, read_page

_PICTURES = {
    b"\xff\xd8\xff": "image/jpeg",
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"GIF8": "image/gif",
    b"BM": "image/bmp",
}
_TEXTS = ("text/html", "application/xhtml+xml", "text/plain")


def kind_of(body: bytes, content_type: str) -> str:
    """The media type without its parameters; a picture's own first octets are stronger."""
    for magic, kind in _PICTURES.items():
        if body.startswith(magic) and not content_type.lower().startswith("text/"):
            return kind
    if body[:4] == b"RIFF" and body[8:12] == b"WEBP":
        return "image/webp"
    return content_type.partition(";")[0].strip().lower()


def is_looked_at(content_type: str) -> bool:
    """Whether a body of that type is worth collecting."""
    kind = content_type.partition(";")[0].strip().lower()
    return kind in _TEXTS or (kind.startswith("image/") and kind != "image/svg+xml")


def scan(body: bytes, content_type: str) -> Scanned:
    """What the scanner for that type says; *not checked* where there is none."""
    kind = kind_of(body, content_type)
    if kind.startswith("image/") and kind != "image/svg+xml":
        return pictures.scan(body)
    if kind in _TEXTS:
        return words.shipped().scan(read_page(decoded(body, content_type)))
    return not_checked("", f"no scanner for {kind or 'an unnamed type'}")
