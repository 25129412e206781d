"""Take in what people tell, talk with them behind their receipt, and hand it on."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import uuid4

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from hornbook.district.conduct import clocks, receipts, routing
from hornbook.district.conduct.actions import Refused
from hornbook.district.conduct.files import Cleaned
from hornbook.district.conduct.kinds import clause_on, kinds, words_of_danger
from hornbook.district.conduct.letters import tell_on_call, tell_reader
from hornbook.district.conduct.models import Message, OnCall, Report, ReportFile
from hornbook.district.conduct.sealing import Ring, new_envelope, seal, unseal
from hornbook.district.ledger.actions import Actor, look, record
from hornbook.district.people.models import Person, Site
from hornbook.district.people.permissions import actor_of

NOBODY = Actor("Somebody without an account")
STATES = Report.State


@dataclass(frozen=True)
class Told:
    """What somebody told. ``office``: it is about the head of the school or that office."""

    kind: str
    site: Site
    what: str
    who: str = ""
    office: bool = False
    staff: bool = False
    talk: bool = True
    page: str = ""
    reporter: Person | None = None
    files: Sequence[Cleaned] = field(default=())


@dataclass(frozen=True)
class Received:
    report: Report
    receipt: str


@transaction.atomic
def receive(told: Told, *, now: datetime | None = None) -> Received:
    """Seal it, choose who reads it, tell them that something waits (never what)."""
    at = now or timezone.now()
    today = timezone.localdate(at)
    receipt = receipts.new_receipt()
    danger = bool(words_of_danger(f"{told.what}\n{told.who}"))
    envelope, data_key = new_envelope(Ring.of(settings.INSTANCE))
    key = uuid4()
    report = Report.objects.create(
        key=key,
        receipt_hash=receipts.hash_of(receipt, settings.INSTANCE),
        kind=told.kind,
        site=told.site,
        clause_text=clause_on(told.kind, today),
        envelope=envelope,
        sealed=seal(data_key, _body(told), f"report {key}"),
        danger=danger,
        staff_involved=told.staff or told.office,
        talk=told.talk,
        reporter=told.reporter,
        received_at=at,
        due_on=clocks.after(today, 0 if danger else kinds()[told.kind].days),
    )
    _keep_files(report, data_key, told.files)
    about = _about(told, report)
    report.about.set(about)
    _route(report, about)
    _tell(report, told.reporter)
    return Received(report, receipt)


def _body(told: Told) -> bytes:
    return json.dumps({"what": told.what, "who": told.who, "page": told.page}).encode()


def _keep_files(report: Report, data_key: bytes, files: Iterable[Cleaned]) -> None:
    for one in files:
        for original, octets in ((False, one.clean), (True, one.original)):
            if octets is not None:
                ReportFile.objects.create(
                    report=report,
                    original=original,
                    media_type=one.media_type,
                    size=len(octets),
                    sha256=one.sha256_of(octets),
                    sealed=seal(data_key, octets, f"file of report {report.key}"),
                )


def _about(told: Told, report: Report) -> set[int]:
    """Who had better not read it: whom the reporter's answers and words name."""
    today = timezone.localdate(report.received_at)
    office = routing.office_of(told.site, told.kind, today)
    readers = {one.person for one in office.chain}
    readers |= {deputy for row in office.deputies.values() for deputy in row}
    named = routing.named_in(f"{told.what}\n{told.who}", readers)
    return named | (routing.heads_of(told.site, today) if told.office else set())


def _route(report: Report, about: Iterable[int]) -> None:
    today = timezone.localdate(report.received_at)
    office = routing.office_of(report.site, report.kind, today)
    closed = {*about, *([report.reporter_id] if report.reporter_id else [])}
    choice = routing.choose(office, closed)
    report.assigned_to_id, report.route = choice.person, choice.why[:300]
    report.save(update_fields=["assigned_to", "route"])
    tell_reader(report)
    if report.danger:
        tell_on_call(report, on_call(report))


def on_call(report: Report) -> list[OnCall]:
    """Who is told at once of danger to a life, without those whom it is about."""
    rows = OnCall.objects.filter(person__active=True).select_related("person", "site")
    about = set(report.about.values_list("pk", flat=True))
    return [r for r in rows if r.site_id in (None, report.site_id) and r.person_id not in about]


def _tell(report: Report, reporter: Person | None) -> None:
    record(
        actor=actor_of(reporter) if reporter else NOBODY,
        verb="conduct.reported",
        object=f"report:{report.key}",
        clause_texts=[report.clause_text.version] if report.clause_text else [],
        detail={"kind": report.kind, "site": report.site.key, "danger": report.danger},
    )


