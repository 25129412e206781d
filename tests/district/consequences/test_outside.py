"""Accounts in other systems: off, on again at the end, and everything that can go wrong."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from django.utils import timezone
from pytest_django import Settings

from hornbook.district.conduct.models import Consequence
from hornbook.district.consequences.actions import Refused, suspend, try_now
from hornbook.district.consequences.carrying_out import carry_out
from hornbook.district.consequences.models import Suspension
from hornbook.district.consequences.outside import Line, OutsideFailed, System, read_systems
from hornbook.district.ledger.actions import Actor
from hornbook.district.ledger.models import Leaf
from hornbook.district.people.models import Person
from hornbook.instance import Instance, InstanceError
from tests.district.consequences.conftest import TOKEN, MakeConsequence, Other

Serve = Callable[[], Other]
Write = Callable[..., None]
State = Suspension.State


def end(consequence: Consequence) -> None:
    """Its last day was yesterday."""
    Consequence.objects.filter(pk=consequence.pk).update(
        ends_on=timezone.localdate() - timedelta(days=1)
    )


def later() -> None:
    """The wait for the next try is over."""
    Suspension.objects.update(not_before=timezone.now())


@pytest.mark.django_db
def test_off_now_and_on_again_at_the_end(
    serve: Serve,
    write_systems: Write,
    make_consequence: MakeConsequence,
    owner: Person,
    actor: Actor,
) -> None:
    lms = serve()
    lms.add(owner.email)
    lms.add("somebody@else.test")
    write_systems(lms=lms.url)
    consequence = make_consequence()
    suspend(actor=actor, consequence=consequence, systems=["lms"])
    carry_out()
    assert not lms.active(owner.email)
    assert lms.active("somebody@else.test")
    carry_out()
    assert Suspension.objects.get().state == State.SUSPENDED
    end(consequence)
    carry_out()
    assert lms.active(owner.email)
    assert Suspension.objects.get().state == State.RESTORED
    leaves = Leaf.objects.filter(object=f"person {owner.key}", verb__contains="elsewhere")
    assert [leaf.verb for leaf in leaves] == [
        "suspend account elsewhere",
        "account suspended elsewhere",
        "account restored elsewhere",
    ]
    assert all(leaf.clause_texts == ["BYPASS-1@1"] for leaf in leaves)


@pytest.mark.django_db
def test_lifting_it_opens_the_account_the_same_minute(
    serve: Serve,
    write_systems: Write,
    make_consequence: MakeConsequence,
    owner: Person,
    actor: Actor,
) -> None:
    lms = serve()
    lms.add(owner.email)
    write_systems(lms=lms.url)
    consequence = make_consequence()
    suspend(actor=actor, consequence=consequence, systems=["lms"])
    carry_out()
    Consequence.objects.update(lifted_at=timezone.now(), restored_at=timezone.now())
    carry_out()
    assert lms.active(owner.email)


@pytest.mark.django_db
def test_what_was_off_before_stays_off(
    serve: Serve,
    write_systems: Write,
    make_consequence: MakeConsequence,
    owner: Person,
    actor: Actor,
) -> None:
    lms = serve()
    lms.add(owner.email, active=False)
    write_systems(lms=lms.url)
    consequence = make_consequence()
    suspend(actor=actor, consequence=consequence, systems=["lms"])
    carry_out()
    end(consequence)
    carry_out()
    assert not lms.active(owner.email)
    assert Suspension.objects.get().state == State.RESTORED


@pytest.mark.django_db
def test_nobody_there_is_said_and_not_tried_for_ever(
    serve: Serve, write_systems: Write, make_consequence: MakeConsequence, actor: Actor
) -> None:
    write_systems(lms=serve().url)
    suspend(actor=actor, consequence=make_consequence(), systems=["lms"])
    carry_out()
    assert Suspension.objects.get().state == State.ABSENT


@pytest.mark.django_db
def test_one_system_is_down_and_the_other_is_done(
    serve: Serve,
    write_systems: Write,
    make_consequence: MakeConsequence,
    owner: Person,
    actor: Actor,
) -> None:
    mail, lms = serve(), serve()
    mail.add(owner.email)
    lms.add(owner.email)
    write_systems(mail=mail.url, lms="http://127.0.0.1:9/scim")  # nobody listens on port 9
    suspend(actor=actor, consequence=make_consequence(), systems=["mail", "lms"])
    carry_out()
    assert not mail.active(owner.email)
    down = Suspension.objects.get(system="lms")
    assert (down.state, down.tries) == (State.WAITING, 1)
    assert "ConnectionError" in down.answer
    assert down.not_before > timezone.now()
    carry_out()
    down.refresh_from_db()
    assert down.tries == 1  # it waits
    write_systems(mail=mail.url, lms=lms.url)
    try_now(actor=actor, suspension=down)
    carry_out()
    assert not lms.active(owner.email)


@pytest.mark.django_db
def test_waits_grow_and_have_an_end(
    write_systems: Write, make_consequence: MakeConsequence, actor: Actor
) -> None:
    write_systems(lms="http://127.0.0.1:9/scim")
    suspend(actor=actor, consequence=make_consequence(), systems=["lms"])
    waits = []
    for _ in range(12):
        later()
        carry_out()
        waits.append(round((Suspension.objects.get().not_before - timezone.now()).total_seconds()))
    assert waits[:4] == [30, 60, 120, 240]
    assert waits[-1] == 3600


@pytest.mark.django_db
def test_a_wrong_token_is_said_in_words(
    serve: Serve, write_systems: Write, make_consequence: MakeConsequence, actor: Actor
) -> None:
    write_systems(token="wrong", lms=serve().url)
    suspend(actor=actor, consequence=make_consequence(), systems=["lms"])
    carry_out()
    assert Suspension.objects.get().answer == "System lms answered 401."


@pytest.mark.django_db
def test_a_system_that_was_taken_out_of_the_file_is_said(
    serve: Serve, write_systems: Write, make_consequence: MakeConsequence, actor: Actor
) -> None:
    write_systems(lms=serve().url)
    suspend(actor=actor, consequence=make_consequence(), systems=["lms"])
    write_systems()
    carry_out()
    assert "knows no system" in Suspension.objects.get().answer


@pytest.mark.django_db
def test_the_longer_of_two_keeps_it_off_and_opens_it_at_its_end(
    serve: Serve,
    write_systems: Write,
    make_consequence: MakeConsequence,
    owner: Person,
    actor: Actor,
) -> None:
    lms = serve()
    lms.add(owner.email)
    write_systems(lms=lms.url)
    short, long = make_consequence(), make_consequence()
    for one in (short, long):
        suspend(actor=actor, consequence=one, systems=["lms"])
        carry_out()
    end(short)
    carry_out()
    assert not lms.active(owner.email)
    end(long)
    carry_out()
    assert lms.active(owner.email)


@pytest.mark.django_db
def test_a_worker_that_dies_half_way_leaves_nothing_off_for_ever(
    serve: Serve,
    write_systems: Write,
    make_consequence: MakeConsequence,
    owner: Person,
    actor: Actor,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Killed after the other system did it, before we wrote it down."""
    lms = serve()
    lms.add(owner.email)
    write_systems(lms=lms.url)
    consequence = make_consequence()
    suspend(actor=actor, consequence=consequence, systems=["lms"])
    real = Line.set_active

    def killed(self: Line, account: str, active: bool) -> None:
        real(self, account, active)
        raise KeyboardInterrupt

    monkeypatch.setattr(Line, "set_active", killed)
    with pytest.raises(KeyboardInterrupt):
        carry_out()
    monkeypatch.undo()
    assert not lms.active(owner.email)
    end(consequence)
    carry_out()
    assert lms.active(owner.email)
    assert Suspension.objects.get().state == State.RESTORED


