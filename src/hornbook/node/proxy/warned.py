"""Warnings: whoever writes why goes on, to that site, for a while.

A pass is for one person in one profile, one rule in one wording of its clause, and the listed name
or page that the rule speaks of. It never outlives the time slot, nor the rules and lists that it
was given under; and it opens nothing by itself: each request is judged as before, and only where
that still says *warn* does the pass count. Passes are kept in memory alone: after a restart, or at
another node, the warning is shown again.
"""

from __future__ import annotations

import logging
import re
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

from hornbook.kernel.judge import Kernel, Now
from hornbook.node.dns.desk import Row
from hornbook.node.notice.asks import TooMany
from hornbook.node.notice.warning import LONGEST, Warned
from hornbook.node.proxy.notice import Voice
from hornbook.node.proxy.reasons import ReasonDesk
from hornbook.node.proxy.visit import Visit, told_of

MAX_PASSES = 50_000
WARNED, GIVEN = "warned", "reason given"  # notes of the record
_PATH = re.compile(r"/[\x21-\x7e]{0,1498}")
log = logging.getLogger(__name__)


class NotTaken(Exception):
    """A reason lets nobody on; the message tells the person why, and what to do."""


@dataclass(frozen=True, slots=True)
class Pass:
    """What somebody goes on past. ``site`` is the listed name or page, in wire form."""

    who: str
    profile: str
    rule: str
    clause: str
    site: bytes


class Warner:
    """Shows warnings and takes reasons."""

    def __init__(self, spool: Path) -> None:
        self._desk = ReasonDesk(spool)
        self._open: OrderedDict[Pass, float] = OrderedDict()
        self._rules: tuple[str, str] | None = None

    def follow(self, kernel: Kernel) -> None:
        """Forget all passes when other rules or lists are in force."""
        rules = kernel.catalogue.hash, kernel.rulebook.hash
        if rules != self._rules:
            self._open.clear()
            self._rules = rules

    def note(self, visit: Visit, kernel: Kernel, verdict: int, seat: int, now: float) -> str:
        """What the record is told; only where it is ``WARNED`` the warning stands before the site.

        A tunnel is not looked into here, so nothing can be shown in it: its row says *warn*.
        """
        if visit.asked.tunnel or not kernel.rulebook.terms_of(kernel.verdict(verdict)):
            return ""
        found = pass_of(visit, kernel, verdict, seat)
        return GIVEN if now < self._open.get(found, 0.0) else WARNED

    def answer(self, visit: Visit, row: Row, held: Now, now: float, voice: Voice) -> bytes:
        """The warning; for a form with a reason the way on."""
        visit.has_path = True  # whoever writes a reason must be let on in this very second
        terms = row.world.kernel.rulebook.terms[row.world.kernel.verdict(row.verdict).rule]
        asked, told = visit.asked, told_of(visit, row, held)
        fields = voice.form(asked) if asked.is_form else {}
        to = _way_on(fields.get("to", "") if asked.is_form else asked.path)
        known = bool(told.seat and told.seat.person)
        warned = Warned(told, terms.minutes, to, may=known or not terms.known)
        if not asked.is_form or not warned.may:
            return voice.warning(asked, warned)
        try:
            self._take(visit, row, warned, fields.get("reason", ""), now, voice)
        except NotTaken as error:
            return voice.warning(asked, warned, problem=str(error))
        return voice.go_on(asked, to)

    def _take(
        self, visit: Visit, row: Row, warned: Warned, reason: str, now: float, voice: Voice
    ) -> None:
        words = " ".join(reason.split())[:LONGEST]
        if not voice.is_from_here(visit.asked):
            raise NotTaken("The form was not sent from this page.")
        if not words:
            raise NotTaken("Please write why you need this site.")
        kernel = row.world.kernel
        wanted = pass_of(visit, kernel, row.verdict, int(row.batch.seat[row.place]))
        until = _until(row, warned.minutes, now)
        try:
            self._desk.keep(wanted.who, warned.told, words, now, until)
        except TooMany as error:
            raise NotTaken(str(error)) from error
        except OSError as error:
            log.exception("a reason could not be kept")
            raise NotTaken(
                "Your reason could not be kept. Please ask a teacher or the office."
            ) from error
        self._let(wanted, until, now)

    def _let(self, wanted: Pass, until: float, now: float) -> None:
        self._open[wanted] = until
        self._open.move_to_end(wanted)
        while len(self._open) > MAX_PASSES:
            self._open.popitem(last=False)


def pass_of(visit: Visit, kernel: Kernel, number: int, seated: int) -> Pass:
    """What would let this visit on. Somebody unknown is all that Envoy knows of them."""
    seat, verdict = kernel.seating.seats[seated], kernel.verdict(number)
    who = visit.asked.who
    unknown = f"{who.client.hex()}:{who.door}:{who.login}:{who.token.hex()}"
    return Pass(seat.person or unknown, seat.profile, verdict.rule, verdict.clause, visit.site)


def _until(row: Row, minutes: int, now: float) -> float:
    """A whole second, because answers are remembered until theirs is over."""
    _, edge = row.world.kernel.rulebook.timetable.at(now)
    return float(int(min(now + 60 * minutes, edge)))


def _way_on(path: str) -> str:
    """Where somebody wanted to go on this host; the front page where that cannot be said."""
    return path if _PATH.fullmatch(path) and not path.startswith("/?name=") else "/"
