"""What the notice page answers: who asks, for which name, and what the kernel says about it.

Who asks is the address of the socket; ``X-Forwarded-For`` and its like are never read,
because anybody can write them. The name is the ``Host`` that the browser wanted; ``/?name=``
replaces it, to try a name out, and shows only the verdict for the address that asks.

A form can only be sent from the page itself: a browser tells in ``Origin`` which site a form
comes from, and it must be the ``Host`` that it is sent to. The page keeps no cookie and no
sign-in, so a token would protect nothing more: what a foreign site could do is file a request
for its own name, from its own visitor's address.
"""

from __future__ import annotations

import logging
import time
from datetime import datetime
from http import HTTPStatus
from pathlib import Path

from hornbook.instance import Instance
from hornbook.kernel.explain import Explanation, explain
from hornbook.kernel.judge import Kernel
from hornbook.kernel.names import BadName, is_ip_literal
from hornbook.node.devices.facts import facts_of
from hornbook.node.devices.names import PAC_PATH, PATH, is_ours
from hornbook.node.devices.pac import TYPE as PAC_TYPE
from hornbook.node.devices.pac import pac
from hornbook.node.notice.asks import AskDesk, TooMany
from hornbook.node.notice.check import DNS, Asker, seat_of
from hornbook.node.notice.check import answer as check
from hornbook.node.notice.http import Request, Response
from hornbook.node.notice.markup import fill
from hornbook.node.notice.page import Page
from hornbook.node.partstore import PartStore, Watcher

STYLE_PATH = "/hornbook-notice.css"
PRIVATE_PATH = "/hornbook-private"  # the list of what is never looked into
SVG = "image/svg+xml"
STYLE = (Path(__file__).parent / "templates" / "notice.css").read_text()
_log = logging.getLogger(__name__)


class NoticeSite:
    """Answers requests from the parts in force. ``refresh`` follows publications."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self._port = instance.settings().ports.notice
        self._watcher = Watcher(PartStore(instance.parts))
        self._counter = Counter(AskDesk(instance.spool))
        self.refresh()

    def refresh(self) -> None:
        self._watcher.poll()

    def facts(self) -> dict[str, object]:
        """For the heartbeat: which publication is served, and what is wrong with a newer one."""
        current = self._watcher.current
        return {
            "publication": current.number if current else None,
            "problem": self._watcher.problem,
        }

    def answer(self, request: Request) -> Response:
        if request.path == STYLE_PATH:
            return Response(HTTPStatus.OK, STYLE, "text/css")
        if request.path == PAC_PATH:
            return Response(HTTPStatus.OK, pac(facts_of(self._instance)), PAC_TYPE)
        kernel = self._watcher.kernel
        if kernel is None:
            return Page({}).no_parts()
        if request.path == PATH or is_ours(host_of(request)):
            return self._check(kernel, request)
        page = Page(kernel.rulebook.notice)
        if request.path == PRIVATE_PATH:
            return page.private()
        name = wanted_name(request)
        if not name:
            return page.no_name()
        try:
            told = judge(kernel, request.client, name)
        except BadName as error:
            return page.bad_name(name, error.reason)
        if told.verdict.action != "block":
            return page.open(told)
        return self._counter.answer(page, request, told)

    def _check(self, kernel: Kernel, request: Request) -> Response:
        """Whether the device is covered. Its resolver led it here, or it knew the address."""
        host = host_of(request)
        seat = seat_of(kernel, kernel.seating.by_address(request.client), time.time())
        asker = Asker(seat, DNS if is_ours(host) else "")
        return check(host, asker, kernel.rulebook.notice, self._port)


class Counter:
    """Where somebody stands whom a rule stops: the reason, and a form to ask for the site."""

    def __init__(self, asks: AskDesk) -> None:
        self._asks = asks

    def answer(self, page: Page, request: Request, told: Explanation) -> Response:
        if request.method == "POST":
            return self._ask(page, request, told)
        return page.blocked(told) if wants_page(request) else tiny(told, request)

    def _ask(self, page: Page, request: Request, told: Explanation) -> Response:
        if not from_here(request):
            return page.blocked(told, problem="The form was not sent from this page.")
        reason = request.form().get("reason", "").strip()
        if not reason:
            return page.blocked(told, problem="Please write what you need the site for.")
        try:
            return page.blocked(told, receipt=self._asks.ask(request.client, told, reason))
        except TooMany as error:
            return page.blocked(told, problem=str(error), status=HTTPStatus.TOO_MANY_REQUESTS)
        except OSError:
            _log.exception("a request could not be kept")
            return page.blocked(
                told,
                problem="Your request could not be saved. Please ask a teacher or the office.",
                status=HTTPStatus.SERVICE_UNAVAILABLE,
            )


def judge(kernel: Kernel, client: str, name: str, at: datetime | None = None) -> Explanation:
    """The verdict for the seat at that address, at ``at`` (now) on the district's clock."""
    now = kernel.at(at.timestamp() if at else time.time())
    return explain(kernel, name, seat=kernel.seating.by_address(client), now=now)


def wanted_name(request: Request) -> str:
    """``?name=``, else the host without its port; "" where only an address was asked for."""
    asked = request.query.get("name", "").strip()
    if asked:
        return asked
    host = host_of(request)
    return "" if is_ip_literal(host) or host == "localhost" else host


def host_of(request: Request) -> str:
    """The host that the browser wanted, in lower case, without its port."""
    host = request.host.rpartition("@")[2].lower()
    return host if host.endswith("]") else host.rpartition(":")[0] or host


def from_here(request: Request) -> bool:
    """Whether the browser says that the form was on a page of this very host."""
    return bool(request.host) and request.headers.get("origin") == (
        f"{request.scheme}://{request.host}"
    )


def wants_page(request: Request) -> bool:
    """False for pictures, scripts' data and styles: a page would be of no use there."""
    accept = request.headers.get("accept", "").lower()
    return not accept or "text/html" in accept or accept.strip() == "*/*"


def tiny(told: Explanation, request: Request) -> Response:
    """The same refusal for a machine: small, typed, still with the clause."""
    verdict = told.verdict
    accept = request.headers.get("accept", "").lower()
    if accept.startswith("image/"):
        return Response(HTTPStatus.FORBIDDEN, fill("picture", clause=verdict.clause), SVG)
    if "json" in accept:
        import json

        facts = {"blocked": True, "name": told.name, "clause": verdict.clause, "rule": verdict.rule}
        return Response(HTTPStatus.FORBIDDEN, json.dumps(facts), "application/json")
    return Response(HTTPStatus.FORBIDDEN, f"Closed here: {verdict.clause}\n", "text/plain")
