"""No one sees a person's questions without a purpose, nor single ones without a second one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from hornbook.district.filtering.models import Reason
from hornbook.district.ledger.access import looks_at
from hornbook.district.ledger.actions import LOOK
from hornbook.district.ledger.models import Leaf, Opening
from hornbook.district.people.models import Person
from hornbook.district.records.actions import (
    Refused,
    approve_purpose,
    close_purpose,
    look_for,
    open_purpose,
)
from hornbook.district.records.models import Level, Purpose
from tests.district.records.conftest import Write

pytestmark = pytest.mark.django_db
ClientFor = Callable[[Person | None], Client]


def ask(actor: Person, subject: Person, level: str = Level.NAMES, kind: str = "support") -> Purpose:
    today = timezone.localdate()
    return open_purpose(
        actor=actor,
        subject=subject,
        kind=kind,
        reason="She asked why her page is blocked.",
        level=level,
        since=today - timedelta(days=7),
        until=today,
        days=3,
    )


def page(client: Client, purpose: Purpose) -> str:
    answer = client.get(reverse("purpose", args=[purpose.pk]))
    assert answer.status_code == 200
    return answer.content.decode()


def test_sums_open_at_once_and_single_questions_do_not(
    client_for: ClientFor, principal: Person, owner: Person, write: Write
) -> None:
    write(3, person=owner.key, site="maple", name="secret.example")
    text = page(client_for(principal), ask(principal, owner))
    assert "3 questions in this time" in text
    assert "A second person must agree" in text
    assert "secret.example" not in text


def test_a_second_person_agrees_and_only_the_first_one_sees(
    client_for: ClientFor, principal: Person, hr: Person, owner: Person, write: Write
) -> None:
    told = {"path": "/diary/one", "note": "reason given"}
    write(3, person=owner.key, site="maple", name="secret.example", **told)
    write(1, person=hr.key, site="central", name="other.example")
    purpose = ask(principal, owner)
    second = client_for(hr)
    assert "secret.example" not in page(second, purpose)
    second.post(reverse("purpose", args=[purpose.pk]), {"do": "approve"})
    assert "secret.example" not in page(second, purpose)
    text = page(client_for(principal), purpose)
    assert "secret.example/diary/one" in text
    assert "reason given" in text
    assert "other.example" not in text


def test_reasons_at_warnings_open_with_the_single_questions_and_within_the_period(
    client_for: ClientFor, principal: Person, hr: Person, owner: Person, write: Write
) -> None:
    write(1, person=owner.key, site="maple")
    now = timezone.now()
    for number, (person, days) in enumerate([(owner, 1), (owner, 30), (hr, 1)]):
        at = now - timedelta(days=days)
        Reason.objects.create(
            receipt=f"K7QM-4XPD-{number:02}", person=person, person_label=str(person), at=at,
            name="shop.example", words=f"reason {number}", rule="shops",
            clause_version="FOCUS-1@1", until=at,
        )  # fmt: skip
    sums = ask(principal, owner, level=Level.SUMS)
    assert "reason 0" not in page(client_for(principal), sums)
    purpose = ask(principal, owner)
    assert "reason 0" not in page(client_for(principal), purpose)
    client_for(hr).post(reverse("purpose", args=[purpose.pk]), {"do": "approve"})
    assert "reason 0" not in page(client_for(hr), purpose)
    text = page(client_for(principal), purpose)
    assert "reason 0" in text
    assert "reason 1" not in text  # before the period
    assert "reason 2" not in text  # another's
    assert "your reasons at warnings" in next(iter(looks_at(owner.key))).what


def test_each_look_is_a_leaf_that_its_subject_reads(
    client_for: ClientFor, principal: Person, owner: Person, write: Write
) -> None:
    write(1, person=owner.key)
    purpose = ask(principal, owner, Level.SUMS)
    for _ in range(2):
        page(client_for(principal), purpose)
    seen = looks_at(owner.key)
    assert len(seen) == 2
    assert seen[0].who == "Pia Principal"
    assert seen[0].purpose == "Help that they asked for: She asked why her page is blocked."
    mine = client_for(owner).get(reverse("me")).content.decode()
    assert "Pia Principal" in mine
    assert "sums of what you asked" in mine.lower()


def test_a_look_into_an_open_case_is_told_later_and_is_in_the_ledger_at_once(
    principal: Person, owner: Person
) -> None:
    look_for(ask(principal, owner, Level.SUMS, "case"), actor=principal, level=Level.SUMS)
    assert looks_at(owner.key) == []
    assert Leaf.objects.filter(verb=LOOK).count() == 1


def test_the_written_reason_is_sealed(principal: Person, owner: Person) -> None:
    ask(principal, owner)
    leaf = Leaf.objects.get(verb="records.purpose-asked")
    assert "blocked" not in str(leaf.detail)
    assert Opening.objects.get(leaf=leaf).value == "She asked why her page is blocked."


@pytest.mark.parametrize("who", ["principal", "owner"])
def test_neither_who_asks_nor_whom_it_is_about_can_agree(
    request: pytest.FixtureRequest, principal: Person, owner: Person, who: str
) -> None:
    purpose, second = ask(principal, owner), request.getfixturevalue(who)
    with pytest.raises(Refused, match="Somebody else"):
        approve_purpose(purpose, actor=second)
    with pytest.raises(IntegrityError), transaction.atomic():
        Purpose.objects.filter(pk=purpose.pk).update(approved_by=second)


def test_a_purpose_ends(
    client_for: ClientFor, principal: Person, owner: Person, hr: Person
) -> None:
    purpose = ask(principal, owner)
    Purpose.objects.update(ends_at=timezone.now() - timedelta(seconds=1))
    assert "This purpose has ended" in page(client_for(principal), purpose)
    purpose.refresh_from_db()
    with pytest.raises(Refused, match="has ended"):
        look_for(purpose, actor=principal, level=Level.SUMS)
    with pytest.raises(Refused, match="has ended"):
        approve_purpose(purpose, actor=hr)


def test_who_asked_may_end_it(client_for: ClientFor, principal: Person, owner: Person) -> None:
    purpose = ask(principal, owner, Level.SUMS)
    close_purpose(purpose, actor=principal)
    close_purpose(purpose, actor=principal)
    assert Leaf.objects.filter(verb="records.purpose-closed").count() == 1
    assert "This purpose has ended" in page(client_for(principal), purpose)


def test_the_principal_of_another_school_sees_no_purpose_and_no_person(
    client_for: ClientFor, principal: Person, other_principal: Person, owner: Person
) -> None:
    purpose = ask(principal, owner)
    client = client_for(other_principal)
    assert client.get(reverse("purpose", args=[purpose.pk])).status_code == 404
    assert client.get(reverse("purpose-new", args=[owner.key])).status_code == 404
    assert client.post(reverse("purpose", args=[purpose.pk]), {"do": "approve"}).status_code == 404
    assert Leaf.objects.filter(verb="look.refused", actor="Otto Otherhead").count() == 2


@pytest.mark.parametrize("name", ["owner", "colleague", "stranger"])
def test_those_without_the_role_cannot_ask(
    request: pytest.FixtureRequest, client_for: ClientFor, student: Person, name: str
) -> None:
    client = client_for(request.getfixturevalue(name))
    assert client.get(reverse("purposes")).status_code == 404
    assert client.get(reverse("purpose-new", args=[student.key])).status_code == 404


def test_the_form_opens_a_purpose_and_keeps_what_was_typed(
    client_for: ClientFor, principal: Person, owner: Person
) -> None:
    client, address = client_for(principal), reverse("purpose-new", args=[owner.key])
    told = {"kind": "safety", "reason": "Bruises.", "level": "names", "days": "7"}
    answer = client.post(address, told | {"since": "2026-11-09", "until": "2026-11-02"})
    assert "before the first day" in answer.content.decode()
    assert "Bruises." in answer.content.decode()
    answer = client.post(address, told | {"since": "2026-11-02", "until": "2026-11-09"})
    assert answer.status_code == 302
    assert Purpose.objects.get().kind == "safety"


def test_a_kind_that_the_law_does_not_know_is_refused(principal: Person, owner: Person) -> None:
    with pytest.raises(Refused, match="no lawful purpose"):
        ask(principal, owner, kind="curiosity")
