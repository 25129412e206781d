"""Names in no list that look like adult sites: from the record to a person's decision."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse
from django_tasks_db.models import DBTaskResult
from pytest_django import DjangoCaptureOnCommitCallbacks

from hornbook.district.filtering.actions import Refused, leave_unlisted, list_unlisted
from hornbook.district.filtering.explaining import served_kernel
from hornbook.district.filtering.looks import look_at
from hornbook.district.filtering.models import Category, LocalEntry, UnlistedName
from hornbook.district.filtering.publishing import publish
from hornbook.district.filtering.unlisted import Sweeper, sweep, waiting
from hornbook.district.ledger.actions import Actor
from hornbook.district.ledger.models import Leaf
from hornbook.district.people.models import Person
from hornbook.instance import Instance
from hornbook.kernel.explain import explain
from hornbook.record.lake import Lake
from hornbook.record.segments import SegmentWriter
from tests.district.filtering.test_pages import ClientFor
from tests.record.rows import rows

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
PORN, TUBE = "free-hardcore-porn.example", "xxx-porn-tube.example"


@pytest.fixture
def record(house: Instance) -> Iterator[SegmentWriter]:
    writer = SegmentWriter(house.record, "node-1")
    yield writer
    writer.close()


def asked(writer: SegmentWriter, name: str, times: int, at: datetime, unseen: float) -> None:
    writer.append(rows(times, at=at, name=name, unseen=unseen, scorer="unseen-1"))
    writer.seal()


@pytest.fixture
def queue(house: Instance, record: SegmentWriter) -> Lake:
    """Two names wait since half an hour before NOON: one asked twice, the other five times."""
    before = NOW - timedelta(minutes=30)
    asked(record, TUBE, 2, before, 0.7)
    asked(record, PORN, 5, before, 0.9)
    asked(record, "county-history.example", 9, before, 0.001)
    asked(record, "naked.example", 4, before, -1)
    lake = Lake(house.record)
    sweep(lake, NOW)
    return lake


def test_what_nodes_marked_waits_with_the_most_asked_first(queue: Lake) -> None:
    assert [(name.name, name.times) for name in waiting()] == [(PORN, 5), (TUBE, 2)]
    first = waiting()[0]
    assert first.first_asked == NOW - timedelta(minutes=30)
    assert first.scorer == look_at(PORN).scorer
    assert first.parts == [list(part) for part in look_at(PORN).parts]
    assert 0 < len(first.parts) <= 3


def test_each_row_counts_once(queue: Lake, record: SegmentWriter) -> None:
    asked(record, PORN, 3, NOW + timedelta(minutes=1), 0.9)
    later = NOW + timedelta(minutes=5)
    assert sweep(queue, later) == 1
    assert sweep(queue, later) == 0
    assert [(name.name, name.times) for name in waiting()] == [(PORN, 8), (TUBE, 2)]


def test_the_worker_looks_every_few_minutes(queue: Lake, record: SegmentWriter) -> None:
    asked(record, PORN, 3, NOW, 0.9)
    sweeper = Sweeper()
    due = [sweeper.sweep_if_due(NOW + timedelta(minutes=n)) for n in (2, 3, 4, 8)]
    assert due == [1, 0, 0, 0]


def test_a_name_that_today_s_model_does_not_suspect_is_not_queued(
    house: Instance, record: SegmentWriter
) -> None:
    asked(record, "county-history.example", 9, NOW - timedelta(minutes=5), 0.9)
    sweep(Lake(house.record), NOW)
    assert not waiting().exists()


def test_listed_under_a_clause_it_is_blocked(queue: Lake, actor: Actor) -> None:
    name, adult = waiting()[0], Category.objects.get(key="adult")
    list_unlisted(name, category=adult, reason="Pictures, seen on 25 November", actor=actor)
    leaf = Leaf.objects.latest("no")
    assert (leaf.verb, leaf.object) == ("filtering.unlisted-listed", f"name:{PORN}")
    assert leaf.clause_texts == ["FILTER-1@1"]
    assert LocalEntry.objects.get(name=PORN).clause == adult.clause
    publish(actor=actor)
    told = explain(served_kernel(), f"www.{PORN}")
    assert (told.verdict.action, told.categories) == ("block", ("adult",))


def test_left_open_it_does_not_come_back(queue: Lake, record: SegmentWriter, actor: Actor) -> None:
    name = waiting()[0]
    leave_unlisted(name, reason="A band of that name", actor=actor)
    asked(record, PORN, 3, NOW + timedelta(minutes=1), 0.9)
    sweep(queue, NOW + timedelta(minutes=5))
    name.refresh_from_db()
    assert (name.state, name.times) == ("left", 8)
    assert [waits.name for waits in waiting()] == [TUBE]
    with pytest.raises(Refused, match="left open"):
        leave_unlisted(name, reason="Again", actor=actor)


def test_a_name_that_a_list_brings_waits_no_longer(queue: Lake, actor: Actor) -> None:
    adult = Category.objects.get(key="adult")
    LocalEntry.objects.create(name=TUBE, category=adult, clause=adult.clause, reason="Test")
    publish(actor=actor)
    sweep(queue, NOW + timedelta(minutes=5))
    assert UnlistedName.objects.get(name=TUBE).state == "known"
    assert [waits.name for waits in waiting()] == [PORN]


def test_it_decides_on_the_page(
    queue: Lake,
    it_admin: Person,
    client_for: ClientFor,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    client, page = client_for(it_admin), reverse("filter-unlisted")
    first, second = waiting()
    assert "2 names in no list</a> look like" in client.get(reverse("filter")).content.decode()
    text = client.get(page).content.decode()
    assert "Not listed; the name looks like an adult site because of" in text
    assert "5 times" in text
    address = reverse("filter-decide-unlisted", args=[first.pk])
    failed = client.post(address, {"do": "list", "category": "adult", "reason": ""})
    assert "id_reason" not in failed.content.decode()
    assert failed.status_code == 200
    assert client.post(address, {"do": "x", "reason": "y"}).status_code == 404
    with django_capture_on_commit_callbacks(execute=True):
        client.post(address, {"do": "list", "category": "adult", "reason": "Seen"})
    assert DBTaskResult.objects.count() == 1
    other = reverse("filter-decide-unlisted", args=[second.pk])
    client.post(other, {"do": "leave", "category": "adult", "reason": "A joke"})
    after = client.get(page).content.decode()
    assert "Nothing to look at" in after
    assert "Listed here: " in after
    assert "A joke" in after


def test_an_allow_list_is_no_kind_of_site(
    queue: Lake, it_admin: Person, client_for: ClientFor
) -> None:
    address = reverse("filter-decide-unlisted", args=[waiting()[0].pk])
    sent = {"do": "list", "category": "allow", "reason": "x"}
    assert client_for(it_admin).post(address, sent).status_code == 200
    assert not LocalEntry.objects.filter(name=PORN).exists()


def test_others_read_or_see_nothing(
    queue: Lake, policy_owner: Person, principal: Person, client_for: ClientFor
) -> None:
    page = reverse("filter-unlisted")
    address = reverse("filter-decide-unlisted", args=[waiting()[0].pk])
    sent = {"do": "list", "category": "adult", "reason": "x"}
    owner = client_for(policy_owner)
    assert PORN in owner.get(page).content.decode()
    assert "List it" not in owner.get(page).content.decode()
    assert owner.post(address, sent).status_code == 404
    assert client_for(principal).get(page).status_code == 404
    assert client_for(None).get(page).status_code == 302
