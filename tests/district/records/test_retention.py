"""What is past its time goes at night, unless a hold or an open request stops it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from hornbook.district.activity.models import Look, LookFile
from hornbook.district.filtering.models import Reason
from hornbook.district.ledger.actions import SYSTEM, record
from hornbook.district.ledger.leaves import canonical
from hornbook.district.ledger.models import Leaf, Opening
from hornbook.district.ledger.verify import verify
from hornbook.district.people.models import Attempt, Person
from hornbook.district.records import retention
from hornbook.district.records.access import what_is_kept
from hornbook.district.records.actions import (
    Refused,
    close_inspection,
    open_inspection,
    place_hold,
    release_hold,
)
from hornbook.district.records.law import BadSchedule, schedule
from hornbook.district.records.models import Certificate, Hold
from hornbook.district.records.retention import RAN, SCHEDULE, plan, run
from hornbook.district.records.salts import salt_of
from hornbook.instance import Instance
from hornbook.record.lake import Lake
from tests.district.conftest import Sites
from tests.district.records.conftest import Write

pytestmark = pytest.mark.django_db
ClientFor = Callable[[Person | None], Client]


@pytest.fixture
def announced(instance: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    """The schedule stands in the ledger for longer than a night."""
    monkeypatch.setattr(retention, "_waits", lambda digest, now: "")


def persons_left(instance: Instance) -> list[str]:
    until = datetime.now(UTC) + timedelta(days=1)
    with Lake(instance.record).window(until - timedelta(days=2000), until) as window:
        assert window.problems == []
        return sorted(row["person"] for row in window.counts("person") for _ in range(row["n"]))


def night() -> list[Certificate]:
    return run(timezone.now(), actor=SYSTEM)


@pytest.mark.usefixtures("announced")
def test_old_rows_go_and_new_ones_stay(instance: Instance, write: Write, owner: Person) -> None:
    write(3, days_ago=400, person=owner.key, site="maple", blocked=True)
    write(2, days_ago=10, person=owner.key, site="maple")
    (made,) = night()
    assert persons_left(instance) == [str(owner.key)] * 2
    (gone,) = made.body["destroyed"]
    assert (gone["rows"], gone["kept"]) == (3, 0)
    assert gone["sums"] == [{"clause": "FILTER-1@1", "action": "block", "questions": 3}]
    assert str(owner.key) not in json.dumps(made.body)
    assert "citation" in made.body


@pytest.mark.parametrize(
    ("moved", "words"),
    [(timedelta(days=500), "days ago"), (timedelta(days=-20), "stands before the newest entry")],
)
def test_a_clock_that_jumped_destroys_nothing(
    instance: Instance,
    write: Write,
    owner: Person,
    monkeypatch: pytest.MonkeyPatch,
    moved: timedelta,
    words: str,
) -> None:
    monkeypatch.setattr(retention, "_is_settled", lambda digest, now: "")
    write(3, days_ago=400, person=owner.key)
    write(2, days_ago=10, person=owner.key)
    (made,) = night()
    assert made.body["destroyed"][0]["rows"] == 3
    wrong = timezone.now() + moved
    assert words in plan(wrong).waits
    assert run(wrong, actor=SYSTEM) == []
    assert persons_left(instance) == [str(owner.key)] * 2
    assert words in Leaf.objects.filter(verb=RAN).latest("no").detail["waits"]


@pytest.mark.usefixtures("announced")
def test_keys_of_pseudonyms_go_after_two_months(instance: Instance) -> None:
    today = timezone.localdate()
    old, new = salt_of(today - timedelta(days=100)), salt_of(today - timedelta(days=5))
    assert [due.entry for due in plan(timezone.now()).due] == ["salts"]
    (made,) = night()
    assert [one["what"] for one in made.body["destroyed"]] == [
        f"the key pseudonyms-{today - timedelta(days=100):%Y-%m}"
    ]
    assert salt_of(today - timedelta(days=5)) == new
    assert salt_of(today - timedelta(days=100)) != old, "a new one, which joins with nothing"
    assert old.decode() not in json.dumps(made.body)


@pytest.mark.usefixtures("announced")
def test_the_certificate_is_in_the_tree_and_the_lake_holds(
    instance: Instance, write: Write, client_for: ClientFor, custodian: Person
) -> None:
    from hornbook.record.verify import verify_record

    write(3, days_ago=400)
    (made,) = night()
    digest = hashlib.sha256(canonical(made.body)).hexdigest()
    assert made.leaf.detail["certificate"] == digest
    assert verify_record(instance.record) == []
    client = client_for(custodian)
    told = client.get(reverse("certificate-proof", args=[made.pk])).json()
    assert told["leaf"]["no"] == made.leaf_id
    assert told["proof"].startswith("c2sp.org/tlog-proof@v1")
    assert "Rows destroyed" in client.get(reverse("certificate", args=[made.pk])).content.decode()
    paper = client.get(reverse("certificate-pdf", args=[made.pk]))
    assert paper["Content-Type"] == "application/pdf"
    read = PdfReader(BytesIO(paper.content))
    words = "".join(page.extract_text() for page in read.pages)
    assert "Certificate of destruction" in words
    assert "3" in words
    assert digest[:16] in words.replace("\n", "")
    root: Any = read.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert verify().ok


@pytest.mark.usefixtures("announced")
def test_a_hold_on_one_person_keeps_their_rows_and_no_others(
    instance: Instance, write: Write, owner: Person, colleague: Person, custodian: Person
) -> None:
    write(2, days_ago=400, person=owner.key, site="maple")
    write(3, days_ago=400, person=colleague.key, site="maple")
    place_hold(actor=custodian, matter="Doe v. District", reason="Claim", persons=[owner])
    assert [due.partly for due in plan(timezone.now()).due] == [True, True]
    night()
    assert persons_left(instance) == [str(owner.key)] * 2
    assert night() == [], "what is held is not destroyed by asking again"


@pytest.mark.usefixtures("announced")
@pytest.mark.parametrize(
    ("site", "since", "left"),
    [
        (None, None, 5),
        ("maple", None, 2),
        ("oak", None, 3),
        (None, date.today() - timedelta(days=100), 0),
    ],
)
def test_a_hold_covers_its_scope(
    instance: Instance,
    write: Write,
    custodian: Person,
    sites: Sites,
    site: str | None,
    since: date | None,
    left: int,
) -> None:
    write(2, days_ago=400, site="maple")
    write(3, days_ago=400, site="oak")
    where = [getattr(sites, site)] if site else None
    place_hold(actor=custodian, matter="Audit", reason="State", sites=where, since=since)
    night()
    assert len(persons_left(instance)) == left


@pytest.mark.usefixtures("announced")
def test_an_open_inspection_wins_until_it_is_closed(
    instance: Instance, write: Write, student: Person, custodian: Person
) -> None:
    write(2, days_ago=400, person=student.key)
    asked = open_inspection(
        actor=custodian, subject=student, asked_by="A parent", asked_on=date(2026, 11, 2)
    )
    assert asked.due_on == date(2026, 12, 17)
    night()
    assert len(persons_left(instance)) == 2
    close_inspection(asked, actor=custodian)
    night()
    assert persons_left(instance) == []


@pytest.mark.usefixtures("announced")
def test_sealed_reasons_go_when_their_time_is_over(
    instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(actor=SYSTEM, verb="try", object="a", sealed={"reason": "words"})
    assert night() == []
    later = timezone.now() + timedelta(days=5 * 365 + 2)
    (made,) = run(later, actor=SYSTEM)
    assert made.entry == "reasons"
    assert not Opening.objects.exists()
    assert verify().ok


def test_a_changed_schedule_destroys_nothing_on_its_first_night(
    instance: Instance, write: Write
) -> None:
    write(3, days_ago=400)
    assert "first night" in plan(timezone.now()).waits
    assert night() == []
    assert Leaf.objects.filter(verb=SCHEDULE).count() == 1
    assert "waits" in plan(timezone.now()).waits
    tomorrow = timezone.now() + timedelta(days=1)
    assert plan(tomorrow).waits == ""
    assert len(run(tomorrow, actor=SYSTEM)) == 1
    assert persons_left(instance) == []


def test_a_districts_own_schedule_is_used_and_checked(instance: Instance) -> None:
    ours = schedule()
    text = "\n".join(
        f'[keep.{key}]\ntitle = "T"\ncitation = "C"\nchecked_on = 2026-11-25\nnote = ""\n'
        "days = 4000"
        for key in ours.entries
    )
    own = instance.root / "retention.toml"
    own.write_text(text)
    assert {entry.days for entry in schedule().entries.values()} == {4000}
    assert schedule().digest != ours.digest
    before, cases = text.split("[keep.cases]")
    short = f"{before}[keep.cases]{cases.replace('days = 4000', 'days = 300', 1)}"
    for wrong in (
        text.replace("days = 4000", "days = 0", 1),
        short,
        text[:60],
        "[keep]",
        text + "\n[[",
    ):
        own.write_text(wrong)
        with pytest.raises(BadSchedule):
            schedule()


def test_the_night_runs_once(instance: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    night = timezone.localtime().replace(hour=3)
    monkeypatch.setattr(timezone, "localtime", lambda *_: night)
    retention.run_if_due()
    retention.run_if_due()
    assert Leaf.objects.filter(verb=retention.RAN).count() == 1
    monkeypatch.setattr(timezone, "localtime", lambda *_: night.replace(hour=1))
    retention.run_if_due()
    assert Leaf.objects.filter(verb=retention.RAN).count() == 1


def test_what_is_kept_is_told_with_its_rule(instance: Instance) -> None:
    told = {one.title: one.period for one in what_is_kept()}
    assert told["Daily sums by clause and answer, without people"] == "10 years"
    assert told["The ledger: who did, decided and looked at what"] == "for ever"
    assert all(one.citation and one.checked_on for one in what_is_kept())


# --- holds as people use them ------------------------------------------------------------------


def test_another_person_releases_a_hold(
    instance: Instance, custodian: Person, superintendent: Person
) -> None:
    hold = place_hold(actor=custodian, matter="Doe v. District", reason="Claim")
    with pytest.raises(Refused, match="somebody else"):
        release_hold(hold, actor=custodian, reason="Settled")
    with pytest.raises(IntegrityError), transaction.atomic():
        Hold.objects.filter(pk=hold.pk).update(released_by=custodian)
    release_hold(hold, actor=superintendent, reason="Settled")
    assert not Hold.objects.active().exists()
    with pytest.raises(DatabaseError), transaction.atomic():
        Hold.objects.all().delete()


def test_the_pages_place_and_release_a_hold(
    instance: Instance,
    client_for: ClientFor,
    custodian: Person,
    superintendent: Person,
    owner: Person,
) -> None:
    client = client_for(custodian)
    told = {"matter": "Doe v. District", "reason": "Claim", "person": "nobody of that name"}
    answer = client.post(reverse("hold-new"), told).content.decode()
    assert "Nobody fits" in answer
    assert client.post(reverse("hold-new"), told | {"person": "Olive Owner"}).status_code == 302
    hold = Hold.objects.get()
    assert list(hold.persons.all()) == [owner]
    address = reverse("hold", args=[hold.pk])
    assert "has to release it" in client.get(address).content.decode()
    assert "must be shown" not in client.get(reverse("records")).content.decode()
    assert client_for(superintendent).post(address, {"reason": "Settled"}).status_code == 302
    assert not Hold.objects.active().exists()


@pytest.mark.parametrize("name", ["principal", "owner", "hr", "it_admin"])
def test_only_keepers_change_anything(
    request: pytest.FixtureRequest,
    instance: Instance,
    client_for: ClientFor,
    custodian: Person,
    name: str,
) -> None:
    hold = place_hold(actor=custodian, matter="Doe v. District", reason="Claim")
    client = client_for(request.getfixturevalue(name))
    for address in (
        reverse("hold-new"),
        reverse("hold", args=[hold.pk]),
        reverse("inspection-new"),
        reverse("exports"),
    ):
        assert client.post(address, {"reason": "x"}).status_code == 404
    assert client.get(reverse("records")).status_code == (200 if name == "it_admin" else 404)
    assert Hold.objects.active().count() == 1


def test_the_page_says_what_would_go_and_what_stops_it(
    instance: Instance, write: Write, client_for: ClientFor, custodian: Person, owner: Person
) -> None:
    write(2, days_ago=400, person=owner.key, site="maple")
    run(timezone.now() - timedelta(days=2), actor=SYSTEM)
    place_hold(actor=custodian, matter="Doe v. District", reason="Claim")
    text = client_for(custodian).get(reverse("records")).content.decode()
    assert "Doe v. District" in text
    assert "47 CFR 54.516(a)(1)" in text


@pytest.mark.usefixtures("announced")
def test_sign_ins_go_after_their_time_but_not_those_of_a_held_person(
    instance: Instance, owner: Person, colleague: Person, custodian: Person
) -> None:
    now = timezone.now()
    for person in (owner, colleague):
        assert person.user is not None
        for days in (92, 1):  # 91 are fewer by the wall clock once summer time has ended
            person.user.attempts.create(at=now - timedelta(days=days), good=True, how="password")
    place_hold(actor=custodian, matter="A claim", reason="Counsel asked.", persons=[owner])
    assert [(due.entry, due.amount, due.goes) for due in plan(now).due] == [("sign-ins", 1, True)]
    assert [one.entry for one in night()] == ["sign-ins"]
    old = Attempt.objects.filter(at__lt=now - timedelta(days=90))
    assert [one.user for one in old] == [owner.user]
    assert Attempt.objects.count() == 3
    assert plan(now).due[0].goes is False


@pytest.mark.usefixtures("announced")
def test_reasons_at_warnings_go_with_the_activity_they_belong_to(
    instance: Instance, owner: Person, colleague: Person, custodian: Person
) -> None:
    now = timezone.now()
    told = {"name": "shop.example", "rule": "r", "clause_version": "FOCUS-1@1"}
    for number, (person, site, days) in enumerate(
        ((owner, "maple", 400), (colleague, "maple", 400), (colleague, "oak", 400), (owner, "", 1))
    ):
        at = now - timedelta(days=days)
        Reason.objects.create(
            receipt=f"R{number}", person=person, site=site, at=at, until=at, **told
        )
    place_hold(actor=custodian, matter="A claim", reason="Counsel asked.", persons=[owner])
    assert [one.entry for one in night()] == ["activity"]
    assert set(Reason.objects.values_list("receipt", flat=True)) == {"R0", "R3"}


@pytest.mark.usefixtures("announced")
def test_counts_of_looks_go_with_the_activity_of_their_day_and_a_hold_keeps_the_whole_day(
    instance: Instance, owner: Person, custodian: Person, superintendent: Person
) -> None:
    now = timezone.now()
    for days in (400, 1):
        at = now - timedelta(days=days)
        file = LookFile.objects.create(receipt=f"L{days}", node="node-1", at=at, answers=1)
        Look.objects.create(file=file, at=at, site="maple", name="a.example", outcome="x", n=1)
    held = place_hold(actor=custodian, matter="A claim", reason="Counsel asked.", persons=[owner])
    night()
    assert Look.objects.count() == 2  # they tell about the rows that are held
    release_hold(held, actor=superintendent, reason="It is settled.")
    assert "looks at answers" in str([one.body for one in night()])
    assert Look.objects.get().file.receipt == "L1"
