"""The nodes that pull their parts from this console: who may, and how they are."""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from hornbook.district.filtering.models import Node, Publication
from hornbook.district.filtering.publishing import store_of
from hornbook.district.ledger.actions import Actor, record
from hornbook.instance import InstanceError
from hornbook.node.partstore import Current

SILENT_AFTER = timedelta(seconds=60)
_KEY = re.compile(r"[a-z0-9][a-z0-9-]{0,48}")
REMEMBERED = 100  # publications whose time a late node's row can tell
_KINDS = ("catalogue", "rulebook", "seating")


class NodeError(InstanceError):
    """The node was not added or revoked; the message says why."""


@transaction.atomic
def add_node(key: str, *, site: str = "", actor: Actor) -> str:
    """Let a node pull parts; returns its token, which is shown once and never again.

    A revoked node is let in again with a new token. Raises NodeError for a name that is taken or
    that can be none.
    """
    if not _KEY.fullmatch(key):
        raise NodeError(f"“{key}” cannot name a node: use small letters, digits and hyphens.")
    node = Node.objects.select_for_update().filter(key=key).first() or Node(key=key)
    if node.pk and not node.revoked_at:
        raise NodeError(
            f"{key} is known already. For a new token first “hornbook node revoke {key}”."
        )
    token = secrets.token_urlsafe(32)
    node.token_sha256, node.site, node.revoked_at = digest(token), site, None
    node.save()
    record(
        actor=actor,
        verb="filtering.node-added",
        object=f"node:{key}",
        detail={"site": site, "token_sha256": node.token_sha256},
    )
    return token


@transaction.atomic
def revoke_node(key: str, *, actor: Actor) -> Node:
    """End a node's token at once; the node keeps serving by the parts that it has."""
    node = Node.objects.select_for_update().filter(key=key, revoked_at=None).first()
    if node is None:
        known = ", ".join(Node.objects.filter(revoked_at=None).values_list("key", flat=True))
        raise NodeError(f"No node {key} pulls parts from here. Known: {known or 'none'}.")
    node.revoked_at = timezone.now()
    node.save(update_fields=["revoked_at"])
    record(actor=actor, verb="filtering.node-revoked", object=f"node:{key}")
    return node


def node_of(token: str) -> Node | None:
    """The node that this token belongs to, None for a wrong or revoked one."""
    return Node.objects.filter(token_sha256=digest(token), revoked_at=None).first()


def digest(token: str) -> str:
    """SHA-256 suffices: a token holds 256 random bits, so nobody can guess through it."""
    return hashlib.sha256(token.encode()).hexdigest()


def heard_from(node: Node, report: dict[str, Any]) -> None:
    """Keep what a node told. A sign of life is no act of a person, so it makes no leaf."""
    Node.objects.filter(pk=node.pk).update(last_seen=timezone.now(), report=report)


@dataclass(frozen=True)
class NodeRow:
    """One node on the page. ``state``: in step, behind, silent or new; ``parts``: those it uses."""

    node: Node
    state: str
    parts: Publication | None
    problem: str


def node_rows() -> list[NodeRow]:
    """Every node that may pull parts, and whether it judges by what is in force."""
    current = store_of().current()
    made = {
        (made.catalogue, made.rulebook, made.seating): made
        for made in reversed(Publication.objects.all()[:REMEMBERED])
    }
    rows = []
    for node in Node.objects.filter(revoked_at=None):
        told = tuple(node.report.get(kind, "") for kind in _KINDS)
        problem = node.report.get("problem", "")
        rows.append(NodeRow(node, _state(node, told, current), made.get(told), problem))
    return rows


def _state(node: Node, told: tuple[str, ...], current: Current | None) -> str:
    if node.last_seen is None:
        return "new"
    if timezone.now() - node.last_seen > SILENT_AFTER:
        return "silent"
    return "in step" if current and told == current.hashes else "behind"
