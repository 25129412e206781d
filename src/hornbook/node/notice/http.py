"""As much of HTTP/1.1 (RFC 9112) as one page needs, strict and bounded.

One request a connection. Every size has a limit and the whole request has one deadline, so
that a slow or endless sender holds a small buffer for a few seconds and nothing else.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import parse_qs, urlsplit

MAX_HEAD = 16 * 1024  # octets of request line and header fields
MAX_FIELDS = 100
MAX_BODY = 8 * 1024
METHODS = ("GET", "HEAD", "POST")

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_REQUEST_LINE = re.compile(r"([A-Z]{1,20}) ([\x21-\x7e]{1,8000}) HTTP/1\.[01]")


class Refused(Exception):
    """The request is not served; ``status`` and ``why`` go back to the sender."""

    def __init__(self, status: HTTPStatus, why: str) -> None:
        super().__init__(why)
        self.status, self.why = status, why


@dataclass(frozen=True)
class Request:
    """``client`` is the address of the socket; no header can change it. Header names are lower."""

    client: str
    method: str
    path: str
    query: dict[str, str]
    host: str
    headers: dict[str, str]
    body: bytes = b""
    scheme: str = "http"

    def form(self) -> dict[str, str]:
        """The fields of an HTML form, the first of each name."""
        return _first_values(self.body.decode("utf-8", "replace"))


@dataclass(frozen=True)
class Response:
    """``headers`` come over those that all answers have; an empty one takes it away."""

    status: HTTPStatus
    body: str
    kind: str = "text/html"
    headers: dict[str, str] = field(default_factory=dict)

    def fields(self) -> dict[str, str]:
        """Those that tell of the body, and those that all answers have; empty ones left out."""
        told = {"Content-Type": f"{self.kind}; charset=utf-8", **COMMON, **self.headers}
        return {name: value for name, value in told.items() if value}

    def octets(self, *, head_only: bool = False) -> bytes:
        body = self.body.encode()
        length = {"Content-Length": str(len(body)), "Connection": "close"}
        fields = self.fields() | length
        lines = [f"HTTP/1.1 {self.status.value} {self.status.phrase}"]
        lines += [f"{name}: {value}" for name, value in fields.items()]
        head = "\r\n".join(lines) + "\r\n\r\n"
        return head.encode("latin-1") + (b"" if head_only else body)


# Referrer-Policy must not be no-referrer: browsers would then send "Origin: null" with the form.
COMMON = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


async def read_request(reader: asyncio.StreamReader, client: str) -> Request | None:
    """The next request, None when the sender said nothing at all. Raises Refused."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.LimitOverrunError:
        raise _too_large() from None
    except asyncio.IncompleteReadError as error:
        if error.partial.strip():
            raise Refused(HTTPStatus.BAD_REQUEST, "The request ends in the middle.") from None
        return None
    if len(head) > MAX_HEAD:
        raise _too_large()
    method, target, headers = _parse_head(head)
    length = _body_length(method, headers)
    try:
        body = await reader.readexactly(length)
    except asyncio.IncompleteReadError:
        raise Refused(HTTPStatus.BAD_REQUEST, "The request ends in the middle.") from None
    return _request(client, method, target, headers, body)


def _too_large() -> Refused:
    return Refused(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "The header is too large.")


def _parse_head(head: bytes) -> tuple[str, str, dict[str, str]]:
    lines = head.decode("latin-1").removesuffix("\r\n\r\n").lstrip("\r\n").split("\r\n")
    found = _REQUEST_LINE.fullmatch(lines[0])
    if not found:
        raise Refused(HTTPStatus.BAD_REQUEST, "The first line is no HTTP/1.1 request.")
    method, target = found.groups()
    if method not in METHODS:
        raise Refused(HTTPStatus.METHOD_NOT_ALLOWED, "Only GET, HEAD and POST are served here.")
    if len(lines) - 1 > MAX_FIELDS:
        raise _too_large()
    return method, target, _fields(lines[1:])


def _fields(lines: list[str]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or not _TOKEN.fullmatch(name) or set("\r\n\0") & set(value):
            raise Refused(HTTPStatus.BAD_REQUEST, "A header field is malformed.")
        if name.lower() in headers and name.lower() in {"host", "content-length"}:
            raise Refused(HTTPStatus.BAD_REQUEST, f"There are two {name} fields.")
        headers[name.lower()] = value.strip(" \t")
    return headers


def _body_length(method: str, headers: dict[str, str]) -> int:
    if "transfer-encoding" in headers:
        raise Refused(HTTPStatus.LENGTH_REQUIRED, "A body must tell its length.")
    text = headers.get("content-length", "0")
    if not re.fullmatch(r"[0-9]{1,18}", text):
        raise Refused(HTTPStatus.BAD_REQUEST, "Content-Length is no number.")
    if int(text) > MAX_BODY:
        raise Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "The text is too long.")
    return int(text)


def _request(
    client: str, method: str, target: str, headers: dict[str, str], body: bytes
) -> Request:
    try:
        parts = urlsplit(target)
    except ValueError:
        raise Refused(HTTPStatus.BAD_REQUEST, "The address cannot be read.") from None
    # A target in absolute form (RFC 9112, 3.2.2) overrides the Host field.
    return Request(
        client=client,
        method=method,
        path=parts.path or "/",
        query=_first_values(parts.query),
        host=parts.netloc or headers.get("host", ""),
        headers=headers,
        body=body,
    )


def _first_values(text: str) -> dict[str, str]:
    try:
        found = parse_qs(text, keep_blank_values=True, max_num_fields=20)
    except ValueError:
        raise Refused(HTTPStatus.BAD_REQUEST, "There are too many form fields.") from None
    return {name: values[0] for name, values in found.items()}
