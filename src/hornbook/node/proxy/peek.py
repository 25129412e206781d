"""What tunnels that are not looked into begin with: nothing is decrypted, only the name is read.

Envoy's filter ``ext_proc`` brings the first octets of a tunnel and holds them meanwhile. As soon as
the name is known this call ends, and Envoy passes on everything else by itself.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from hornbook.node.content import words
from hornbook.node.content.config import here, processor
from hornbook.node.content.words import REQUEST_BODY
from hornbook.node.envoy.grpc import Send
from hornbook.node.envoy.protobuf import BadMessage
from hornbook.node.envoy.shapes import Json
from hornbook.node.proxy.hello import Begin, read_begin

SOCKET = "peek.sock"
CLUSTER = "peek"
FILTER = "hornbook.peek"
ASKER = "asker"  # as in ask.lua
LONGEST_MESSAGE = 2 << 20  # octets: what a connection may have waiting, and what is around it
log = logging.getLogger(__name__)

Opens = Callable[[str, Begin], bool]


def filter_() -> Json:
    """On routes with ``HERE``. When nobody is there it is closed, as everything is."""
    return processor(FILTER, CLUSTER, "20s", failure_mode_allow=False, message_timeout="3s")


#: For the route of tunnels that are looked at in this way.
HERE = here(FILTER, request_body_mode="STREAMED")


class Peek:
    """One call of Envoy: for one tunnel. For :class:`hornbook.node.envoy.grpc.Connection`.

    ``opens(told, begin)`` says whether the tunnel of who is told there may go on.
    """

    def __init__(self, opens: Opens, send: Send) -> None:
        self._opens, self._send = opens, send
        self._came = b""

    def take(self, message: bytes) -> None:
        try:
            heard = words.hear(message)
        except BadMessage:
            log.error("Envoy said what is no message of this stage")
            return
        if heard.kind != REQUEST_BODY:
            self._send(words.go_on(heard.kind), False)
            return
        self._came += heard.body
        begin = read_begin(self._came)
        if begin is None and not heard.last:
            self._send(words.go_on(REQUEST_BODY), False)
        else:
            self._decide(heard.told.get(ASKER, ""), begin or Begin("other"))

    def end(self) -> None:
        pass

    def _decide(self, told: str, begin: Begin) -> None:
        try:
            opens = self._opens(told, begin)
        except Exception:
            log.exception("a tunnel was not judged")
            opens = False
        said = words.go_on(REQUEST_BODY) if opens else words.refuse(403, {}, b"")
        self._send(said, True)
