"""A second report on the same thing goes into the case that is open already."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from hornbook.district.conduct.actions import evidence
from hornbook.district.conduct.actions.reports import Told, receive
from hornbook.district.conduct.files import clean
from hornbook.district.conduct.models import Event, Report
from hornbook.district.people.models import Person
from tests.district.conduct.cases import Room
from tests.district.conduct.test_files import photo

pytestmark = pytest.mark.django_db
ClientFor = Callable[[Person | None], Client]
WORDS = "They filmed it on the stairs too."


@pytest.fixture
def second(room: Room) -> Report:
    files = [clean(photo(), keep_original=True)]
    told = Told(kind="bullying", site=room.case.site, what=WORDS, who="Two of 4b", files=files)
    return receive(told).report


def test_its_words_and_files_come_into_the_case_once(
    room: Room, second: Report, client_for: ClientFor
) -> None:
    lead, page = client_for(room.lead), f"/cases/reports/{second.key}/"
    assert "Add it to this case" in lead.get(page).content.decode()
    original = second.files.get(original=True)
    told = {"join": "1", "case": room.case.pk, "words": "on", "take": original.pk, "why": "same"}
    assert lead.post(page, told).status_code == 302
    event = Event.objects.get(case=room.case)
    assert event.words == f"{WORDS}\nWho was part of it: Two of 4b"
    piece = room.case.evidence.get()
    assert evidence.open_evidence(piece, actor=room.lead, why="to compare") == photo()
    assert list(second.about.all()) == [room.subject]
    again = lead.post(page, told, follow=True).content.decode()
    assert "has all of that already" in again
    assert room.case.evidence.count() == 1


def test_who_does_not_run_the_case_is_not_asked_and_cannot(
    room: Room, second: Report, client_for: ClientFor
) -> None:
    """The reader has a seat; whom the case is about may be the next who reads reports."""
    for person in (room.reader, room.subject):
        Report.objects.filter(pk=second.pk).update(assigned_to=person)
        reader, page = client_for(person), f"/cases/reports/{second.key}/"
        assert "Add it to this case" not in reader.get(page).content.decode()
        told = {"join": "1", "case": room.case.pk, "why": "same"}
        assert reader.post(page, told).status_code == 422
    assert not room.case.reports.exists()
