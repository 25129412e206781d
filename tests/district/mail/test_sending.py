"""Nobody gets a letter twice and nobody is forgotten, however the server fails."""

from __future__ import annotations

from datetime import timedelta

import pytest
from aiosmtpd.smtp import Envelope
from django.db import DatabaseError, transaction
from django.utils import timezone
from pytest_django import Settings

from hornbook.district.ledger.actions import SYSTEM
from hornbook.district.ledger.models import Leaf
from hornbook.district.mail.actions import Draft, drop, post, settle_doubts
from hornbook.district.mail.jobs import Postman
from hornbook.district.mail.models import Letter, LetterState
from hornbook.district.mail.sending import MailDown, Round, send_waiting
from hornbook.district.settings import mail_server_from
from tests.district.mail.conftest import Postbox

pytestmark = pytest.mark.django_db


def write(count: int, about: str = "campaign 1") -> int:
    with transaction.atomic():
        return post(
            Draft(
                key=f"{about} remind {n}",
                about=about,
                to=f"p{n}@district.test",
                subject="Please sign",
                body="Open Hornbook as you usually do.\n.\nThe District",
            )
            for n in range(count)
        )


def states() -> dict[str, int]:
    found: dict[str, int] = {}
    for state in Letter.objects.values_list("state", flat=True):
        found[state] = found.get(state, 0) + 1
    return found


def until_settled() -> Round:
    """Rounds until nothing waits; what was put off is tried at once."""
    for _ in range(100):
        done = send_waiting(seconds=60)
        Letter.objects.filter(state="waiting").update(not_before=timezone.now())
        if not Letter.objects.filter(state="waiting").exists():
            return done
    raise AssertionError(states())


def test_a_letter_arrives_as_plain_text_from_a_machine(postbox: Postbox) -> None:
    write(1)
    assert send_waiting().sent == 1
    ((to, mail),) = postbox.letters
    letter = Letter.objects.get()
    assert (to, mail["Message-ID"], letter.state) == ("p0@district.test", letter.message_id, "sent")
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail.get_content_type() == "text/plain"
    assert "\r\n.\r\n" in str(mail.get_payload())
    assert mail["Message-ID"].endswith("@district.test>")


def test_the_same_key_is_the_same_letter(postbox: Postbox) -> None:
    assert (write(3), write(3), write(4)) == (3, 0, 1)
    until_settled()
    write(4)
    send_waiting()
    assert set(postbox.counts().values()) == {1}
    assert len(postbox.letters) == 4


def test_a_letter_cannot_be_posted_beside_its_act() -> None:
    """The test itself runs in a transaction, so the check is asked directly."""
    from unittest.mock import patch

    with (
        patch("hornbook.district.mail.actions.connection.in_atomic_block", False),
        pytest.raises(RuntimeError),
    ):
        post([])


def test_without_a_mail_server_letters_wait(settings: Settings) -> None:
    settings.EMAIL_HOST = settings.MAIL_FROM = ""
    settings.MAIL_FROM = "h@district.test"
    write(2)
    assert send_waiting() == Round()
    assert states() == {"waiting": 2}


def test_a_server_that_is_down_loses_nothing(settings: Settings) -> None:
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    settings.MAIL_FROM = "h@district.test"
    write(2)
    done = send_waiting()
    assert "127.0.0.1:1" in done.problem
    assert states() == {"waiting": 2}


def test_a_server_that_fails_half_way_is_met_again_and_nobody_gets_two(postbox: Postbox) -> None:
    write(40)
    failing = iter(["451 disk full", "421 closing", None] * 10)
    postbox.on_rcpt = lambda address: next(failing, None) if len(postbox.letters) >= 20 else None
    assert send_waiting(seconds=60).problem == "the server closes: closing"
    assert states()["waiting"] == 20
    until_settled()
    assert states() == {"sent": 40}
    assert postbox.counts() == {f"p{n}@district.test": 1 for n in range(40)}


def test_the_text_put_off_is_sent_later_with_the_same_id(postbox: Postbox) -> None:
    write(1)
    postbox.on_data = lambda envelope: "452 try later"
    assert send_waiting().later == 1
    letter = Letter.objects.get()
    assert letter.not_before > timezone.now() + timedelta(minutes=14)
    assert (letter.state, letter.tries, letter.answer) == ("waiting", 1, "452 try later")
    postbox.on_data = lambda envelope: None
    until_settled()
    assert postbox.letters[0][1]["Message-ID"] == letter.message_id


