"""Send what waits in the outbox, each letter once. See the package for what that means."""

from __future__ import annotations

import logging
import smtplib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from email.utils import parseaddr

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.smtp import EmailBackend
from django.db import connection
from django.utils import timezone

from hornbook.district.mail.models import Letter, LetterState

log = logging.getLogger("hornbook.mail")
LOCK = 0x6D61696C  # any constant: "mail"
TRIES = 8
LATER = timedelta(minutes=15)
_PERMANENT = 500


class MailDown(Exception):
    """The mail server cannot be used now. Nothing is lost; the message says what it said."""


@dataclass
class Round:
    """What one round did. ``doubt`` are letters that an earlier sender left in the middle."""

    sent: int = 0
    refused: int = 0
    later: int = 0
    doubt: int = 0
    problem: str = ""


def configured() -> bool:
    return bool(settings.MAIL_FROM and settings.EMAIL_HOST)


def send_waiting(seconds: float = 5.0, limit: int | None = None) -> Round:
    """Send for at most that long. One sender at a time; another returns at once with nothing.

    Every mark is committed by itself, so it must not run inside a transaction.
    """
    done = Round()
    if not configured():
        return done
    with _alone() as alone:
        if alone:
            done.doubt = _doubt_what_was_left()
            _send(done, time.monotonic() + seconds, limit)
    return done


@contextmanager
def _alone() -> Iterator[bool]:
    """Hold the lock of the session: a sender that dies lets go of it, whatever happens."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
        held = bool(cursor.fetchone()[0])
    try:
        yield held
    finally:
        if held:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


def _doubt_what_was_left() -> int:
    """While we hold the lock nobody else sends: what is being sent was left by the dead."""
    return Letter.objects.filter(state=LetterState.SENDING).update(
        state=LetterState.DOUBT,
        answer="The sender stopped while it waited for the mail server's answer.",
    )


def _send(done: Round, until: float, limit: int | None) -> None:
    line: EmailBackend | None = None
    try:
        while time.monotonic() < until and (limit is None or _handled(done) < limit):
            letter = Letter.objects.due(timezone.now()).first()
            if letter is None:
                return
            line = line or _open()
            _send_one(line.connection, letter, done)  # type: ignore[arg-type]  # it is open
    except MailDown as error:
        done.problem = str(error)
        log.warning("letters wait: %s", error)
    finally:
        if line is not None:
            line.close()


def _handled(done: Round) -> int:
    return done.sent + done.refused + done.later


def _open() -> EmailBackend:
    line = EmailBackend()
    try:
        line.open()
        if line.connection is not None:
            line.connection.ehlo_or_helo_if_needed()
    except (OSError, smtplib.SMTPException) as error:
        raise MailDown(f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}: {error}") from error
    return line


def _send_one(smtp: smtplib.SMTP, letter: Letter, done: Round) -> None:
    """Offer, mark, deliver, mark."""
    answer = _offer(smtp, letter)
    if answer is not None:
        _settle(letter, *answer, done)
        return
    letter.tries += 1
    _mark(letter, LetterState.SENDING, "")
    code: int
    words: str | bytes
    try:
        code, words = smtp.data(message(letter))
    except smtplib.SMTPDataError as error:
        code, words = error.smtp_code, error.smtp_error
    except (OSError, smtplib.SMTPServerDisconnected) as error:
        _mark(letter, LetterState.DOUBT, f"The line broke before the server's answer: {error}")
        done.doubt += 1
        raise MailDown(f"the line broke: {error}") from error
    _settle(letter, code, words, done)


def _offer(smtp: smtplib.SMTP, letter: Letter) -> tuple[int, str | bytes] | None:
    """Sender and recipient. None when both are taken, else the answer about the recipient.

    Raises MailDown when the sender is refused or the line breaks: then no letter can go.
    """
    try:
        code, words = smtp.mail(parseaddr(settings.MAIL_FROM)[1])
        if code != 250:
            raise MailDown(f"the sender {settings.MAIL_FROM} is refused: {code} {_text(words)}")
        code, words = smtp.rcpt(letter.to)
        if code in (250, 251):
            return None
        smtp.rset()
    except (OSError, smtplib.SMTPException) as error:
        raise MailDown(f"the line broke: {error}") from error
    if code == 421:
        raise MailDown(f"the server closes: {_text(words)}")
    return code, words


def _settle(letter: Letter, code: int, words: str | bytes, done: Round) -> None:
    said = f"{code} {_text(words)}"
    if code == 250:
        _mark(letter, LetterState.SENT, said)
        done.sent += 1
    elif code >= _PERMANENT or letter.tries >= TRIES:
        _mark(letter, LetterState.REFUSED, said)
        done.refused += 1
    else:
        letter.tries += letter.state == LetterState.WAITING
        letter.not_before = timezone.now() + LATER * letter.tries
        _mark(letter, LetterState.WAITING, said)
        done.later += 1


def _mark(letter: Letter, state: LetterState, answer: str) -> None:
    now = timezone.now()
    facts = {"state": state, "answer": answer[:300], "tries": letter.tries}
    facts["begun_at" if state == LetterState.SENDING else "settled_at"] = now
    if state == LetterState.WAITING:
        facts |= {"settled_at": None, "not_before": letter.not_before}
    changed = Letter.objects.filter(pk=letter.pk, state=letter.state).update(**facts)
    if not changed:
        raise MailDown("somebody else changed the letter; the next round looks again")
    letter.state = state


def message(letter: Letter) -> bytes:
    """The letter as it goes over the line: plain text, marked as written by a machine."""
    mail = EmailMessage(
        subject=letter.subject,
        body=letter.body,
        from_email=settings.MAIL_FROM,
        to=[letter.to],
        headers={
            "Message-ID": letter.message_id,
            "Auto-Submitted": "auto-generated",
            "X-Auto-Response-Suppress": "OOF, AutoReply",
        },
    )
    whole = mail.message()
    return whole.as_bytes(linesep="\r\n")  # type: ignore[call-arg]  # Django's own class


def _text(words: str | bytes) -> str:
    return words.decode(errors="replace") if isinstance(words, bytes) else str(words)
