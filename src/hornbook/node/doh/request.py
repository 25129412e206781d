"""From an HTTP request to the DNS message in it (RFC 8484 section 4.1)."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass

from hornbook.node.doh.h2 import MAX_BODY
from hornbook.node.doh.hpack import Head

PATH = "/dns-query"
TOKEN = rb"[A-Za-z0-9_-]{16,64}"  # Chrome's hashed identifiers have 64 digits
MEDIA_TYPE = b"application/dns-message"

_PATH = re.compile(rb"%s(?:/(%s))?" % (PATH.encode(), TOKEN))
_BASE64 = re.compile(rb"[A-Za-z0-9_-]+")


class Refused(Exception):
    """An answer without a DNS message. ``status`` is from RFC 9110."""

    def __init__(self, status: int) -> None:
        super().__init__()
        self.status = status


@dataclass(frozen=True, slots=True)
class Asked:
    """A DNS message and the token of its path, empty without one."""

    packet: bytes
    token: bytes


def read_request(head: Head, body: bytes) -> Asked:
    """The question of one request. Raises Refused with the status that says what is wrong."""
    path, _, query = head.path.partition(b"?")
    token = token_of(path)
    if token is None:
        raise Refused(404 if path else 400)  # no path: the header could not be read
    if head.method == b"POST":
        packet = _posted(head, body)
    elif head.method == b"GET":
        packet = _got(query)
    else:
        raise Refused(405)
    return Asked(packet, token)


def token_of(path: bytes) -> bytes | None:
    """The token in the path of a question, empty without one; None for the path of none."""
    place = _PATH.fullmatch(path)
    return None if place is None else place[1] or b""


def _posted(head: Head, body: bytes) -> bytes:
    if head.content_type.partition(b";")[0].strip().lower() != MEDIA_TYPE:
        raise Refused(415)
    return body


def _got(query: bytes) -> bytes:
    """The message of ``dns=``, which is base64url without padding (RFC 8484 section 6)."""
    found = [piece[4:] for piece in query.split(b"&") if piece.startswith(b"dns=")]
    if len(found) != 1 or not _BASE64.fullmatch(found[0]) or len(found[0]) % 4 == 1:
        raise Refused(400)
    if len(found[0]) > MAX_BODY * 4 // 3 + 1:
        raise Refused(414)
    return base64.urlsafe_b64decode(found[0] + b"==")
