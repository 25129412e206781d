"""What the proxy says itself: why something is closed, or what went wrong; in Envoy's words.

Plain HTTP gets the notice page of the DNS with the same form; pictures and data get a small
answer of their kind. A refused tunnel gets one line: no browser shows more of it.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from dataclasses import replace
from http import HTTPStatus
from urllib.parse import parse_qs

from hornbook.kernel.explain import Explanation
from hornbook.kernel.rulebook import Verdict
from hornbook.kernel.seating import Seat
from hornbook.node.dns.columns import MAPPED
from hornbook.node.notice import warning
from hornbook.node.notice.asks import AskDesk
from hornbook.node.notice.check import OPENED, PROXY, Asker
from hornbook.node.notice.check import answer as check
from hornbook.node.notice.http import Refused, Request, Response
from hornbook.node.notice.page import Page
from hornbook.node.notice.site import (
    STYLE,
    STYLE_PATH,
    Counter,
    from_here,
    host_of,
    wants_page,
)
from hornbook.node.notice.warning import Warned
from hornbook.node.proxy.asked import Asked, split_path

GO, LOOK, PEEK, SCAN = b"go ", b"look ", b"peek ", b"scan "
NEGOTIATE = "Negotiate"
REALM = 'Basic realm="The district\'s proxy", charset="UTF-8"'


class Voice:
    """Makes what is said. ``notice`` is what the rulebook tells notice pages.

    ``port`` is that of the notice page.
    """

    def __init__(self, notice: Mapping[str, object], asks: AskDesk, port: int) -> None:
        self._notice, self._port = notice, port
        self._page = Page(notice)
        self._counter = Counter(asks)

    def closed(self, asked: Asked, told: Explanation) -> bytes:
        """The refusal, or what the form on it brings about."""
        if asked.tunnel:
            return say(_line(told.verdict), told.verdict)
        if split_path(asked.path)[0] == STYLE_PATH:
            return say(Response(HTTPStatus.OK, STYLE, "text/css"))
        request = _request(asked)
        if not asked.is_form:
            return say(self._counter.answer(self._page, _without_body(request), told), told.verdict)
        try:
            return say(self._counter.answer(self._page, request, told), told.verdict)
        except Refused as error:
            return say(Response(error.status, f"{error.why}\n", "text/plain"), told.verdict)

    def warning(self, asked: Asked, warned: Warned, problem: str = "") -> bytes:
        """What stands before a site until somebody has written why; ``problem`` is in the form."""
        if split_path(asked.path)[0] == STYLE_PATH:
            return say(Response(HTTPStatus.OK, STYLE, "text/css"))
        if asked.is_form or wants_page(_request(asked)):
            return say(warning.page_of(self._page, warned, problem), warned.told.verdict)
        return say(warning.tiny(warned, asked.accept.lower()), warned.told.verdict)

    def form(self, asked: Asked) -> dict[str, str]:
        """The fields of a form; none of one that has too many."""
        try:
            return _request(asked).form()
        except Refused:
            return {}

    def is_from_here(self, asked: Asked) -> bool:
        return from_here(_request(asked))

    def go_on(self, asked: Asked, to: str) -> bytes:
        """To a page of the same host, by GET."""
        where = f"{asked.scheme}://{asked.authority}{to}"
        return say(Response(HTTPStatus.SEE_OTHER, "", "text/plain", {"Location": where}))

    def check(self, asked: Asked, seat: Seat | None) -> bytes:
        """Whether the device that asks is covered: it comes by the proxy, at any rate."""
        if asked.tunnel:
            return say(Response(HTTPStatus.NOT_FOUND, "Nothing is opened here.\n", "text/plain"))
        if split_path(asked.path)[0] == STYLE_PATH:
            return say(Response(HTTPStatus.OK, STYLE, "text/css"))
        host = host_of(_request(asked))
        way = OPENED if asked.scheme == "https" else PROXY
        return say(check(host, Asker(seat, way), self._notice, self._port))

    def bad_target(self, asked: Asked, reason: str) -> bytes:
        return say(self._page.bad_name(asked.authority, reason))

    def not_found(self, name: str) -> bytes:
        return say(self._page.not_found(name))

    def not_reached(self, name: str) -> bytes:
        return say(self._page.not_reached(name))

    def too_many(self) -> bytes:
        words = "Too many sites that are new here at once. Wait a minute.\n"
        return say(Response(HTTPStatus.TOO_MANY_REQUESTS, words, "text/plain"))

    def not_in_plain_text(self) -> bytes:
        """No challenge goes with it: nobody shall be asked for a secret that others can read."""
        return say(self._page.not_in_plain_text())

    def who_are_you(self, *, negotiates: bool = False) -> bytes:
        """The strongest way first: a client takes the first that it knows."""
        offers = [NEGOTIATE, REALM] if negotiates else [REALM]
        return say(self._page.who_are_you(), more=[("proxy-authenticate", one) for one in offers])


def say(
    response: Response, verdict: Verdict | None = None, more: Iterable[tuple[str, str]] = ()
) -> bytes:
    """One answer as ``ask.lua`` reads it. A refusal names its clause in a field, for programs."""
    fields = {
        **{name.lower(): value for name, value in response.fields().items()},
        **({"x-hornbook-clause": verdict.clause} if verdict else {}),
    }
    lines = [f"say {response.status.value}"]
    lines += [f"{name}: {value}" for name, value in (*fields.items(), *more)]
    return ("\n".join(lines) + "\n\n" + response.body).encode()


def _line(verdict: Verdict) -> Response:
    words = f"Closed here: {verdict.clause} ({verdict.title or verdict.rule})\n"
    return Response(HTTPStatus.FORBIDDEN, words, "text/plain")


def client_text(client: bytes) -> str:
    """The address that 16 octets are, IPv4 as such."""
    short = client[12:] if client.startswith(MAPPED) else client
    return str(ipaddress.ip_address(short))


def _request(asked: Asked) -> Request:
    path, query = split_path(asked.path)
    return Request(
        client=client_text(asked.client),
        method=asked.method,
        path=path or "/",
        query={name: found[0] for name, found in parse_qs(query).items()},
        host=asked.authority,
        headers={"accept": asked.accept, "origin": asked.origin},
        body=asked.body,
        scheme=asked.scheme,
    )


def _without_body(request: Request) -> Request:
    """A request that is no form: its method says nothing to the notice page."""
    return replace(request, method="GET", body=b"")