# --- reading ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    """One line of the talk, opened. ``by`` "" is who told it."""

    by: str
    words: str
    at: datetime
    asks: bool


@dataclass(frozen=True)
class Opened:
    what: str
    who: str
    page: str
    lines: list[Line]


def open_report(report: Report, *, actor: Person) -> Opened:
    """What was told, for who reads it; the look is a leaf before anything is shown."""
    with transaction.atomic():
        look(actor=actor_of(actor), object=f"report:{report.key}", purpose="to read a report")
        if report.read_at is None and actor.pk == report.assigned_to_id:
            report.read_at, report.state = timezone.now(), STATES.READ
            report.save(update_fields=["read_at", "state"])
    return _opened(report)


def _opened(report: Report) -> Opened:
    data_key = Ring.of(settings.INSTANCE).unwrap(report.envelope)
    body = json.loads(unseal(data_key, report.sealed, f"report {report.key}"))
    return Opened(body["what"], body["who"], body["page"], _lines(report, data_key))


def talk_of(report: Report) -> list[Line]:
    """The talk, for who holds the receipt."""
    return _lines(report, Ring.of(settings.INSTANCE).unwrap(report.envelope))


def _lines(report: Report, data_key: bytes) -> list[Line]:
    return [
        Line(m.by, unseal(data_key, m.sealed, f"message of {report.key}").decode(), m.at, m.asks)
        for m in report.messages.all()
    ]


def read_file(file: ReportFile, *, actor: Person) -> bytes:
    """The octets of a file, for who reads the report; a look of its own."""
    report = file.report
    with transaction.atomic():
        what = "the original with its metadata" if file.original else "a file"
        look(
            actor=actor_of(actor),
            object=f"report:{report.key}",
            detail={"what": what, "sha256": file.sha256},
        )
    data_key = Ring.of(settings.INSTANCE).unwrap(report.envelope)
    return unseal(data_key, file.sealed, f"file of report {report.key}")


# --- talking ----------------------------------------------------------------------------------


def by_receipt(typed: str) -> Report | None:
    """The report of these 16 digits; None for digits that are none and for none of ours."""
    digits = receipts.read_receipt(typed)
    if digits is None:
        return None
    hashed = receipts.hash_of(digits, settings.INSTANCE)
    return Report.objects.select_related("site", "envelope").filter(receipt_hash=hashed).first()


@transaction.atomic
def say(report: Report, words: str, *, actor: Person | None = None, asks: bool = False) -> Message:
    """One more line: of who told it (no actor), or of who reads it. Raises Refused when closed."""
    report = Report.objects.select_for_update(of=("self",)).get(pk=report.pk)
    if report.closed_at and actor is None:
        raise Refused("This report is closed. Send a new one if something else happened.")
    if not words.strip():
        raise Refused("Write what you want to say.")
    data_key = Ring.of(settings.INSTANCE).unwrap(report.envelope)
    message = Message.objects.create(
        report=report,
        by=str(actor) if actor else "",
        sealed=seal(data_key, words.strip().encode(), f"message of {report.key}"),
        asks=asks,
    )
    _after_words(report, words, actor, asks)
    return message


def _after_words(report: Report, words: str, actor: Person | None, asks: bool) -> None:
    state = STATES.QUESTION if asks else report.state
    if actor is None:
        state = STATES.READ if report.state == STATES.QUESTION else report.state
        if words_of_danger(words):
            report.danger = True
            tell_on_call(report, on_call(report), again=True)
        tell_reader(report, again=True)
    report.state = state
    report.save(update_fields=["state", "danger"])
    record(
        actor=actor_of(actor) if actor else NOBODY,
        verb="conduct.asked" if asks else "conduct.said",
        object=f"report:{report.key}",
    )


@transaction.atomic
def close_report(report: Report, *, actor: Person, why: str) -> None:
    """Close it without a case, with the reason. Raises Refused without one."""
    if not why.strip():
        raise Refused("Write down why nothing more is done: somebody will ask for it later.")
    report.closed_at, report.closed_why, report.state = timezone.now(), why.strip(), STATES.CLOSED
    report.save(update_fields=["closed_at", "closed_why", "state"])
    record(
        actor=actor_of(actor),
        verb="conduct.report-closed",
        object=f"report:{report.key}",
        sealed={"reason": why.strip()},
    )
