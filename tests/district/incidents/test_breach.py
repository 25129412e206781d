"""The breach clock: what the law asks on each day, for any facts; letters; who may decide."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader

from hornbook.district.business_days import is_business_day
from hornbook.district.incidents.actions import Refused
from hornbook.district.incidents.breach_actions import (
    About,
    Someone,
    add_affected,
    attorney_told,
    close_breach,
    determine,
    end_hold,
    hold,
    open_breach,
    people_told,
    read_people,
    reading_of,
    years_later,
)
from hornbook.district.incidents.clock import Facts, read
from hornbook.district.incidents.law import BadLaw, law
from hornbook.district.incidents.letters import consumer_letters, packet
from hornbook.district.incidents.models import Breach, Determination
from hornbook.district.ledger.actions import Actor
from hornbook.district.people.models import Person
from hornbook.instance import Instance
from tests.district.incidents.conftest import ClientFor
from tests.district.records.conftest import instance as instance

DAY = date(2026, 3, 2)
DAYS = st.dates(date(2024, 1, 1), date(2030, 1, 1))


def facts(**told: object) -> Facts:
    known: dict[str, object] = {
        "discovered_on": DAY,
        "kinds": 1,
        "unreadable": False,
        "held": False,
        "harm_likely": None,
        "residents": 501,
        "everybody": 501,
        "told": 0,
        "first_told_on": None,
        "attorney_told_on": None,
    }
    return Facts(**known | told)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("residents", "asked"), [(0, False), (499, False), (500, False), (501, True)]
)
def test_the_attorney_general_is_for_more_than_500(residents: int, asked: bool) -> None:
    found = read(facts(residents=residents, everybody=900), DAY, more_than=500, days=5)
    assert found.attorney is asked


@pytest.mark.parametrize(
    ("told", "expected"),
    [(date(2026, 3, 2), date(2026, 3, 9)), (date(2026, 3, 6), date(2026, 3, 13))],
)
def test_five_business_days_after_the_first_notice(told: date, expected: date) -> None:
    found = read(facts(first_told_on=told, told=1), told, more_than=500, days=5)
    assert found.attorney_due == expected
    late = read(facts(first_told_on=told), expected + timedelta(days=2), more_than=500, days=5)
    assert late.days_late == 2


@pytest.mark.parametrize(
    "told", [{"kinds": 0}, {"unreadable": True}, {"harm_likely": False}], ids=str
)
def test_no_notice_is_asked_for(told: dict[str, object]) -> None:
    found = read(facts(**told), DAY, more_than=500, days=5)
    assert not found.notify
    assert not found.attorney
    assert found.all_done
    assert found.why


def test_silence_is_no_determination() -> None:
    assert read(facts(harm_likely=None), DAY, more_than=500, days=5).notify


@given(
    kinds=st.integers(0, 5),
    unreadable=st.booleans(),
    held=st.booleans(),
    harm=st.sampled_from([None, True, False]),
    residents=st.integers(0, 2000),
    told_share=st.floats(0, 1),
    told_on=st.none() | DAYS,
    attorney_on=st.none() | DAYS,
    today=DAYS,
)
def test_nothing_is_done_while_something_is_asked(
    kinds: int,
    unreadable: bool,
    held: bool,
    harm: bool | None,
    residents: int,
    told_share: float,
    told_on: date | None,
    attorney_on: date | None,
    today: date,
) -> None:
    known = facts(
        kinds=kinds,
        unreadable=unreadable,
        held=held,
        harm_likely=harm,
        residents=residents,
        everybody=residents + 3,
        told=int(told_share * (residents + 3)),
        first_told_on=told_on,
        attorney_told_on=attorney_on,
    )
    found = read(known, today, more_than=500, days=5)
    if found.all_done and found.notify:
        assert known.told == known.everybody
        assert attorney_on is not None or residents <= 500
    if found.attorney_due is not None:
        assert told_on is not None
        assert is_business_day(found.attorney_due, holidays=False)
        assert 5 <= (found.attorney_due - told_on).days <= 7
    assert found.days_late >= 0


# --- with a database -----------------------------------------------------------------------------


def opened(actor: Actor, **more: object) -> Breach:
    about: dict[str, object] = {
        "title": "Payroll sheet in a stranger's mailbox",
        "what": "A sheet with names and numbers was sent to a wrong address.",
        "discovered_on": timezone.localdate(),
        "happened_on": timezone.localdate() - timedelta(days=2),
        "kinds": ("ssn",),
    }
    return open_breach(actor=actor, about=About(**about | more))  # type: ignore[arg-type]


def crowd(number: int, state: str = "IA") -> list[Someone]:
    return [Someone(f"Person {n}", "1 Main St", "Ames", state, "50010") for n in range(number)]


@pytest.mark.django_db
def test_the_whole_way_over_500(actor: Actor, superintendent: Person) -> None:
    breach = opened(actor)
    assert add_affected(actor=actor, breach=breach, people=crowd(501)) == 501
    assert add_affected(actor=actor, breach=breach, people=crowd(501)) == 0
    add_affected(actor=actor, breach=breach, people=crowd(3, "IL"))
    assert reading_of(breach).attorney
    with pytest.raises(Refused, match="still asks"):
        close_breach(actor=actor, breach=breach)
    today = timezone.localdate()
    hold(actor=actor, breach=breach, agency="Ames Police", since=today)
    with pytest.raises(Refused, match="Ames Police asked to wait"):
        people_told(actor=actor, breach=breach, on=today, how="letter")
    end_hold(actor=actor, breach=breach, on=today)
    assert people_told(actor=actor, breach=breach, on=today, how="letter") == 504
    assert reading_of(breach).attorney_due is not None
    with pytest.raises(Refused, match="still asks"):
        close_breach(actor=actor, breach=breach)
    attorney_told(actor=actor, breach=breach, on=today)
    close_breach(actor=actor, breach=breach)
    with pytest.raises(Refused, match="closed"):
        add_affected(actor=actor, breach=breach, people=crowd(1))


@pytest.mark.django_db
def test_a_determination_is_kept_for_five_years_and_cannot_be_changed(
    actor: Actor, superintendent: Person
) -> None:
    breach = opened(actor)
    decided = determine(
        person=superintendent,
        breach=breach,
        harm_likely=False,
        reasons="The one who got it is a known colleague and deleted it.",
        consulted="Ames Police",
    )
    assert decided.keep_until == years_later(timezone.localdate(), 5)
    assert not reading_of(breach).notify
    with pytest.raises(DatabaseError), transaction.atomic():
        Determination.objects.update(harm_likely=True)
    with pytest.raises(DatabaseError), transaction.atomic():
        Determination.objects.all().delete()


def test_five_years_after_a_leap_day_is_never_less() -> None:
    assert years_later(date(2028, 2, 29), 5) == date(2033, 3, 1)
    assert years_later(date(2028, 2, 28), 5) == date(2033, 2, 28)


@pytest.mark.django_db
def test_the_letter_has_what_the_statute_asks_and_is_tagged(actor: Actor) -> None:
    breach = opened(actor, kinds=("ssn", "biometric"))
    add_affected(actor=actor, breach=breach, people=crowd(2))
    body = consumer_letters(breach, list(breach.affected.all()))
    paper: Any = PdfReader(io.BytesIO(body))
    assert b"pdfuaid" in body  # PDF/UA, as it says of itself
    assert paper.trailer["/Root"]["/MarkInfo"]["/Marked"]
    words = " ".join(" ".join(page.extract_text() for page in paper.pages).split())
    for asked in (
        "sent to a wrong address",  # a description of the breach
        f"{timezone.localdate() - timedelta(days=2):%B}",  # its approximate date
        "your Social Security number",  # the type of information
        "biometric",
        *("Equifax", "Experian", "TransUnion"),  # consumer reporting agencies
        "Report it to your local police or to the Attorney General",  # advice
    ):
        assert asked in words
    assert words.count("Information about you may have been taken") == 2


@pytest.mark.django_db
def test_the_packet_names_no_affected_person(actor: Actor) -> None:
    breach = opened(actor)
    add_affected(actor=actor, breach=breach, people=[Someone("Zacharias Zeta", state="IA")])
    with zipfile.ZipFile(io.BytesIO(packet(breach))) as folder:
        names = folder.namelist()
        told = json.loads(folder.read("3-facts.json"))
        papers = [PdfReader(io.BytesIO(folder.read(name))) for name in names if "pdf" in name]
        rest = b"".join(folder.read(name) for name in names if "pdf" not in name)
    assert told["residents"] == 1
    words = "".join(page.extract_text() for paper in papers for page in paper.pages)
    assert "Zacharias" not in words + rest.decode()
    assert "written notice of a breach" in " ".join(words.split())


def test_people_are_read_from_pasted_lines_and_bad_ones_are_named() -> None:
    found, wrong = read_people(
        "Ann Ash; 1 Elm St; Ames; ia; 50010; ann@x.test\n\n"
        "Bob Birch\t2 Elm St\tPeoria\tIL\n"
        "Only a name\n; 3 Elm; Ames; IA\nCy Cole; 4 Elm; Ames; Iowa"
    )
    assert [(one.name, one.state, one.email) for one in found] == [
        ("Ann Ash", "IA", "ann@x.test"),
        ("Bob Birch", "IL", ""),
    ]
    assert [line.split(":")[0] for line in wrong] == ["Line 4", "Line 5", "Line 6"]


@pytest.mark.django_db
def test_pages_from_the_clock_to_the_letters(
    it_admin: Person, superintendent: Person, client_for: ClientFor
) -> None:
    client = client_for(it_admin)
    told = {
        "title": "A lost laptop",
        "what": "It was not encrypted.",
        "discovered_on": timezone.localdate().isoformat(),
        "kinds": ["ssn"],
    }
    address = client.post(reverse("breach-new"), told).headers["Location"]
    lines = "Ann Ash; 1 Elm; Ames; IA; 50010"
    client.post(address, {"do": "people", "people-people": lines})
    page = client.get(address).content.decode()
    assert "People must be told" in page
    assert "Ann Ash" in page
    assert client.get(f"{address}letters/")["Content-Type"] == "application/pdf"
    assert client.get(f"{address}packet/")["Content-Type"] == "application/zip"
    bad = client.post(address, {"do": "people", "people-people": "Ann"})
    assert bad.status_code == 422
    assert "Line 1" in bad.content.decode()
    decide = {"do": "determine", "determine-harm_likely": "no", "determine-reasons": "found again"}
    assert client.post(address, decide).status_code == 404
    client_for(superintendent).post(address, decide)
    page = client.get(address).content.decode()
    assert "The law asks for no notice" in page
    assert "found again" in page
    client.post(address, {"do": "close"})
    assert Breach.objects.get().state == Breach.State.CLOSED


@pytest.mark.django_db
@pytest.mark.parametrize("who", ["principal", "hr", "owner", "stranger"])
def test_who_has_no_business_with_breaches_finds_none(
    request: pytest.FixtureRequest, actor: Actor, client_for: ClientFor, who: str
) -> None:
    breach = opened(actor)
    client = client_for(request.getfixturevalue(who))
    for name in ("breach", "breach-change", "breach-letters", "breach-packet"):
        assert client.get(reverse(name, args=[breach.key])).status_code == 404
    assert client.get(reverse("breach-new")).status_code == 404


@pytest.mark.django_db
def test_another_states_law_is_a_file(instance: Instance, actor: Actor) -> None:
    own = instance.root / "breach.toml"
    own.write_text("[notice]\nstate = 5")
    with pytest.raises(BadLaw, match="Mend or remove it"):
        law()
    own.unlink()
    assert law().state == "IA"