@pytest.mark.django_db
def test_only_restricted_access_with_an_end_switches_accounts_off(
    serve: Serve, write_systems: Write, make_consequence: MakeConsequence, actor: Actor
) -> None:
    write_systems(lms=serve().url)
    with pytest.raises(Refused, match="last day"):
        suspend(actor=actor, consequence=make_consequence(sort="warning"), systems=["lms"])
    consequence = make_consequence()
    Consequence.objects.filter(pk=consequence.pk).update(restored_at=timezone.now())
    consequence.refresh_from_db()
    with pytest.raises(Refused, match="ended"):
        suspend(actor=actor, consequence=consequence, systems=["lms"])


@pytest.mark.django_db
def test_what_ends_before_it_began_touches_nothing(
    serve: Serve,
    write_systems: Write,
    make_consequence: MakeConsequence,
    owner: Person,
    actor: Actor,
) -> None:
    lms = serve()
    lms.add(owner.email)
    write_systems(lms=lms.url)
    consequence = make_consequence()
    suspend(actor=actor, consequence=consequence, systems=["lms"])
    end(consequence)
    carry_out()
    assert lms.active(owner.email)
    assert Suspension.objects.get().state == State.DROPPED


# --- services that are no good ---


@contextmanager
def answering(status: int, body: bytes, **headers: str) -> Iterator[str]:
    """A server that gives this answer to everything."""

    class Answer(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_PATCH = _answer

        def log_message(self, format: str, *args: object) -> None:
            """Not on the screen of the tests."""

    server = HTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (200, b"<html>", "no JSON"),
        (200, b"[]", "something else than SCIM"),
        (200, b'{"Resources": [{"id": "1"}, {"id": "2"}]}', "several accounts"),
        (200, b'{"Resources": [{"active": true}]}', "names no account"),
        (500, b"", "answered 500"),
        (302, b"", "answered 302"),
        (200, b"[" * 2_000_000, "no JSON"),
    ],
)
def test_a_bad_answer_is_told_and_nothing_is_believed(status: int, body: bytes, words: str) -> None:
    with answering(status, body, Location="http://127.0.0.1:9/") as url:
        line = Line(System("x", "X", url, TOKEN))
        with pytest.raises(OutsideFailed, match=words):
            line.find("a@b.test")


def test_a_service_that_says_yes_and_does_nothing_is_found_out() -> None:
    with (
        answering(200, b'{"id": "1", "active": true}') as url,
        pytest.raises(OutsideFailed, match="did not change"),
    ):
        Line(System("x", "X", url, TOKEN)).set_active("1", False)


@pytest.mark.parametrize(
    "text",
    [
        "[x]\nname = 1",
        "x = 1",
        '[lms]\nname = "a"\nurl = "http://lms.example"\ntoken = "t"',
        '["A b"]\nname = "a"\nurl = "https://lms.example"\ntoken = "t"',
        "[",
    ],
)
def test_a_file_that_cannot_be_right_is_refused_with_its_place(
    settings: Settings, tmp_path: Path, text: str
) -> None:
    instance = Instance(tmp_path)
    (instance.folder("secrets", 0o700) / "outside.toml").write_text(text)
    with pytest.raises(InstanceError, match=r"outside\.toml"):
        read_systems(instance)
