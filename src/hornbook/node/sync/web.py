"""A console as the source of parts: HTTPS, a bearer token, and a deadline for everything."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
import threading
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager, suppress
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlsplit

from hornbook import __version__
from hornbook.node.partstore import Current
from hornbook.node.sync.sources import MAX_CURRENT, PIECE, SourceError, read_current

SILENCE = 10.0  # seconds without one octet
SHORT = 20.0  # seconds for a whole small answer
LONG = 900.0  # seconds for a whole part: 45 MB at 50 kB/s

_WORDS: dict[int, str] = {
    HTTPStatus.UNAUTHORIZED: (
        "does not accept this node's token: it was revoked, or never given. Make a new one on "
        "the console with “hornbook node add NAME” and give it with --token-file"
    ),
    HTTPStatus.NOT_FOUND: "is not there: nothing is published yet, or it is no …/parts/ address",
}


class WebSource:
    """One console, asked over one connection that is kept open."""

    def __init__(self, address: str, token: str) -> None:
        self.address = address.rstrip("/")
        parts = urlsplit(self.address)
        self._base = parts.path
        self._headers = {
            "Authorization": f"Bearer {token}",
            "User-Agent": f"hornbook-node/{__version__}",
        }
        self._connection = _connection(parts.scheme, parts.hostname or "", parts.port)
        self._tag = ""

    def current(self) -> Current | None:
        known = {"If-None-Match": self._tag} if self._tag else {}
        with self._asked("GET", "/current.json", known, within=SHORT) as reply:
            if reply.status == HTTPStatus.NOT_MODIFIED:
                return None
            found = read_current(_read(reply), f"{self.address}/current.json")
            self._tag = reply.headers.get("ETag", "")
            return found

    def part(self, part: str) -> Generator[bytes, None, None]:
        with self._asked("GET", f"/{part}.part", {}, within=LONG) as reply:
            while piece := reply.read1(PIECE):
                yield piece

    def report(self, facts: dict[str, Any]) -> None:
        body = json.dumps(facts).encode()
        kind = {"Content-Type": "application/json"}
        with self._asked("POST", "/report", kind, body, within=SHORT) as reply:
            _read(reply)

    def head(self, node: str) -> tuple[int, str]:
        with self._asked("GET", f"/record/{node}/head", {}, within=SHORT) as reply:
            return _head(_read(reply))

    def deliver(self, node: str, line: bytes, body: bytes) -> tuple[int, str]:
        headers = {"Content-Type": "application/octet-stream", "Hornbook-Line": line.decode()}
        path = f"/record/{node}/segments"
        with self._asked("POST", path, headers, body, within=LONG) as reply:
            return _head(_read(reply))

    def take(self, box: str, receipt: str, body: bytes) -> str:
        kind = {"Content-Type": "application/json"}
        path = f"/spool/{box}/{quote(receipt, safe='')}"
        with self._asked("POST", path, kind, body, within=SHORT) as reply:
            return _refusal(_read(reply))

    @contextmanager
    def _asked(
        self, method: str, path: str, headers: dict[str, str], body: bytes = b"", *, within: float
    ) -> Iterator[http.client.HTTPResponse]:
        """The reply to one request. Its connection stays only if the reply was read to its end."""
        whole = False
        with self._watched(within):
            try:
                reply = self._send(method, self._base + path, headers, body)
                with closing(reply):
                    self._refuse(reply, path)
                    yield reply
                    whole = reply.isclosed() or not reply.read(1)
            except (http.client.HTTPException, OSError) as error:
                what = str(error) or type(error).__name__
                raise SourceError(f"{self.address} does not answer: {what}") from error
            finally:
                if not whole:
                    self._connection.close()

    def _send(
        self, method: str, path: str, headers: dict[str, str], body: bytes
    ) -> http.client.HTTPResponse:
        """A console closes a connection that rests too long, so an old one gets a second try."""
        for fresh in (self._connection.sock is None, True):
            try:
                self._connection.request(method, path, body or None, self._headers | headers)
                return self._connection.getresponse()
            except (ConnectionError, http.client.RemoteDisconnected):
                self._connection.close()
                if fresh:
                    raise
        raise AssertionError

    def _refuse(self, reply: http.client.HTTPResponse, path: str) -> None:
        if reply.status in (HTTPStatus.OK, HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED):
            return
        said = reply.read(500).decode(errors="replace").strip()
        words = _WORDS.get(reply.status, f"answers {reply.status} {said}".rstrip())
        raise SourceError(f"{self.address}{path} {words}")

    @contextmanager
    def _watched(self, seconds: float) -> Iterator[None]:
        """End what takes longer, even if an octet comes now and then."""
        timer = threading.Timer(seconds, self._cut)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _cut(self) -> None:
        sock = self._connection.sock
        if sock is not None:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)


def _connection(scheme: str, host: str, port: int | None) -> http.client.HTTPConnection:
    if scheme == "http":
        return http.client.HTTPConnection(host, port, timeout=SILENCE)
    trusted = ssl.create_default_context()  # $SSL_CERT_FILE names a district's own authority
    return http.client.HTTPSConnection(host, port, timeout=SILENCE, context=trusted)


def _read(reply: http.client.HTTPResponse) -> bytes:
    return reply.read(MAX_CURRENT + 1)


def _head(body: bytes) -> tuple[int, str]:
    try:
        told = json.loads(body)
        return int(told["no"]), str(told["hash"])
    except (ValueError, KeyError, TypeError) as error:
        raise SourceError(
            f"the console does not say how far the record is there: {error}"
        ) from error


def _refusal(body: bytes) -> str:
    try:
        return str(json.loads(body)["refused"])
    except (ValueError, KeyError, TypeError) as error:
        raise SourceError(
            f"the console does not say whether it has what was written: {error}"
        ) from error
