"""A real mail server on a free port, which keeps what it takes and fails as it is told."""

from __future__ import annotations

import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from email import message_from_bytes
from email.message import Message

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from pytest_django import Settings

Answer = Callable[[Envelope], str | None]


class Postbox:
    """What arrived. ``on_data`` and ``on_rcpt`` may answer otherwise than “taken”."""

    def __init__(self) -> None:
        self.letters: list[tuple[str, Message]] = []
        self.on_data: Answer = lambda envelope: None
        self.on_rcpt: Callable[[str], str | None] = lambda address: None
        self.lock = threading.Lock()

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = self.on_rcpt(address)
        if answer is None:
            envelope.rcpt_tos.append(address)
        return answer or "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        answer = self.on_data(envelope)
        if answer is None:
            self.take(envelope)
        elif answer == "drop" and server.transport:
            server.transport.close()
        return answer or "250 taken"

    def take(self, envelope: Envelope) -> None:
        body = envelope.content if isinstance(envelope.content, bytes) else b""
        with self.lock:
            self.letters.append((envelope.rcpt_tos[0], message_from_bytes(body)))

    def counts(self) -> Counter[str]:
        return Counter(to for to, _ in self.letters)


@pytest.fixture
def postbox(settings: Settings) -> Iterator[Postbox]:
    box = Postbox()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = Controller(box, hostname="127.0.0.1", port=port)
    server.start()
    settings.EMAIL_HOST = "127.0.0.1"
    settings.EMAIL_PORT = port
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    settings.MAIL_FROM = "Maple Schools <hornbook@district.test>"
    yield box
    server.stop()
