"""A rehearsal in the background: it goes on where it was, ends when told, and says the same."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

import pyarrow as pa
import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from hornbook.district.activity.models import RehearsalRun
from hornbook.district.activity.rehearsal import running
from hornbook.district.activity.rehearsal.actions import (
    Refused,
    ask_rehearsal,
    cancel_rehearsal,
    resume_rehearsal,
)
from hornbook.district.activity.rehearsal.draft import read_draft
from hornbook.district.activity.rehearsal.rehearse import read_result, rehearse
from hornbook.district.activity.rehearsal.running import folder_of, run_next
from hornbook.district.filtering.models import LocalEntry
from hornbook.district.filtering.publishing import publish
from hornbook.district.ledger.actions import Actor
from hornbook.district.ledger.models import Leaf
from hornbook.district.people.models import Person
from hornbook.instance import Instance
from hornbook.record.lake import Lake
from tests.district.activity.rehearsal.conftest import NOW

ClientFor = Callable[[Person | None], Client]
DRAFT = read_draft({"names": [{"category": "adult", "names": ["new.example"]}]})
DAYS = 3
State = RehearsalRun.State


def asked(person: Person, days: int = DAYS) -> RehearsalRun:
    since = NOW - timedelta(days=days)
    return ask_rehearsal(actor=person, draft=DRAFT, since=since, until=NOW, words="three days")


def directly(instance: Instance) -> str:
    return rehearse(DRAFT, Lake(instance.record), NOW - timedelta(days=DAYS), NOW).hash


class Cut(BaseException):
    """The process dies: nothing that could handle it does."""


@pytest.fixture
def dies_after(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """The next run dies when so many days of the record are read."""

    def die(days: int) -> None:
        def at(self: running.Shelf, step: int, doing: str) -> None:
            if step == days:
                raise Cut

        monkeypatch.setattr(running.Shelf, "at", at)

    return die


def test_it_says_what_a_rehearsal_in_one_go_says(record: Instance, it_admin: Person) -> None:
    asked(it_admin)
    run = run_next()
    assert run is not None
    run.refresh_from_db()
    assert (run.state, run.hash, run.step) == (State.DONE, directly(record), run.steps)
    assert read_result(run.result).hash == run.hash
    assert not folder_of(run).exists()
    leaf = Leaf.objects.get(verb="activity.rehearsed")
    assert leaf.detail["result"] == run.hash
    assert run_next() is None


def test_after_a_crash_it_goes_on_and_says_the_same(
    record: Instance,
    it_admin: Person,
    dies_after: Callable[[int], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = asked(it_admin)
    dies_after(2)
    with pytest.raises(Cut):
        run_next()
    run.refresh_from_db()
    assert run.state == State.RUNNING, "nobody could say otherwise"
    kept = {path.name for path in folder_of(run).iterdir()}
    assert kept == {"0000.parquet", "0001.parquet"}
    monkeypatch.undo()
    saved: list[int] = []
    save = running.Shelf.save

    def counted(self: running.Shelf, slice_: int, table: pa.Table) -> None:
        saved.append(slice_)
        save(self, slice_, table)

    monkeypatch.setattr(running.Shelf, "save", counted)
    run_next()
    run.refresh_from_db()
    assert saved == list(range(2, run.steps - 2)), "the first two days were not read again"
    assert (run.state, run.hash) == (State.DONE, directly(record))


def test_days_that_were_read_for_other_parts_are_not_used(
    record: Instance,
    it_admin: Person,
    actor: Actor,
    dies_after: Callable[[int], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = asked(it_admin)
    dies_after(2)
    with pytest.raises(Cut):
        run_next()
    monkeypatch.undo()
    LocalEntry.objects.filter(name="naked.example").delete()
    publish(actor=actor)
    run_next()
    run.refresh_from_db()
    assert (run.state, run.hash) == (State.DONE, directly(record))


def test_who_is_at_it_is_left_alone(record: Instance, it_admin: Person) -> None:
    """Another process holds the lock; when its connection ends, the lock does."""
    run = asked(it_admin)
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s, %s)", [running._LOCK, run.pk])
    assert run_next() is None
    other.close()
    for _ in range(100):  # the server needs a moment to see it
        if run_next():
            break
        threading.Event().wait(0.05)
    run.refresh_from_db()
    assert run.state == State.DONE


def test_cancelled_it_ends_at_the_next_step_and_can_go_on(
    record: Instance, it_admin: Person, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = asked(it_admin)
    at = running.Shelf.at

    def cancelling(self: running.Shelf, step: int, doing: str) -> None:
        if step == 1:
            cancel_rehearsal(run, actor=actor)
        at(self, step, doing)

    with monkeypatch.context() as context:
        context.setattr(running.Shelf, "at", cancelling)
        run_next()
    run.refresh_from_db()
    assert (run.state, run.result) == (State.CANCELLED, None)
    assert run_next() is None
    with pytest.raises(Refused, match="ended already"):
        cancel_rehearsal(run, actor=actor)
    resume_rehearsal(run, actor=actor)
    run_next()
    run.refresh_from_db()
    assert (run.state, run.hash) == (State.DONE, directly(record))
    with pytest.raises(Refused, match="can go on"):
        resume_rehearsal(run, actor=actor)


def test_when_the_worker_ends_the_run_waits_for_the_next(
    record: Instance, it_admin: Person
) -> None:
    run = asked(it_admin)
    stop = threading.Event()
    stop.set()
    run_next(stop)
    run.refresh_from_db()
    assert run.state == State.RUNNING
    run_next()
    run.refresh_from_db()
    assert run.state == State.DONE


def test_what_cannot_be_done_says_why(record: Instance, it_admin: Person) -> None:
    draft = read_draft({"rules": [{"key": "none-such", "enabled": False}]})
    run = ask_rehearsal(actor=it_admin, draft=draft, since=NOW, until=NOW, words="no time")
    run_next()
    run.refresh_from_db()
    assert (run.state, "none-such" in run.problem) == (State.FAILED, True)
    assert Leaf.objects.filter(verb="activity.rehearsal-failed").exists()


def test_a_result_is_forgotten_and_its_hash_stays(record: Instance, it_admin: Person) -> None:
    run = asked(it_admin)
    run_next()
    RehearsalRun.objects.update(ended_at=NOW - timedelta(days=31))
    assert running.forget_old() == 1
    run.refresh_from_db()
    assert run.result is None
    assert len(run.hash) == 64


def test_the_page_asks_shows_how_far_it_is_and_what_flips(
    record: Instance, it_admin: Person, client_for: ClientFor
) -> None:
    client = client_for(it_admin)
    told = {"last": "day", "names": "new.example", "category": "adult"}
    answer = client.post(reverse("rehearsal"), told)
    run = RehearsalRun.objects.get()
    page = reverse("rehearsal-run", args=[run.key])
    assert (answer.status_code, answer.url) == (302, page)  # type: ignore[attr-defined]
    waiting = client.get(page).content.decode()
    assert "Waiting for its turn" in waiting
    assert "<progress" in waiting
    run_next()
    text = client.get(page).content.decode()
    assert "37 of 91 questions of the last 24 hours would be answered otherwise" in text
    assert "under 5" in text
    assert "Reading 3, Maple Elementary" in text
    assert "Listed as adult: new.example" in text
    client.post(page, {"do": "again"})
    assert RehearsalRun.objects.count() == 2
    run_next()
    assert len(set(RehearsalRun.objects.values_list("hash", flat=True))) == 1
    wrong = client.post(reverse("rehearsal"), {"last": "day", "names": "new.example"})
    assert "Give names and a kind of site together" in wrong.content.decode()


def test_a_link_fills_the_form_in(
    record: Instance, it_admin: Person, client_for: ClientFor
) -> None:
    text = client_for(it_admin).get(reverse("rehearsal"), {"names": "link.example", "do": "off"})
    assert "link.example" in text.content.decode()


def test_the_pages_are_not_for_teachers(
    record: Instance, owner: Person, it_admin: Person, client_for: ClientFor
) -> None:
    run = asked(it_admin)
    client = client_for(owner)
    for page in (reverse("rehearsal"), reverse("rehearsal-run", args=[run.key])):
        assert client.get(page).status_code == 404
        assert client.post(page, {"do": "cancel"}).status_code == 404
    run.refresh_from_db()
    assert run.state == State.WAITING
