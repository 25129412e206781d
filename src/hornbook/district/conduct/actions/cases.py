"""Open a case, say who may come in, name whom it is about, note what happened."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from hornbook.district.conduct import clocks
from hornbook.district.conduct.actions import Refused
from hornbook.district.conduct.models import Case, CaseClock, Event, Report, Seat
from hornbook.district.conduct.sealing import Ring, new_envelope
from hornbook.district.ledger.actions import record
from hornbook.district.ledger.models import Leaf
from hornbook.district.people.models import Person, Site
from hornbook.district.people.permissions import actor_of

TRIAGE_DAYS = 2
_NUMBERS = 0x63617365  # an advisory lock: "case"


def told(
    case: Case,
    actor: Person,
    verb: str,
    *,
    clause_texts: Iterable[str] = (),
    detail: Mapping[str, object] | None = None,
    sealed: Mapping[str, object] | None = None,
) -> Leaf:
    """The leaf of an act in a case. It names the case by key; no leaf names its subject."""
    return record(
        actor=actor_of(actor),
        verb=f"conduct.{verb}",
        object=f"case:{case.key}",
        clause_texts=clause_texts,
        detail=detail,
        sealed=sealed,
    )


@transaction.atomic
def open_case(
    *,
    actor: Person,
    kind: str,
    site: Site,
    conduct_on: date,
    title: str,
    reports: Iterable[Report] = (),
    lead: Person | None = None,
    subject: Person | None = None,
    danger: bool = False,
    now: datetime | None = None,
) -> Case:
    """A case with its first seat. Raises Refused for a day to come and for a lead whom it is about.

    ``actor`` leads unless told otherwise. The reports go on as “being looked into”.
    """
    at = now or timezone.now()
    today, found, runs = timezone.localdate(at), list(reports), lead or actor
    if conduct_on > today:
        raise Refused("What happened cannot lie in the future. Change the day.")
    if subject is not None and subject == runs:
        raise Refused("Nobody leads a case about themselves. Hand it to another person.")
    envelope, _ = new_envelope(Ring.of(settings.INSTANCE))
    case = Case.objects.create(
        number=_next_number(today),
        title=title.strip()[:120] or "Case",
        kind=kind,
        site=site,
        conduct_on=conduct_on,
        subject=subject,
        lead=runs,
        envelope=envelope,
        danger=danger or any(report.danger for report in found),
        opened_at=at,
    )
    case.reports.set(found)
    for report in found:
        report.state = Report.State.WORK
        report.save(update_fields=["state"])
    told(case, actor, "case-opened", detail={"kind": kind, "site": site.key, "no": case.number})
    give_seat(case, actor=actor, person=runs, capacity=Seat.Capacity.LEAD, why="opened the case")
    start_clock(case, CaseClock.What.TRIAGE, TRIAGE_DAYS, today)
    return case


def _next_number(today: date) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_NUMBERS])
    year = f"{today.year}-"
    last = Case.objects.filter(number__startswith=year).order_by("-number").first()
    return f"{year}{(int(last.number.rpartition('-')[2]) if last else 0) + 1:05}"


@transaction.atomic
def give_seat(case: Case, *, actor: Person, person: Person, capacity: str, why: str) -> Seat:
    """Let somebody in, for a reason. Raises Refused for the subject and without a reason."""
    if person.pk == case.subject_id:
        raise Refused("Nobody sits in a case about themselves.")
    if not why.strip():
        raise Refused("Write why this person needs to know.")
    try:
        with transaction.atomic():
            seat = Seat.objects.create(
                case=case,
                person=person,
                capacity=capacity,
                why=why.strip()[:300],
                given_by=str(actor),
            )
    except IntegrityError as error:
        raise Refused(f"{person} is in already.") from error
    told(
        case,
        actor,
        "seat-given",
        detail={"person": str(person.key), "capacity": capacity, "why": why.strip()[:300]},
    )
    return seat


@transaction.atomic
def end_seat(seat: Seat, *, actor: Person) -> None:
    """Close the door again. The lead's own seat ends only when another leads."""
    if seat.capacity == Seat.Capacity.LEAD and seat.person_id == seat.case.lead_id:
        raise Refused("The case needs somebody who runs it. Hand it over first.")
    if seat.ended_at is None:
        seat.ended_at = timezone.now()
        seat.save(update_fields=["ended_at"])
        told(seat.case, actor, "seat-ended", detail={"person": str(seat.person.key)})


def start_clock(case: Case, what: str, school_days: int, on: date) -> CaseClock:
    """Start a clock; the one of the case that ran stops, but for a review."""
    running = case.clocks.filter(stopped_at__isnull=True)
    if what != CaseClock.What.REVIEW:
        running = running.exclude(what=CaseClock.What.REVIEW)
    else:
        running = running.filter(what=what)
    running.update(stopped_at=timezone.now())
    clock = CaseClock.objects.create(
        case=case,
        what=what,
        school_days=school_days,
        started_on=on,
        due_on=clocks.after(on, school_days),
    )
    if what != CaseClock.What.REVIEW:
        Case.objects.filter(pk=case.pk).update(due_on=clock.due_on)
        case.due_on = clock.due_on
    return clock


@transaction.atomic
def note(
    case: Case,
    *,
    actor: Person,
    sort: str,
    words: str,
    happened_at: datetime,
    source: str = "",
) -> Event:
    """One line of the timeline. Raises Refused for an empty one and for one of the future."""
    if not words.strip():
        raise Refused("Write what happened.")
    if happened_at > timezone.now():
        raise Refused("That lies in the future. Change the day or the time.")
    event = Event.objects.create(
        case=case,
        sort=sort,
        words=words.strip(),
        happened_at=happened_at,
        source=source.strip()[:200],
        by=str(actor),
    )
    told(case, actor, "noted", detail={"event": event.pk, "sort": sort})
    return event
