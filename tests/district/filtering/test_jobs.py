"""What the worker does: requests come in once, parts are renewed when time changes them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from hornbook.district.filtering import jobs
from hornbook.district.filtering.actions import ALLOW
from hornbook.district.filtering.jobs import Renewal, fetch_asks, fetch_reasons, publish_task
from hornbook.district.filtering.models import (
    Ask,
    Category,
    LocalEntry,
    Publication,
    Reason,
    Rule,
)
from hornbook.district.filtering.publishing import publish
from hornbook.district.ledger.actions import Actor
from hornbook.district.ledger.models import Leaf
from hornbook.district.people.models import Person
from hornbook.instance import Instance
from hornbook.kernel.explain import explain
from hornbook.kernel.judge import Kernel
from hornbook.node.notice.asks import AskDesk
from hornbook.node.partstore import PartStore
from hornbook.node.proxy.reasons import ReasonDesk

RECEIPT = "K7QM-4XPD-2R"


def spool(instance: Instance, receipt: str = RECEIPT, **facts: Any) -> Path:
    told = {
        "receipt": receipt,
        "person": "",
        "name": "play.example",
        "reason": "For our chess club",
        "rule": "younger-leisure",
        "clause_version": "FOCUS-1@1",
        "asked_at": "2026-11-23T16:00:00+00:00",
    }
    path = instance.spool / "asks" / f"{receipt}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(told | facts))
    return path


def served(instance: Instance) -> Kernel:
    store = PartStore(instance.parts)
    current = store.current()
    assert current is not None
    return store.load(current)


def test_a_request_becomes_one_row_and_one_leaf(instance: Instance, student: Person) -> None:
    path = spool(instance, person=str(student.key))
    assert fetch_asks().taken == (RECEIPT,)
    ask = Ask.objects.get()
    assert (ask.person, ask.person_label) == (student, "Stella Student")
    assert (ask.name, ask.clause_version, ask.state) == ("play.example", "FOCUS-1@1", "open")
    assert ask.asked_at == datetime(2026, 11, 23, 16, 0, tzinfo=UTC)
    assert not path.exists()
    assert Leaf.objects.get(verb="filtering.asked").object == f"ask:{RECEIPT}"


def test_the_worker_s_tick_fetches_requests(instance: Instance, db: None) -> None:
    spool(instance)
    jobs.tick()
    assert Ask.objects.get().receipt == RECEIPT


def test_a_crash_between_row_and_file_does_no_harm(instance: Instance, db: None) -> None:
    spool(instance)
    fetch_asks()
    spool(instance)
    fetch_asks()
    assert Ask.objects.count() == Leaf.objects.count() == 1


def test_what_the_notice_page_writes_is_understood(house: Instance, actor: Actor) -> None:
    publish(actor=actor)
    told = explain(served(house), "play.example", profile="guests")
    receipt = AskDesk(house.spool).ask("192.0.2.1", told, "For our chess club")
    assert fetch_asks().taken == (receipt,)
    ask = Ask.objects.get()
    assert (ask.rule, ask.reason) == ("younger-leisure", "For our chess club")
    assert ask.person_label == "Nobody known at that address"


def test_a_reason_at_a_warning_becomes_a_row_and_a_leaf_without_words(
    house: Instance, actor: Actor, student: Person
) -> None:
    publish(actor=actor)
    told = explain(served(house), "play.example", profile="guests")
    ReasonDesk(house.spool).keep("somebody", told, "For our chess club", 1.0, 901.0)
    assert len(fetch_reasons().taken) == 1
    reason = Reason.objects.get()
    assert (reason.name, reason.words) == ("play.example", "For our chess club")
    assert (reason.until - reason.at) == timedelta(minutes=15)
    leaf = Leaf.objects.get(verb="filtering.went-on")
    assert leaf.clause_texts == ["FOCUS-1@1"]
    assert not any(word in str(leaf.detail) for word in ("play.example", "chess"))
    assert fetch_reasons().taken == ()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"\xff\xfe",
        b'{"receipt": "K7QM-4XPD-2R"}',
        b"not json",
    ],
)
def test_a_file_that_holds_no_request_is_set_aside(
    instance: Instance, db: None, body: bytes
) -> None:
    path = spool(instance)
    path.write_bytes(body)
    good = spool(instance, "AAAA-BBBB-CC")
    fetched = fetch_asks()
    assert fetched.taken == (good.stem,)
    assert list(fetched.aside) == [path.name]
    assert (path.parent / "aside" / path.name).read_bytes() == body
    assert jobs.ASKS.files_aside() == 1
    assert fetch_asks().aside == {}


@pytest.mark.parametrize(
    "facts",
    [
        {"name": "no name"},
        {"receipt": "ANOTHER-ONE"},
        {"asked_at": "yesterday"},
        {"asked_at": "2026-11-23T16:00:00"},
        {"person": "not-a-key"},
    ],
)
def test_a_request_that_cannot_be_true_is_set_aside(
    instance: Instance, db: None, facts: dict[str, Any]
) -> None:
    path = spool(instance)
    path.write_text(json.dumps(json.loads(path.read_text()) | facts))
    assert list(fetch_asks().aside) == [path.name]
    assert not Ask.objects.exists()


def test_nothing_is_renewed_before_the_first_publication(instance: Instance, db: None) -> None:
    assert Renewal().renew_if_due(timezone.now()) is None


def test_seats_are_renewed_once_a_day_and_lists_are_left_alone(
    house: Instance, actor: Actor
) -> None:
    first = publish(actor=actor)
    LocalEntry.objects.filter(name="play.example").delete()
    Rule.objects.filter(key="younger-leisure").update(enabled=False)
    now, renewal = timezone.now(), Renewal()
    renewed = renewal.renew_if_due(now)
    assert renewed is not None
    assert (renewed.catalogue, renewed != first) == (first.catalogue, True)
    assert renewal.renew_if_due(now + timedelta(seconds=3)) is None
    assert renewal.renew_if_due(now + timedelta(days=1)) == renewed


def test_a_local_entry_that_has_ended_leaves_the_catalogue(house: Instance, actor: Actor) -> None:
    renewal = Renewal()
    LocalEntry.objects.filter(name="play.example").update(
        ends_at=timezone.now() + timedelta(minutes=1)
    )
    publish(actor=actor)
    renewal.renew_if_due(timezone.now())
    later = timezone.now() + timedelta(seconds=2)
    LocalEntry.objects.filter(name="play.example").update(ends_at=timezone.now())
    assert renewal.renew_if_due(later)
    assert explain(served(house), "play.example", profile="guests").categories == ()
    assert Publication.objects.count() == 2


def test_after_a_failure_it_waits_before_it_tries_again(house: Instance, actor: Actor) -> None:
    publish(actor=actor)
    renewal, now = Renewal(), timezone.now()
    Rule.objects.filter(key="no-bypass").update(windows=[{"days": [9]}])
    with pytest.raises(Exception, match="no-bypass"):
        renewal.renew_if_due(now)
    assert renewal.renew_if_due(now + timedelta(seconds=3)) is None
    Rule.objects.filter(key="no-bypass").update(windows=[])
    assert renewal.renew_if_due(now + jobs.RETRY)


def test_the_task_publishes_or_says_why_not(house: Instance, actor: Actor) -> None:
    allow = Category.objects.get(key=ALLOW)
    LocalEntry.objects.create(
        name="play.example", category=allow, clause=allow.clause, reason="Chess"
    )
    assert publish_task.call(actor.label, actor.person)["ok"]
    told = explain(served(house), "play.example", profile="guests")
    assert told.verdict.rule == "district-allows"
    Rule.objects.filter(key="no-bypass").update(windows=[{"days": [9]}])
    result = publish_task.call(actor.label, actor.person)
    assert not result["ok"]
    assert "no-bypass" in result["message"]
