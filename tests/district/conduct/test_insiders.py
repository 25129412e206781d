"""Principal under report, curious colleague, clerk without need: refused at each door."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.utils import timezone

from hornbook.district.conduct.actions import Refused, escalating, people
from hornbook.district.conduct.models import Absence, Case, Deputy, OnCall, Recipient, Seat
from hornbook.district.ledger.models import Leaf
from hornbook.district.mail.models import Letter
from hornbook.district.people.models import Person, Role
from tests.district.conduct.cases import Room
from tests.district.conduct.conftest import Sent
from tests.district.conftest import MakePerson, Sites

pytestmark = pytest.mark.django_db
ClientFor = Callable[[Person | None], Client]
Send = Callable[..., Sent]


@pytest.mark.parametrize(
    "answers",
    [{"office": "office"}, {"who": "It was Mrs. Principal herself."}, {"what": "Principal's mail"}],
)
def test_a_report_about_the_principal_goes_past_them(
    send: Send,
    principal: Person,
    superintendent: Person,
    client_for: ClientFor,
    answers: dict[str, str],
) -> None:
    sent = send(**answers)
    assert sent.report.assigned_to == superintendent
    address = f"/cases/reports/{sent.report.key}/"
    assert client_for(principal).get(address).status_code == 404
    assert str(sent.report.key) not in client_for(principal).get("/cases/").content.decode()
    assert Leaf.objects.filter(verb="look.refused", actor=str(principal), object=address).exists()
    assert not Letter.objects.filter(person=principal).exists()


def test_nor_to_a_deputy_whom_they_supervise(
    send: Send, principal: Person, superintendent: Person, colleague: Person
) -> None:
    Deputy.objects.create(person=principal, deputy=colleague)
    assert send(office="office").report.assigned_to == superintendent


def test_a_report_about_the_superintendent_goes_to_the_named_other(
    send: Send, superintendent: Person, hr: Person, make_person: MakePerson, sites: Sites
) -> None:
    board = make_person("Bo Board", Role.BOARD, sites.central)
    told = {"site": "central", "who": "Sue Perintend did it"}
    assert send(**told).report.assigned_to == board
    other = make_person("Nora Named", Role.STAFF, sites.central)
    Recipient.objects.create(person=other, last_resort=True)
    assert send(**told).report.assigned_to in (board, other)


def test_somebody_who_is_away_is_stood_in_for(
    send: Send, principal: Person, other_principal: Person
) -> None:
    today = timezone.localdate()
    Absence.objects.create(person=principal, first=today, last=today)
    Deputy.objects.create(person=principal, deputy=other_principal)
    assert send().report.assigned_to == other_principal


def test_what_is_not_read_in_time_goes_on(
    send: Send, principal: Person, superintendent: Person
) -> None:
    sent = send()
    assert escalating.escalate_reports(sent.report.due_on) == 0
    assert escalating.escalate_reports(sent.report.due_on + timedelta(days=1)) == 1
    sent.report.refresh_from_db()
    assert sent.report.assigned_to == superintendent


def test_danger_tells_everybody_on_call_but_whom_it_is_about(
    send: Send, principal: Person, hr: Person, client_for: ClientFor, clauses: object
) -> None:
    for person in (principal, hr):
        OnCall.objects.create(person=person)
    sent = send(what="Principal says he will kill himself", who="")
    letters = Letter.objects.filter(subject__startswith="URGENT")
    assert list(letters.values_list("person", flat=True)) == [hr.pk]
    assert client_for(hr).get(f"/cases/reports/{sent.report.key}/").status_code == 200


def test_a_case_has_closed_doors(
    room: Room, client_for: ClientFor, colleague: Person, it_admin: Person, other_principal: Person
) -> None:
    doors = ["", "do/allege/", "do/decide/", "small/", "evidence/1/"]
    for person in (colleague, it_admin, other_principal, room.subject):
        for door in doors:
            address = f"/cases/{room.case.key}/{door}"
            answer = client_for(person).get(address)
            assert answer.status_code in (404, 405)
            assert client_for(person).post(address).status_code == 404
        refused = Leaf.objects.filter(verb="look.refused", actor=str(person))
        assert refused.filter(object=f"/cases/{room.case.key}/").exists()


def test_naming_who_runs_it_hands_it_over_at_once(
    room: Room, client_for: ClientFor, principal: Person
) -> None:
    case = people.name_subject(room.now(), actor=principal, person=principal)
    assert case.lead != principal
    assert not case.seats.filter(person=principal, ended_at__isnull=True).exists()
    assert client_for(principal).get(f"/cases/{case.key}/").status_code == 404


def test_naming_who_supervises_the_lead_hands_it_over_too(
    room: Room, superintendent: Person, principal: Person, make_person: MakePerson, sites: Sites
) -> None:
    board = make_person("Bo Board", Role.BOARD, sites.central)
    case = people.name_subject(room.now(), actor=principal, person=superintendent)
    assert case.lead == board


def test_the_database_gives_the_subject_no_seat(room: Room) -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        Seat.objects.create(
            case=room.case, person=room.subject, capacity="reader", why="-", given_by="-"
        )
    with pytest.raises(Refused):
        people.let_in(
            room.case, actor=room.lead, person=room.subject, capacity="reader", why="curious"
        )


def test_a_clerk_sees_a_case_only_with_a_reason_that_is_a_leaf(
    room: Room, client_for: ClientFor, make_person: MakePerson, sites: Sites
) -> None:
    clerk = make_person("Clara Clerk", Role.STAFF, sites.maple)
    address = f"/cases/{room.case.key}/"
    assert client_for(clerk).get(address).status_code == 404
    seat = people.let_in(
        room.case, actor=room.lead, person=clerk, capacity="reader", why="types the letters"
    )
    assert client_for(clerk).get(address).status_code == 200
    leaf = Leaf.objects.filter(verb="conduct.seat-given").latest("no")
    assert leaf.detail["why"] == "types the letters"
    seat.ended_at = timezone.now()
    seat.save()
    assert client_for(clerk).get(address).status_code == 404


def test_no_leaf_of_a_case_names_its_subject(room: Room) -> None:
    rows = Leaf.objects.filter(object=f"case:{room.case.key}")
    told = "".join(f"{leaf.detail} {leaf.object} {leaf.verb}" for leaf in rows)
    assert str(room.subject) not in told
    assert str(room.subject.key) not in told
    assert Case.objects.get().subject == room.subject
