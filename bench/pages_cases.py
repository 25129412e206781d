"""Ten thousand open cases and three thousand reports for ``bench pages``, written in bulk."""

from __future__ import annotations

from datetime import date, timedelta

from django.conf import settings
from django.utils import timezone

from hornbook.district.conduct.models import Case, CaseClock, Envelope, Kind, Report, Seat
from hornbook.district.conduct.sealing import Ring, new_envelope
from hornbook.district.people.models import Person, Site, User


def fill_cases(wanted: int) -> None:
    """Bring the open cases up to that many; the bench's reader has a seat in all of them."""
    reader = User.objects.get(email="hr@district.test").person
    have = Case.objects.count()
    if have < wanted:
        sites = list(Site.objects.order_by("pk"))
        people = list(Person.objects.exclude(pk=reader.pk).order_by("pk")[:400])
        _cases(have, wanted, reader, sites, people)
        _reports(have // 3, wanted // 3, reader, sites)


def _envelopes(count: int) -> list[Envelope]:
    one, _ = new_envelope(Ring.of(settings.INSTANCE))
    return Envelope.objects.bulk_create(
        Envelope(key_id=one.key_id, wrapped=one.wrapped) for _ in range(count)
    )


def _cases(have: int, wanted: int, reader: Person, sites: list[Site], people: list[Person]) -> None:
    today, kinds = date.today(), list(Kind)
    made = Case.objects.bulk_create(
        Case(
            number=f"2026-{n:05}",
            title=f"What happened on day {n}",
            kind=kinds[n % len(kinds)],
            site=sites[n % len(sites)],
            conduct_on=today - timedelta(days=n % 200),
            subject=people[n % len(people)],
            lead=reader,
            envelope=envelope,
            danger=n % 97 == 0,
            due_on=today + timedelta(days=n % 30 - 5),
        )
        for n, envelope in enumerate(_envelopes(wanted - have), have)
    )
    Seat.objects.bulk_create(
        Seat(case=case, person=reader, capacity=Seat.Capacity.LEAD, why="bench", given_by="bench")
        for case in made
    )
    CaseClock.objects.bulk_create(
        CaseClock(case=case, what="triage", school_days=2, started_on=today, due_on=case.due_on)
        for case in made
        if case.due_on is not None
    )


def _reports(have: int, wanted: int, reader: Person, sites: list[Site]) -> None:
    now, today = timezone.now(), date.today()
    Report.objects.bulk_create(
        Report(
            receipt_hash=f"{n:064}",
            kind=Kind.BULLYING,
            site=sites[n % len(sites)],
            envelope=envelope,
            sealed=b"sealed",
            received_at=now - timedelta(hours=n % 2000),
            due_on=today + timedelta(days=n % 9 - 3),
            assigned_to=reader,
        )
        for n, envelope in enumerate(_envelopes(wanted - have), have)
    )
