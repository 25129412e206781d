"""A case on paper: each reader gets their parts, the others are named with the reason."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pypdf import PdfReader

from hornbook.district.conduct.actions import cases, evidence, hearing, people
from hornbook.district.conduct.files import clean
from hornbook.district.conduct.models import CaseCopy
from hornbook.district.conduct.papers import _PARTS, copy_laws
from hornbook.district.ledger.models import Leaf
from hornbook.district.people.models import Person
from tests.district.conduct.cases import Room, to_consequence
from tests.district.conduct.test_files import photo

pytestmark = pytest.mark.django_db
ClientFor = Callable[[Person | None], Client]


@pytest.fixture
def told(room: Room, student: Person) -> Room:
    """A decided case with a witness, a note that somebody contests, and a file for nobody."""
    people.add_party(room.case, actor=room.lead, name="", part="target", person=student)
    now = timezone.now()
    line = cases.note(
        room.case, actor=room.lead, sort="said", words="Seen from the bus", happened_at=now
    )
    file = evidence.add_file(
        room.case, actor=room.lead, name="The worst", file=clean(photo()), why="found"
    )
    evidence.seal_away(file, actor=room.lead, why="abuse is suspected")
    hearing.contest(room.case, actor=room.lead, about=f"event {line.pk}", words="It was the train")
    to_consequence(room)
    return room


def make(client: Client, room: Room, sort: str) -> str:
    """The words of the copy, whose fingerprint stands in its leaf."""
    told = {"sort": sort, "to": "The board", "why": "Hearing of 3 May"}
    answer = client.post(f"/cases/{room.case.key}/copy/", told)
    assert answer["Content-Type"] == "application/pdf", answer.content.decode()
    return words_of(answer.content)


def words_of(body: bytes) -> str:
    digest = hashlib.sha256(body).hexdigest()
    assert CaseCopy.objects.latest("pk").sha256 == digest
    assert Leaf.objects.filter(verb="conduct.copy-given").latest("no").detail["sha256"] == digest
    read = PdfReader(BytesIO(body))
    root: Any = read.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    return " ".join(" ".join(page.extract_text() for page in read.pages).split())


def test_a_hearing_gets_the_file_without_what_nobody_opens(
    told: Room, client_for: ClientFor, student: Person
) -> None:
    words = make(client_for(told.decider), told, "hearing")
    for there in ("Seen from the bus", "It was the train", "It was a joke.", str(student),
                  "It hurt him.", "A sealed file", "BULLY-1", "Left out of this copy"):  # fmt: skip
        assert there in words, there
    assert "The worst" not in words


def test_whom_it_is_about_gets_what_their_page_shows(
    told: Room, client_for: ClientFor, student: Person
) -> None:
    answer = client_for(told.subject).post(f"/cases/mine/{told.case.key}/copy/")
    words = words_of(answer.content)
    for there in ("It was a joke.", "It hurt him.", "34 CFR 99.12(a)", str(told.subject)):
        assert there in words, there
    for absent in ("Seen from the bus", "SHA-256", str(student)):
        assert absent not in words, absent


def test_who_asks_for_records_gets_clause_outcome_and_days(
    told: Room, client_for: ClientFor
) -> None:
    words = make(client_for(told.lead), told, "request")
    assert "BULLY-1" in words
    assert "Restricted access for a time" in words
    for absent in (str(told.subject), str(told.lead.family_name) + ":", "joke", "bus"):
        assert absent not in words, absent


def test_others_make_no_copy(
    told: Room, client_for: ClientFor, colleague: Person, stranger: Person
) -> None:
    """The one who only reads, somebody without a seat, and the subject at the office's door."""
    before = CaseCopy.objects.count()
    for person in (told.reader, colleague, stranger, told.subject):
        door = f"/cases/{told.case.key}/copy/"
        client = client_for(person)
        assert client.get(door).status_code == 404
        assert client.post(door, {"sort": "hearing", "to": "x", "why": "y"}).status_code == 404
    assert client_for(colleague).post(f"/cases/mine/{told.case.key}/copy/").status_code == 404
    page = client_for(told.decider).post(
        f"/cases/{told.case.key}/copy/", {"sort": "request", "to": "x", "why": "y"}
    )
    assert page.status_code == 422
    assert CaseCopy.objects.count() == before


def test_findings_wait_for_a_decision(room: Room, client_for: ClientFor) -> None:
    from tests.district.conduct.cases import to_decision

    to_decision(room)
    words = make(client_for(room.lead), room, "subject")
    assert "Three weeks long" not in words
    assert "Three weeks long" in make(client_for(room.lead), room, "hearing")


def test_every_part_that_a_copy_names_is_known() -> None:
    for law in copy_laws().values():
        assert set(law.parts) <= set(_PARTS)
        assert law.without
