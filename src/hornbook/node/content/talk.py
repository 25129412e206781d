"""One answer on its way back: shown by its head, perhaps held with its body, and judged."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from hornbook.node.content import words
from hornbook.node.content.unpack import MOST, Packed, unpacked
from hornbook.node.content.words import BODY, HEADERS, Heard
from hornbook.node.envoy.protobuf import BadMessage
from hornbook.node.notice.site import STYLE, STYLE_PATH
from hornbook.scan import looking
from hornbook.scan.finding import Scanned, not_checked

log = logging.getLogger(__name__)

Send = Callable[[bytes], None]
_WAYS = ("straight", "scan")  # inside a tunnel, and outside; in ask.lua
_ORIGINS = "via_upstream"  # Envoy's word for an answer that an origin gave
_BODIES = ("2", "4", "5")  # kinds of status whose answers people see


@dataclass
class Seen:
    """An answer: who asked for it (as ``ask.lua`` tells it), where it is from, and its kind.

    ``blurred`` is what stands for a picture, where a scanner said so.
    """

    told: str
    host: str
    kind: str
    encoding: str = ""
    body: bytes = b""
    whole: bool = True
    blurred: bytes = b""
    scanned: Scanned = field(default_factory=lambda: not_checked("", ""))


class Desk:
    """What a talk needs of the process: it looks, elsewhere than on the loop, and decides."""

    def look(self, seen: Seen, done: Callable[[Scanned], None]) -> None:
        """Call ``done`` on the loop with what the scanner said, also when it could not look."""
        raise NotImplementedError

    def decide(self, seen: Seen) -> bytes:
        """What Envoy is told about an answer that was looked at or could not be."""
        raise NotImplementedError


class Talk:
    """One call of Envoy: for one answer. For :class:`hornbook.node.envoy.grpc.Connection`."""

    def __init__(self, desk: Desk, send: Send) -> None:
        self._desk = desk
        self._send = send
        self._seen: Seen | None = None
        self._ended = False

    def take(self, message: bytes) -> None:
        try:
            heard = words.hear(message)
        except BadMessage:
            log.error("Envoy said what is no message of this stage")
            return
        if heard.kind == HEADERS:
            self._head(heard)
        elif heard.kind == BODY and self._seen:
            self._body(self._seen, heard)
        else:
            self._send(words.go_on(heard.kind))

    def end(self) -> None:
        self._ended = True

    def _head(self, heard: Heard) -> None:
        """Only what was let through is looked at: our own pages have been told no way, and what
        Envoy says when an origin fails is none of its answers.
        """
        if heard.attributes.get("request.path", "").partition("?")[0] == STYLE_PATH:
            self._send(words.refuse(200, {"content-type": "text/css"}, STYLE.encode()))
            return
        headers = heard.headers
        kind = headers.get("content-type", "")
        origins = heard.attributes.get("response.code_details", _ORIGINS) == _ORIGINS
        let_through = heard.told.get("way") in _WAYS and origins
        if not let_through or heard.last or not _has_body(headers):
            self._send(words.go_on(HEADERS))
            return
        host = heard.attributes.get("request.host", "")
        seen = Seen(heard.told.get("asker", ""), host, kind, headers.get("content-encoding", ""))
        reason = _not_looked_at(kind, headers)
        if reason:
            seen.scanned = not_checked("", reason)
            self._tell(seen, HEADERS)
        else:
            self._seen = seen
            self._send(words.bring_body())

    def _body(self, seen: Seen, heard: Heard) -> None:
        """The whole body, or as much as Envoy holds; what follows that goes by."""
        if seen.body:
            self._send(words.go_on(BODY))
            return
        seen.whole = heard.last
        try:
            seen.body, all_of_it = unpacked(heard.body, seen.encoding, MOST)
        except Packed as error:
            self._looked(seen, not_checked("", str(error)))
            return
        seen.whole = seen.whole and all_of_it
        if not seen.whole and not seen.kind.lower().startswith("text/"):
            self._looked(seen, not_checked("", "too large to be held"))
            return
        self._desk.look(seen, lambda scanned: self._looked(seen, scanned))

    def _looked(self, seen: Seen, scanned: Scanned) -> None:
        seen.scanned = scanned
        self._tell(seen, BODY)

    def _tell(self, seen: Seen, kind: int) -> None:
        if self._ended:
            return
        try:
            said = self._desk.decide(seen)
        except Exception:
            log.exception("an answer was not judged")
            said = b""
        self._send(said or words.go_on(kind))


def _has_body(headers: Mapping[str, str]) -> bool:
    return headers.get("content-length") != "0" and headers.get(":status", "")[:1] in _BODIES


def _not_looked_at(kind: str, headers: Mapping[str, str]) -> str:
    """Why the body of such an answer is not even held; "" where it is."""
    if not looking.is_looked_at(kind):
        return f"no scanner for {kind.partition(';')[0].strip().lower()[:40] or 'an unnamed type'}"
    if headers.get(":status") == "206":
        return "a part of a file"
    return ""
