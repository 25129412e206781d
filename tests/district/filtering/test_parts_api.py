"""What nodes on other machines get from the console, and what nobody else gets."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from hornbook.district.filtering import nodes
from hornbook.district.filtering.models import Node
from hornbook.district.filtering.nodes import NodeError, add_node, node_rows, revoke_node
from hornbook.district.filtering.publishing import publish, store_of
from hornbook.district.ledger.actions import Actor
from hornbook.district.ledger.models import Leaf
from hornbook.district.people.models import Person
from hornbook.instance import Instance
from hornbook.node.partstore import Current


@pytest.fixture
def token(house: Instance, actor: Actor) -> str:
    return add_node("oak-school", site="oak", actor=actor)


@pytest.fixture
def published(house: Instance, actor: Actor) -> Current:
    publish(actor=actor)
    current = store_of().current()
    assert current is not None
    return current


@pytest.fixture
def node(token: str) -> Client:
    return Client(headers={"Authorization": f"Bearer {token}"})


def test_a_node_gets_what_is_in_force_and_its_parts(node: Client, published: Current) -> None:
    told = node.get("/parts/current.json")
    assert Current(**told.json()) == published
    for part in published.hashes:
        reply = node.get(f"/parts/{part}.part")
        assert reply.headers["ETag"] == f'"{part}"'
        assert reply.getvalue() == store_of().path(part).read_bytes()


def test_what_a_node_has_is_not_sent_again(node: Client, published: Current) -> None:
    tag = node.get("/parts/current.json").headers["ETag"]
    again = node.get("/parts/current.json", headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    part = f"/parts/{published.seating}.part"
    again = node.get(part, headers={"If-None-Match": f'"{published.seating}"'})
    assert again.status_code == 304


def test_without_a_good_token_there_is_nothing(
    node: Client, published: Current, token: str, it_admin: Person, actor: Actor
) -> None:
    paths = ["/parts/current.json", f"/parts/{published.catalogue}.part"]
    signed_in = Client()
    assert it_admin.user is not None
    signed_in.force_login(it_admin.user, "allauth.account.auth_backends.AuthenticationBackend")
    for header in ({}, {"Authorization": f"Bearer {token}x"}, {"Authorization": f"Basic {token}"}):
        for path in paths:
            reply = signed_in.get(path, headers=header)
            assert (reply.status_code, reply.headers["WWW-Authenticate"]) == (401, "Bearer")
    revoke_node("oak-school", actor=actor)
    assert [node.get(path).status_code for path in paths] == [401, 401]
    assert node.post("/parts/report", "{}", "application/json").status_code == 401


@pytest.mark.parametrize("path", ["current.json", "0" * 64 + ".part", "../instance.json"])
def test_what_is_not_there_is_404(node: Client, path: str) -> None:
    assert node.get(f"/parts/{path}").status_code == 404


def test_a_token_is_shown_once_and_only_its_digest_is_kept(token: str, actor: Actor) -> None:
    kept = Node.objects.get(key="oak-school")
    leaf = Leaf.objects.order_by("no").last()
    assert leaf is not None
    assert (leaf.verb, leaf.object) == ("filtering.node-added", "node:oak-school")
    assert token not in json.dumps([leaf.detail, kept.token_sha256])
    with pytest.raises(NodeError, match="known already"):
        add_node("oak-school", actor=actor)
    revoke_node("oak-school", actor=actor)
    with pytest.raises(NodeError, match="Known: none"):
        revoke_node("oak-school", actor=actor)
    assert add_node("oak-school", actor=actor) != token


@pytest.mark.parametrize("name", ["", "Oak", "oak school", "-oak", "o" * 50])
def test_a_name_that_can_be_none_is_refused(db: None, actor: Actor, name: str) -> None:
    with pytest.raises(NodeError, match="cannot name a node"):
        add_node(name, actor=actor)


REPORTS = [
    ('{"answered": 7, "ready": true, "rule": "x"}', 204, {"answered": 7, "ready": True}),
    ('{"answered": true, "ready": 1, "problem": 5}', 204, {}),
    ('{"answered": -1, "published_at": NaN}', 204, {}),
    ('{"problem": "\\u0000"}', 204, {}),
    ('{"problem": "\\ud800"}', 204, {}),
    ("[1]", 204, {}),
    ("[" * 16000, 400, {}),
    ("no", 400, {}),
    (json.dumps({"problem": "x" * 20_000}), 413, {}),
]


@pytest.mark.parametrize(("body", "status", "kept"), REPORTS)
def test_a_report_is_kept_field_by_field(
    node: Client, body: str, status: int, kept: dict[str, object]
) -> None:
    assert node.post("/parts/report", body, "application/json").status_code == status
    assert Node.objects.get(key="oak-school").report == kept


def test_the_page_tells_who_is_in_step(
    client_for: Callable[[Person], Client], it_admin: Person, token: str, published: Current
) -> None:
    def state() -> str:
        return node_rows()[0].state

    page = client_for(it_admin)
    assert state() == "new"
    found = Node.objects.get()
    told = dict(zip(("catalogue", "rulebook", "seating"), published.hashes, strict=True))
    nodes.heard_from(found, {**told, "problem": "the disk is full"})
    assert state() == "in step"
    shown = page.get("/filter/").content.decode()
    assert "In step" in shown
    assert "the disk is full" in shown
    nodes.heard_from(found, {**told, "seating": "0" * 64})
    assert state() == "behind"
    Node.objects.update(last_seen=timezone.now() - timedelta(minutes=2))
    assert state() == "silent"
