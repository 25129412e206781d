"""What nodes on other machines ask: the publication in force, its parts, and to be heard.

Every request carries the node's own token (``Authorization: Bearer``, RFC 6750). Parts never
change, so a node that has one asks for it once in its life; ``current.json`` has an ETag.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any, Concatenate, ParamSpec

from django.http import FileResponse, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from hornbook.district.filtering.jobs import ASKS, REASONS
from hornbook.district.filtering.models import Node
from hornbook.district.filtering.nodes import heard_from, node_of
from hornbook.district.filtering.publishing import store_of
from hornbook.district.filtering.spool import BadFile, Spool
from hornbook.district.ledger.actions import Actor
from hornbook.node.sync.report import MAX_REPORT, read_report

MAX_WRITTEN = 16 * 1024  # octets
_Rest = ParamSpec("_Rest")
_View = Callable[Concatenate[HttpRequest, _Rest], HttpResponseBase]
_NodeView = Callable[Concatenate[HttpRequest, Node, _Rest], HttpResponseBase]


def for_nodes(view: _NodeView[_Rest]) -> _View[_Rest]:
    """Give the view the node that asks; everybody else gets 401 and nothing."""

    @wraps(view)
    def guarded(
        request: HttpRequest, /, *args: _Rest.args, **kwargs: _Rest.kwargs
    ) -> HttpResponseBase:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        node = node_of(token.strip()) if scheme.lower() == "bearer" else None
        if node is None:
            reply = _plain(HTTPStatus.UNAUTHORIZED, "A node's token is needed.")
            reply["WWW-Authenticate"] = "Bearer"
            return reply
        return view(request, node, *args, **kwargs)

    return guarded


@require_safe
@for_nodes
def current(request: HttpRequest, node: Node) -> HttpResponseBase:
    """``current.json`` as it stands in the data folder; 404 before the first publication."""
    try:
        body = (store_of().folder / "current.json").read_bytes()
    except FileNotFoundError:
        return _plain(HTTPStatus.NOT_FOUND, "Nothing is published yet.")
    tag = hashlib.sha256(body).hexdigest()
    reply = _known(request, tag) or HttpResponse(body, content_type="application/json")
    return _tagged(reply, tag, "private, no-cache")


@require_safe
@for_nodes
def part(request: HttpRequest, node: Node, part_hash: str) -> HttpResponseBase:
    """One part, streamed from disk."""
    path = store_of().path(part_hash)
    if not path.exists():
        return _plain(HTTPStatus.NOT_FOUND, "There is no such part.")
    reply = _known(request, part_hash) or FileResponse(
        path.open("rb"), content_type="application/octet-stream"
    )
    return _tagged(reply, part_hash, "private, immutable, max-age=31536000")


@csrf_exempt  # no cookie speaks here, only the token
@require_POST
@for_nodes
def report(request: HttpRequest, node: Node) -> HttpResponseBase:
    """A node tells how it is: fields that are not known are dropped."""
    if len(request.body) > MAX_REPORT:
        return _plain(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "That report is too long.")
    try:
        told = json.loads(request.body)
    except (ValueError, RecursionError):
        return _plain(HTTPStatus.BAD_REQUEST, "That report is no JSON.")
    heard_from(node, read_report(told))
    return HttpResponse(status=HTTPStatus.NO_CONTENT)


@csrf_exempt  # no cookie speaks here, only the token
@require_POST
@for_nodes
def spooled(request: HttpRequest, node: Node, box: str, receipt: str) -> HttpResponseBase:
    """A node brings what somebody wrote there. It is kept here before the answer goes.

    ``{"refused": ""}`` says that it is here; else why it never will be.
    """
    spool = _BOXES.get(box)
    if spool is None:
        return _plain(HTTPStatus.NOT_FOUND, f"Nobody writes “{box}”.")
    length = request.headers.get("Content-Length", "")
    if not length.isdecimal() or int(length) > MAX_WRITTEN:
        return _plain(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "That is too long.")
    try:
        spool.take(request.body, receipt, actor=Actor(f"node {node.key}"))
    except BadFile as error:
        return JsonResponse({"refused": str(error)})
    return JsonResponse({"refused": ""})


_BOXES: dict[str, Spool[Any]] = {spool.name: spool for spool in (ASKS, REASONS)}


def _known(request: HttpRequest, tag: str) -> HttpResponseBase | None:
    """304 when the asker has what bears this tag, else None."""
    return get_conditional_response(request, etag=f'"{tag}"')


def _tagged(reply: HttpResponseBase, tag: str, keep: str) -> HttpResponseBase:
    reply["ETag"], reply["Cache-Control"] = f'"{tag}"', keep
    return reply


def _plain(status: HTTPStatus, words: str) -> HttpResponse:
    return HttpResponse(f"{words}\n", status=status, content_type="text/plain; charset=utf-8")
