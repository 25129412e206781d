"""Nodes on other machines bring their sealed segments here, each under its own name only."""

from __future__ import annotations

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from hornbook.district.filtering.models import Node
from hornbook.district.filtering.parts_api import for_nodes
from hornbook.district.overview.health import this_instance
from hornbook.record.intake import Head, Refused, head_of, take_in
from hornbook.record.segments import RecordError

MAX_SEGMENT = 256 * 1024 * 1024
LINE = "Hornbook-Line"  # the manifest line, canonical JSON, ASCII


@require_safe
@for_nodes
def head(request: HttpRequest, node: Node, chain: str) -> HttpResponseBase:
    """How far that chain is here."""
    if not _owns(node, chain):
        return _refused(node, chain)
    try:
        return _told(head_of(this_instance().record, chain))
    except RecordError as error:
        return _plain(HTTPStatus.CONFLICT, str(error))


@csrf_exempt  # no cookie speaks here, only the token
@require_POST
@for_nodes
def segment(request: HttpRequest, node: Node, chain: str) -> HttpResponseBase:
    """One segment. It is durable here before the answer goes."""
    if not _owns(node, chain):
        return _refused(node, chain)
    length = request.headers.get("Content-Length", "")
    if not length.isdecimal() or int(length) > MAX_SEGMENT:
        return _plain(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "That segment is too large.")
    line = request.headers.get(LINE, "").encode()
    body = request.read(int(length))
    try:
        return _told(take_in(this_instance().record, chain, line, body))
    except Refused as error:
        return _plain(HTTPStatus.CONFLICT, str(error))
    except RecordError as error:
        return _plain(HTTPStatus.CONFLICT, str(error))
    except OSError as error:
        return _plain(HTTPStatus.INSUFFICIENT_STORAGE, f"The record cannot be written: {error}.")


def _owns(node: Node, chain: str) -> bool:
    """A node's chains bear its name, or its name, a dash and a process, and nobody else's name."""
    if chain == node.key:
        return True
    longer = Node.objects.filter(revoked_at=None).exclude(pk=node.pk).values_list("key", flat=True)
    mine = chain.startswith(f"{node.key}-")
    return mine and not any(
        chain == key or (len(key) > len(node.key) and chain.startswith(f"{key}-")) for key in longer
    )


def _refused(node: Node, chain: str) -> HttpResponse:
    return _plain(
        HTTPStatus.FORBIDDEN,
        f"This token is that of {node.key}, not of {chain}. Start the node with --name {node.key}.",
    )


def _told(found: Head) -> JsonResponse:
    return JsonResponse({"no": found.no, "hash": found.hash})


def _plain(status: HTTPStatus, words: str) -> HttpResponse:
    return HttpResponse(f"{words}\n", status=status, content_type="text/plain; charset=utf-8")
