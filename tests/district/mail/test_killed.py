"""The sender is killed, for good, in the middle of its work: a real process, a real signal."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest
from aiosmtpd.smtp import Envelope
from django.conf import settings
from django.db import connection, transaction
from pytest_django import DjangoDbBlocker, Settings

from hornbook.district.mail.actions import Draft, post
from hornbook.district.mail.models import Letter
from tests.district.mail.conftest import Postbox

PEOPLE = 30
_SENDER = """
import django, os
from django.conf import settings
django.setup()
settings.DATABASES["default"]["NAME"] = os.environ["TEST_NAME"]
settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", int(os.environ["TEST_PORT"])
settings.MAIL_FROM = "h@district.test"
from hornbook.district.mail.sending import send_waiting
send_waiting(seconds=60)
"""


@pytest.fixture
def outbox(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Letters that are really committed, for another process to see; taken away at the end."""
    with django_db_blocker.unblock():
        with transaction.atomic():
            post(
                Draft(f"kill {n}", "kill", f"p{n}@district.test", "Please sign", "Text")
                for n in range(PEOPLE)
            )
        yield
        Letter.objects.filter(about="kill").delete()
        connection.close()


def sender(settings: Settings) -> subprocess.Popen[bytes]:
    environment = os.environ | {
        "TEST_NAME": str(connection.settings_dict["NAME"]),
        "TEST_PORT": str(settings.EMAIL_PORT),
    }
    return subprocess.Popen([sys.executable, "-c", _SENDER], env=environment)


def states() -> dict[str, int]:
    found = Letter.objects.filter(about="kill").values_list("state", flat=True)
    return {state: list(found).count(state) for state in set(found)}


def test_a_sender_that_is_killed_after_the_server_took_a_letter(
    outbox: None, postbox: Postbox
) -> None:
    killed: list[subprocess.Popen[bytes]] = []

    def take_and_kill(envelope: Envelope) -> str | None:
        if len(postbox.letters) == 10 and not killed[0].poll():
            postbox.take(envelope)
            killed[0].send_signal(signal.SIGKILL)
            killed[0].wait()
            return "250 taken"
        return None

    postbox.on_data = take_and_kill
    killed.append(sender(settings))  # type: ignore[arg-type]
    assert killed[0].wait(timeout=60) == -signal.SIGKILL
    assert states() == {"sent": 10, "sending": 1, "waiting": PEOPLE - 11}
    postbox.on_data = lambda envelope: None
    assert sender(settings).wait(timeout=60) == 0  # type: ignore[arg-type]
    assert states() == {"sent": PEOPLE - 1, "doubt": 1}
    assert postbox.counts() == {f"p{n}@district.test": 1 for n in range(PEOPLE)}


def test_a_sender_that_is_killed_before_the_server_took_it(outbox: None, postbox: Postbox) -> None:
    killed: list[subprocess.Popen[bytes]] = []

    def kill(address: str) -> str | None:
        if len(postbox.letters) == 10 and len(killed) == 1:
            killed[0].send_signal(signal.SIGKILL)
            killed[0].wait()
        return None

    postbox.on_rcpt = kill
    killed.append(sender(settings))  # type: ignore[arg-type]
    assert killed[0].wait(timeout=60) == -signal.SIGKILL
    assert states() == {"sent": 10, "waiting": PEOPLE - 10}, "nothing is in doubt"
    killed.append(sender(settings))  # type: ignore[arg-type]
    assert killed[1].wait(timeout=60) == 0
    assert states() == {"sent": PEOPLE}
    assert postbox.counts() == {f"p{n}@district.test": 1 for n in range(PEOPLE)}


def test_two_senders_at_once_send_each_letter_once(outbox: None, postbox: Postbox) -> None:
    both = [sender(settings), sender(settings)]  # type: ignore[arg-type]
    assert [one.wait(timeout=60) for one in both] == [0, 0]
    assert states() == {"sent": PEOPLE}
    assert set(postbox.counts().values()) == {1}