def test_an_address_that_is_refused_stops_nobody_else(postbox: Postbox) -> None:
    write(3)
    postbox.on_rcpt = lambda address: "550 no such box" if address.startswith("p1") else None
    until_settled()
    assert states() == {"sent": 2, "refused": 1}
    assert Letter.objects.get(state="refused").answer == "550 no such box"


def test_what_is_put_off_for_ever_is_given_up_with_the_reason(postbox: Postbox) -> None:
    write(1)
    postbox.on_rcpt = lambda address: "450 greylisted"
    until_settled()
    letter = Letter.objects.get()
    assert (letter.state, letter.tries, letter.answer) == ("refused", 8, "450 greylisted")


def test_a_line_that_breaks_before_the_answer_leaves_one_letter_in_doubt(postbox: Postbox) -> None:
    write(5)

    def take_and_break(envelope: Envelope) -> str | None:
        if len(postbox.letters) != 2:
            return None
        postbox.take(envelope)
        return "drop"

    postbox.on_data = take_and_break
    assert "the line broke" in send_waiting().problem
    assert states() == {"sent": 2, "doubt": 1, "waiting": 2}
    until_settled()
    assert states() == {"sent": 4, "doubt": 1}
    assert set(postbox.counts().values()) == {1}, "in doubt is not sent again by itself"


@pytest.mark.parametrize(("again", "arrived"), [(True, 2), (False, 1)])
def test_people_decide_about_doubts(postbox: Postbox, again: bool, arrived: int) -> None:
    write(1)
    postbox.on_data = lambda envelope: postbox.take(envelope) or "drop"  # type: ignore[func-returns-value]
    send_waiting()
    assert states() == {"doubt": 1}
    postbox.on_data = lambda envelope: None
    assert settle_doubts(actor=SYSTEM, about="campaign 1", again=again) == 1
    send_waiting()
    assert len(postbox.letters) == arrived
    assert states() == {"sent": 1}
    assert len({mail["Message-ID"] for _, mail in postbox.letters}) == 1
    leaf = Leaf.objects.get()
    assert leaf.detail == {"letters": ["campaign 1 remind 0"]}
    assert settle_doubts(actor=SYSTEM, about="campaign 1", again=again) == 0
    assert Leaf.objects.count() == 1


def test_a_letter_that_nobody_needs_any_more_stays_at_home(postbox: Postbox) -> None:
    write(2)
    write(1, about="campaign 2")
    assert drop(about="campaign 1") == 2
    until_settled()
    assert len(postbox.letters) == 1


@pytest.mark.parametrize(
    "change", [{"body": "other"}, {"to": "x@y.test"}, {"key": "k"}, {"state": "waiting"}]
)
def test_the_database_keeps_what_was_sent(postbox: Postbox, change: dict[str, str]) -> None:
    write(1)
    send_waiting()
    with pytest.raises(DatabaseError), transaction.atomic():
        Letter.objects.update(**change)
    assert states() == {LetterState.SENT: 1}


def test_the_postman_tells_the_trouble_and_waits_a_minute(
    postbox: Postbox, settings: Settings
) -> None:
    write(1)
    postman, now = Postman(), timezone.now()
    port, settings.EMAIL_PORT = settings.EMAIL_PORT, 1
    with pytest.raises(MailDown):
        postman.send_if_due(now)
    settings.EMAIL_PORT = port
    postman.send_if_due(now + timedelta(seconds=59))
    assert not postbox.letters
    postman.send_if_due(now + timedelta(seconds=61))
    assert len(postbox.letters) == 1


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("", ("", 25, False, False)),
        ("smtp://127.0.0.1:2525", ("127.0.0.1", 2525, False, False)),
        ("smtp://mail.district.test", ("mail.district.test", 587, False, True)),
        ("smtps://u:p%40@mail.district.test", ("mail.district.test", 465, True, False)),
    ],
)
def test_the_mail_server_is_one_address(url: str, expected: tuple[object, ...]) -> None:
    found = mail_server_from(url)
    if url:
        assert tuple(found[name] for name in ("host", "port", "ssl", "starttls")) == expected
        assert found["password"] in ("", "p@")
    assert found["host"] == expected[0]
