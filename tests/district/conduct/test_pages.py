"""The pages of a case: for who runs it, for whom it is about, for who tells from where they are."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from hornbook.district.conduct.actions import consequences, evidence, hearing, people
from hornbook.district.conduct.actions.cases import note as case_note
from hornbook.district.conduct.models import (
    Absence,
    Case,
    Correction,
    Custody,
    Deputy,
    Evidence,
    OnCall,
    Report,
    Stage,
)
from hornbook.district.filtering.models import Restriction
from hornbook.district.learning.access import to_learn
from hornbook.district.learning.actions.trainings import remind_of_trainings
from hornbook.district.learning.models import Training
from hornbook.district.ledger.models import Leaf
from hornbook.district.mail.models import Letter
from hornbook.district.people.models import Person
from hornbook.district.policy.models import ClauseText
from hornbook.instance import Instance
from tests.district.conduct import cases
from tests.district.conduct.cases import Room
from tests.district.conduct.test_files import photo

pytestmark = pytest.mark.django_db
ClientFor = Callable[[Person | None], Client]


def address(room: Room, rest: str = "") -> str:
    return f"/cases/{room.case.key}/{rest}"


def test_the_page_says_what_stands_before_the_next_step(room: Room, client_for: ClientFor) -> None:
    page = client_for(room.lead).get(address(room)).content.decode()
    assert "Name at least one wording" in page
    assert "Allege that a wording was broken" in page


def test_from_allegation_to_decision_by_the_pages(
    room: Room, client_for: ClientFor, clauses: dict[str, ClauseText]
) -> None:
    lead, decider, subject = (client_for(p) for p in (room.lead, room.decider, room.subject))

    def do(client: Client, what: str, **told: object) -> None:
        reply = client.post(address(room, f"do/{what}/"), told)
        assert reply.status_code == 302, reply.content.decode()

    do(lead, "allege", text=clauses["BULLY-1"].pk, words="Called him names")
    do(lead, "move-begin")
    do(lead, "notice", how="screen", school_days=5)
    mine = f"/cases/mine/{room.case.key}/"
    assert "Iowa Code 22.15" in subject.get(mine).content.decode()
    subject.post(mine, {"do": "answer", "words": "It was a joke."})
    do(lead, "move-hear")
    allegation = room.case.allegations.get()
    do(lead, "find", allegation=allegation.pk, result="upheld", reason="The chat shows it.")
    do(lead, "statute", met=["conduct", "hostile", "fear"], reason="Three weeks long.")
    do(decider, "move-find")
    panel = decider.get(address(room, "do/decide/")).content.decode()
    assert "Fewer than 5" in panel
    do(decider, "decide", severity="serious", outcome="restriction", reason="It hurt him.")
    last = timezone.localdate() + timedelta(days=10)
    told = {"sort": "restriction", "text": clauses["BULLY-1"].pk, "words": "School sites only"}
    do(lead, "follow", **told, ends_on=last.isoformat(), only="on")
    assert Restriction.objects.get().person == room.subject
    page = subject.get(mine).content.decode()
    assert "School sites only" in page
    subject.post(mine, {"do": "appeal", "words": "It was one evening."})
    chief = client_for(room.chief)
    do(chief, "hear", result="reversed", reason="A talk is enough.")
    assert room.now().stage == Stage.CLOSED
    assert not Restriction.objects.get().is_running(timezone.now())


def test_an_absent_gate_is_named_on_the_form(room: Room, client_for: ClientFor) -> None:
    reply = client_for(room.lead).post(address(room, "do/move-begin/"))
    assert reply.status_code == 422
    assert "Name at least one wording" in reply.content.decode()


def test_what_is_contested_stands_beside_it_and_travels(room: Room, client_for: ClientFor) -> None:
    evidence.note_copy(
        room.case,
        actor=room.lead,
        to="Union",
        email="union@example.test",
        why="asked for it",
        body=b"the papers",
    )
    cases.to_answer(room)
    mine = f"/cases/mine/{room.case.key}/"
    told = {"do": "contest", "pk": room.case.allegations.get().pk, "words": "It was one evening."}
    client_for(room.subject).post(mine, told)
    page = client_for(room.lead).get(address(room)).content.decode()
    assert "It was one evening." in page
    letter = Letter.objects.get(to="union@example.test")
    assert "contested" in letter.subject
    row = Correction.objects.get()
    client_for(room.lead).post(
        address(room, "small/"), {"do": "settle", "pk": row.pk, "words": "One evening, 2 March."}
    )
    assert "One evening, 2 March." in client_for(room.subject).get(mine).content.decode()
    assert Letter.objects.filter(to="union@example.test").count() == 2


def test_evidence_has_a_chain_and_opens_with_a_reason(room: Room, client_for: ClientFor) -> None:
    lead = client_for(room.lead)
    file = SimpleUploadedFile("chat.jpg", photo(), "image/jpeg")
    told = {"file": file, "name": "The chat", "why": "from the parents"}
    assert lead.post(address(room, "do/file/"), told).status_code == 302
    row = Evidence.objects.get()
    door = address(room, f"evidence/{row.pk}/")
    assert lead.post(door, {"words": ""}).status_code == 302
    assert lead.post(door, {"words": "to find the facts"}).content == photo()
    acts = [(link.act, link.why) for link in Custody.objects.all()]
    assert acts == [("received", "from the parents"), ("opened", "to find the facts")]
    lead.post(address(room, "small/"), {"do": "seal", "pk": row.pk, "words": "call the police"})
    assert lead.post(door, {"words": "again"}).status_code == 302
    assert Custody.objects.latest("pk").act == "sealed"


def test_staff_tell_in_two_taps_with_the_page_they_were_on(
    client_for: ClientFor, colleague: Person, principal: Person, clauses: object
) -> None:
    client = client_for(colleague)
    assert "/cases/tell/?from=/today/" in client.get("/today/").content.decode()
    page = client.get("/cases/tell/?from=/today/").content.decode()
    assert "<code>/today/</code>" in page
    site = str(colleague.roles.get().site_id)
    told = {"kind": "exposure", "site": site, "what": "A page with blood", "page": "/today/"}
    assert client.post("/cases/tell/", told).status_code == 200
    report = Report.objects.get()
    assert (report.reporter, report.assigned_to) == (colleague, principal)
    shown = client_for(principal).get(f"/cases/reports/{report.key}/").content.decode()
    assert "<code>/today/</code>" in shown


def test_an_address_that_is_none_of_ours_does_not_come_along(
    client_for: ClientFor, colleague: Person
) -> None:
    page = client_for(colleague).get("/cases/tell/?from=https://elsewhere.example/")
    assert "elsewhere" not in page.content.decode()


def test_who_reads_when_is_kept_by_whom_it_concerns(
    client_for: ClientFor, principal: Person, superintendent: Person, other_principal: Person
) -> None:
    own = client_for(principal)
    today = timezone.localdate().isoformat()
    own.post("/cases/duty/", {"what": "away", "first": today, "last": today})
    own.post("/cases/duty/", {"what": "deputy", "person": other_principal.email})
    assert Absence.objects.get().person == principal
    assert Deputy.objects.get().deputy == other_principal
    told = {"what": "on-call", "person": principal.email, "phone": "555 0100"}
    assert own.post("/cases/duty/", told).status_code == 404
    assert client_for(superintendent).post("/cases/duty/", told).status_code == 302
    pk = OnCall.objects.get().pk
    assert own.post("/cases/duty/", {"drop": f"on-call {pk}"}).status_code == 404
    assert (
        own.post("/cases/duty/", {"drop": f"deputy {Deputy.objects.get().pk}"}).status_code == 302
    )
    assert not Deputy.objects.exists()


def test_pictures_show_what_the_viewer_may_see(
    room: Room, client_for: ClientFor, other_principal: Person
) -> None:
    assert (
        '<svg class="picture lanes"' in client_for(room.lead).get("/cases/school/").content.decode()
    )
    other = client_for(other_principal).get("/cases/school/").content.decode()
    assert room.case.number not in other


def test_sums_of_the_district_hide_small_cells(room: Room, client_for: ClientFor) -> None:
    cases.to_consequence(room)
    page = client_for(room.reader).get("/cases/even/").content.decode()
    assert "Maple Elementary" in page
    assert "hidden" in page
    assert ">1<" not in page


def test_the_number_of_queries_does_not_grow_with_the_cases(
    room: Room, client_for: ClientFor
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client, counts = client_for(room.lead), []
    for more in (0, 5):
        for _ in range(more):
            cases.open_room(
                room.lead,
                room.decider,
                room.chief,
                room.reader,
                room.subject,
                room.case.site,
                room.text,
            )
        client.get("/cases/")
        with CaptureQueriesContext(connection) as seen:
            client.get("/cases/")
        counts.append(len(seen))
    assert counts[0] == counts[1]
    assert Case.objects.count() == 6


def test_opening_the_notice_is_a_leaf(room: Room, client_for: ClientFor) -> None:
    cases.to_answer(room)
    client_for(room.subject).get(f"/cases/mine/{room.case.key}/")
    leaf = Leaf.objects.get(verb="conduct.notice-opened")
    assert leaf.actor == str(room.subject)


def test_before_the_notice_there_is_nothing_to_see(room: Room, client_for: ClientFor) -> None:
    assert client_for(room.subject).get(f"/cases/mine/{room.case.key}/").status_code == 404


def test_a_task_needs_somebody_inside(room: Room, colleague: Person) -> None:
    from hornbook.district.conduct.actions import Refused

    with pytest.raises(Refused, match="no seat"):
        people.add_task(room.case, actor=room.lead, words="Call", owner=colleague)
    people.finish_task(
        people.add_task(room.case, actor=room.lead, words="Call", owner=room.reader),
        actor=room.reader,
    )
    with pytest.raises(Refused):
        hearing.contest(room.case, actor=colleague, about="event 1", words="Wrong")


def test_without_its_key_a_case_says_what_is_missing(
    room: Room, client_for: ClientFor, settings: Settings, tmp_path: Path
) -> None:
    now = timezone.now()
    case_note(room.case, actor=room.lead, sort="fact", words="Seen on the bus", happened_at=now)
    settings.INSTANCE = Instance(tmp_path)
    page = client_for(room.lead).get(address(room))
    assert page.status_code == 503
    assert "which is not here" in page.content.decode()


def test_a_training_waits_for_its_person_and_shows_in_the_case(
    room: Room, client_for: ClientFor
) -> None:
    cases.to_consequence(room)
    lead, subject = client_for(room.lead), client_for(room.subject)
    told = {"sort": "training", "text": room.text.pk, "words": "Read it once more"}
    assert lead.post(address(room, "do/follow/"), told).status_code == 302
    row = Training.objects.get()
    assert row.person == room.subject
    assert "Training: <span" in lead.get(address(room)).content.decode()
    door = reverse("training", args=[row.key])
    assert door in subject.get("/today/").content.decode()
    for other in (room.lead, room.reader):
        assert client_for(other).get(door).status_code == 404
    remind_of_trainings(row.due_on)
    assert [one.person for one in Letter.objects.filter(about__startswith="training")] == [
        room.subject
    ]
    assert subject.post(door).status_code == 302
    row.refresh_from_db()
    assert row.done_at is not None
    assert ">Done</span>" in lead.get(address(room)).content.decode()


def test_what_is_taken_back_is_not_learned(room: Room) -> None:
    cases.to_consequence(room)
    row = consequences.begin(
        room.now(), actor=room.decider, sort="training", text=room.text, words="Read it"
    )
    consequences.lift(row, actor=room.lead, why="taken back")
    training = Training.objects.get()
    assert training.withdrawn_at is not None
    assert not to_learn(room.subject).exists()
