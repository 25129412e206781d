"""Segments come from nodes over HTTP: with their token, under their name, once, and durably."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client

from hornbook.district.activity import intake_api
from hornbook.district.filtering.nodes import add_node, revoke_node
from hornbook.district.ledger.actions import Actor
from hornbook.instance import Instance
from hornbook.record.manifest import MANIFEST, whole_lines
from hornbook.record.segments import SegmentWriter
from hornbook.record.verify import verify_record
from tests.record.rows import rows

pytestmark = pytest.mark.django_db
NODE = "oak-school"
Segment = tuple[str, bytes]


@pytest.fixture
def node(instance: Instance, actor: Actor) -> Client:
    return Client(headers={"Authorization": f"Bearer {add_node(NODE, actor=actor)}"})


@pytest.fixture
def sealed(tmp_path_factory: pytest.TempPathFactory) -> list[Segment]:
    """Three segments of a node on another machine: each with its line."""
    away = tmp_path_factory.mktemp("away")
    writer = SegmentWriter(away, NODE)
    for number in range(3):
        writer.append(rows(number + 1))
        writer.seal()
    writer.close()
    lines = [text.decode() for text in whole_lines((away / NODE / MANIFEST).read_bytes())]
    files = sorted((away / NODE).glob("day=*/*.parquet"))
    return [(line, file.read_bytes()) for line, file in zip(lines, files, strict=True)]


def send(client: Client, segment: Segment, chain: str = NODE) -> tuple[int, object]:
    answer = client.post(
        f"/parts/record/{chain}/segments",
        segment[1],
        content_type="application/octet-stream",
        headers={"Hornbook-Line": segment[0]},
    )
    return answer.status_code, answer.json() if answer.status_code == 200 else answer.content


def head(client: Client, chain: str = NODE) -> object:
    return client.get(f"/parts/record/{chain}/head").json()["no"]


def test_segments_are_kept_once_and_in_order(
    node: Client, sealed: list[Segment], instance: Instance
) -> None:
    assert head(node) == 0
    for segment in (sealed[0], sealed[0], sealed[1]):
        assert send(node, segment)[0] == 200
    assert head(node) == 2
    assert verify_record(instance.record) == []
    assert len(list(instance.record.glob(f"{NODE}/day=*/*.parquet"))) == 2


def test_what_does_not_follow_or_was_changed_is_refused(
    node: Client, sealed: list[Segment], instance: Instance
) -> None:
    assert send(node, sealed[1])[0] == 409
    assert send(node, (sealed[0][0], sealed[0][1][:-1] + b"x"))[0] == 409
    assert send(node, ("{}", sealed[0][1]))[0] == 409
    assert head(node) == 0
    assert not list(instance.record.glob("*/day=*/*.parquet"))


def test_a_node_delivers_under_its_own_name_only(
    node: Client, sealed: list[Segment], actor: Actor
) -> None:
    add_node(f"{NODE}-annex", actor=actor)
    for other in ("maple-school", f"{NODE}-annex", f"{NODE}-annex-2", "oak"):
        assert send(node, sealed[0], other)[0] == 403, other
        assert node.get(f"/parts/record/{other}/head").status_code == 403
    assert head(node, f"{NODE}-2") == 0  # its second process


def test_without_a_token_there_is_nothing(
    node: Client, sealed: list[Segment], actor: Actor, instance: Instance
) -> None:
    assert send(Client(), sealed[0])[0] == 401
    revoke_node(NODE, actor=actor)
    assert send(node, sealed[0])[0] == 401
    assert node.get(f"/parts/record/{NODE}/head").status_code == 401
    assert not list(instance.record.glob("*/day=*/*.parquet"))


def test_what_is_too_large_is_not_read(
    node: Client, sealed: list[Segment], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake_api, "MAX_SEGMENT", 100)
    assert send(node, sealed[0])[0] == 413


def test_a_record_that_cannot_be_written_is_told_so(
    node: Client, sealed: list[Segment], instance: Instance
) -> None:
    folder = Path(instance.record) / NODE
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.write_text("in the way")
    code, words = send(node, sealed[0])
    assert code in (409, 507), words
    folder.unlink()
    assert send(node, sealed[0])[0] == 200, "nothing was lost"
