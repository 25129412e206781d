"""12,000 reminders to a real mail server that fails half-way: who got two, who got none?

The server (aiosmtpd) drops the line without an answer twice, refuses for a while, and is then
there again; the sender is stopped and started. Letters in doubt are counted apart: they arrived
at most once, and people decide about them.
"""

from __future__ import annotations

import argparse
import logging
import socket
import time
from collections import Counter
from typing import Any

from bench.peers.district import empty_district


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--letters", type=int, default=12_000)


def run(args: argparse.Namespace) -> dict[str, Any]:
    with empty_district("reminders"):
        return _send(args.letters)


class Box:
    """Takes letters; breaks the line at a third and at two thirds, and refuses after the half."""

    def __init__(self, letters: int) -> None:
        self.got: Counter[str] = Counter()
        self.breaks = [letters // 3, 2 * letters // 3]
        self.refusals = {letters // 2: 20}

    async def handle_RCPT(
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        left = self.refusals.get(self.got.total(), 0)
        if left:
            self.refusals[self.got.total()] = left - 1
            return "421 closing" if left == 1 else "451 disk full"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.got[envelope.rcpt_tos[0]] += 1
        if self.breaks and self.got.total() >= self.breaks[0]:
            self.breaks.pop(0)
            server.transport.close()
        return "250 taken"


def _send(count: int) -> dict[str, Any]:
    from aiosmtpd.controller import Controller
    from django.conf import settings
    from django.db import transaction
    from django.utils import timezone

    from hornbook.district.mail.actions import Draft, post
    from hornbook.district.mail.models import Letter, LetterState
    from hornbook.district.mail.sending import send_waiting

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    logging.getLogger("mail.log").setLevel(logging.ERROR)
    box = Box(count)
    server = Controller(box, hostname="127.0.0.1", port=port)
    server.start()
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    settings.MAIL_FROM = "h@district.test"
    with transaction.atomic():
        post(
            Draft(f"bench {n}", "bench", f"p{n}@district.test", "Please sign", "Text")
            for n in range(count)
        )
    rounds, began, cpu = 0, time.perf_counter(), time.process_time()
    while Letter.objects.filter(state=LetterState.WAITING).exists():
        send_waiting(seconds=5.0)
        rounds += 1
        Letter.objects.filter(state=LetterState.WAITING).update(not_before=timezone.now())
    taken, cpu = time.perf_counter() - began, time.process_time() - cpu
    server.stop()
    doubt = Letter.objects.filter(state=LetterState.DOUBT).count()
    sent = Letter.objects.filter(state=LetterState.SENT).count()
    two = sum(n > 1 for n in box.got.values())
    return {
        "bench": "reminders",
        "bars": [
            _bar("people who got two", two, 0),
            _bar("people who got none", count - len(box.got), 0),
            _bar("letters neither sent nor in doubt", count - sent - doubt, 0),
        ],
        "peers": {
            "letters": count,
            "in doubt, for people to decide": doubt,
            "rounds of five seconds": rounds,
            "letters a second": round(count / taken, 1),
            "process time a letter, ms (sender and mail server)": round(cpu / count * 1000, 2),
        },
    }


def _bar(name: str, value: int, bar: int) -> dict[str, Any]:
    return {"name": name, "value": value, "bar": bar, "ok": value == bar}
