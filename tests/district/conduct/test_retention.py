"""Closed cases and reports go when their time is over; a hold or whatever still runs wins."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.apps import apps
from django.utils import timezone

from hornbook.district.conduct.actions import cases, consequences, deciding, moves, people
from hornbook.district.conduct.models import Case, Consequence, Envelope, Report
from hornbook.district.consequences.actions import train, write_letter
from hornbook.district.consequences.models import Charge
from hornbook.district.learning.actions.trainings import remind_of_trainings
from hornbook.district.ledger.actions import SYSTEM
from hornbook.district.ledger.verify import verify
from hornbook.district.mail.models import Letter
from hornbook.district.people.models import Person
from hornbook.district.people.permissions import actor_of
from hornbook.district.records import retention
from hornbook.district.records.actions import close_inspection, open_inspection, place_hold
from hornbook.district.records.models import Certificate
from hornbook.district.records.retention import Due, plan, run
from tests.district.conduct.cases import Room, to_consequence
from tests.district.conduct.conftest import Sent

pytestmark = pytest.mark.django_db
LONG_AGO = timedelta(days=8 * 365)


@pytest.fixture(autouse=True)
def announced(monkeypatch: pytest.MonkeyPatch) -> None:
    """The schedule stands in the ledger for longer than a night."""
    monkeypatch.setattr(retention, "_waits", lambda digest, now: "")


@pytest.fixture
def custodian(hr: Person) -> Person:
    """Whoever may place holds; the actions do not ask for a role."""
    return hr


@pytest.fixture
def old_case(room: Room, send: Callable[..., Sent], student: Person) -> Case:
    """Decided, followed by a restriction with its letter and training, closed eight years ago."""
    case = room.case
    case.reports.add(send().report)
    people.add_party(case, actor=room.lead, name="", part="target", person=student)
    to_consequence(room)
    row = consequences.begin(
        room.now(), actor=room.decider, sort="restriction", text=room.text,
        words="School sites only", ends_on=timezone.localdate() + timedelta(days=9),
    )  # fmt: skip
    write_letter(actor=actor_of(room.lead), consequence=row)
    train(actor=actor_of(room.lead), consequence=row)
    deciding.give_up_appeal(room.now(), actor=room.subject)
    moves.move(room.now(), "settle", actor=room.lead)
    closed_at(timezone.now() - LONG_AGO, room.now())
    return room.now()


def closed_at(moment: datetime, case: Case) -> None:
    Case.objects.filter(pk=case.pk).update(closed_at=moment, conduct_on=moment.date())
    case.reports.update(closed_at=moment)


def lift(case: Case, room: Room) -> None:
    row = Consequence.objects.select_related("decision__case").get(decision__case=case)
    consequences.lift(row, actor=room.lead, why="over")


def tonight() -> list[Due]:
    return [due for due in plan(timezone.now()).due if due.entry in ("cases", "reports")]


def night() -> list[Certificate]:
    return run(timezone.now(), actor=SYSTEM)


def test_an_old_case_goes_whole_with_its_report_and_leaves_a_certificate(
    old_case: Case, room: Room
) -> None:
    asked = {"asked": 100, "amount": 100, "asked_by": room.decider, "what": "A screen"}
    follows = Consequence.objects.get(decision__case=old_case)
    charge = Charge.objects.create(
        person=room.subject, consequence=follows, clause_text=room.text, evidence="Bill 7",
        asked_at=timezone.now(), state="settled", **asked,
    )  # fmt: skip
    remind_of_trainings(timezone.localdate() + LONG_AGO)
    lift(old_case, room)
    assert [(due.name.split()[0], due.goes) for due in tonight()] == [("case", True), ("a", True)]
    of_case, of_report = night()
    for app in ("conduct", "consequences"):
        for model in apps.get_app_config(app).get_models():
            left = set(model._default_manager.all()) - {charge}
            assert model._meta.label in KEPT or not left, model
    assert not Envelope.objects.exists()
    assert not Letter.objects.filter(about__regex="^(case|training) ").exists()
    charge.refresh_from_db()
    assert charge.consequence is None
    (gone,) = of_case.body["destroyed"]
    assert gone["rows"] > 20
    assert gone["sums"] == [
        {"clause": room.text.version, "action": "restricted access for a time", "questions": 1}
    ]
    told = json.dumps([of_case.body, of_report.body])
    assert not any(word in told for word in ("Olive", str(room.subject.key), "joke"))
    assert verify().ok
    assert tonight() == []


KEPT = {"conduct.Deputy", "conduct.OnCall", "conduct.Recipient", "conduct.Absence"}


def test_what_still_lasts_keeps_the_case_and_its_report(old_case: Case) -> None:
    assert [due.stopped_by for due in tonight()] == [("a consequence that still lasts",)]
    assert night() == []


@pytest.mark.parametrize("whom", ["subject", "target"])
def test_a_hold_and_an_open_request_win(
    old_case: Case, room: Room, student: Person, custodian: Person, whom: str
) -> None:
    lift(old_case, room)
    person = room.subject if whom == "subject" else student
    asked = open_inspection(
        actor=custodian, subject=person, asked_by="A parent", asked_on=timezone.localdate()
    )
    place_hold(actor=custodian, matter="Another matter", reason="x", since=timezone.localdate())
    (due,) = tonight()
    assert "inspection" in due.stopped_by[0]
    assert night() == []
    assert Case.objects.filter(pk=old_case.pk).exists()
    close_inspection(asked, actor=custodian)
    place_hold(actor=custodian, matter="Doe v. District", reason="Claim", persons=[person])
    assert tonight()[0].stopped_by == ("hold “Doe v. District”",)
    assert night() == []


def test_a_case_that_is_opened_again_stays(old_case: Case, room: Room) -> None:
    lift(old_case, room)
    moves.move(old_case, "reopen", actor=room.lead, reason="Somebody remembers more")
    assert tonight() == []
    assert night() == []


def test_a_report_goes_after_three_years_unless_it_is_open_or_a_case_stands_on_it(
    send: Callable[..., Sent], principal: Person
) -> None:
    alone, still_open, on_case = (send().report for _ in range(3))
    cases.open_case(
        actor=principal, kind="bullying", site=on_case.site, title="x", reports=[on_case],
        conduct_on=timezone.localdate(),
    )  # fmt: skip
    long_ago = timezone.now() - timedelta(days=4 * 365)
    Report.objects.exclude(pk=still_open.pk).update(closed_at=long_ago)
    (made,) = night()
    assert made.entry == "reports"
    assert set(Report.objects.all()) == {still_open, on_case}
    assert Envelope.objects.filter(report=alone.pk).count() == 0
