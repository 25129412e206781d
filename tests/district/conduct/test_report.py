"""From a phone without an account to a case: the whole way, and what it leaves behind."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from hornbook.district.conduct.models import Case, Report, Seat
from hornbook.district.ledger.models import Leaf
from hornbook.district.mail.models import Letter
from hornbook.district.people.models import Person
from tests.district.conduct.conftest import ANSWERS, Sent

pytestmark = pytest.mark.django_db
ClientFor = Callable[[Person | None], Client]


def test_each_page_asks_one_question_and_loses_nothing(
    sites: object, policy_in_force: object
) -> None:
    client, told = Client(), {"step": ""}
    for step in ("kind", "site", "what", "who", "talk"):
        page = client.post("/report/", told).content.decode()
        assert f'name="step" value="{step}"' in page
        told = {**told, **_of(step), "step": step}
    last = client.post("/report/", told).content.decode()
    assert 'name="step" value="send"' in last
    assert ANSWERS["what"] in last
    assert "Maple Elementary" in last


def _of(step: str) -> dict[str, str]:
    names = {"who": ("who", "office")}.get(step, (step,))
    return {name: ANSWERS[name] for name in names}


def test_going_back_keeps_the_answers(sites: object, policy_in_force: object) -> None:
    page = Client().post("/report/", {**ANSWERS, "step": "who", "back": "1"}).content.decode()
    assert 'name="step" value="what"' in page
    assert ANSWERS["what"] in page


def test_an_unanswered_question_is_asked_again(sites: object, policy_in_force: object) -> None:
    page = Client().post("/report/", {**ANSWERS, "what": " ", "step": "what"})
    assert page.status_code == 422
    assert "Tell it in your own words" in page.content.decode()


def test_a_report_is_sealed_and_its_receipt_is_kept_as_a_hash_only(
    send: Callable[..., Sent], principal: Person
) -> None:
    sent = send()
    digits = sent.receipt.replace(" ", "")
    assert digits not in sent.report.receipt_hash
    assert ANSWERS["what"].encode() not in bytes(sent.report.sealed)
    assert sent.report.assigned_to == principal
    assert sent.report.clause_text is not None


def test_its_reader_is_told_that_something_waits_and_never_what(
    send: Callable[..., Sent], principal: Person
) -> None:
    send()
    letter = Letter.objects.get()
    assert letter.person == principal
    assert "4b" not in letter.body
    assert "http" not in letter.body


def test_words_of_danger_are_said_before_it_is_sent(sites: object, policy_in_force: object) -> None:
    told = {**ANSWERS, "what": "He says he will bring a gun tomorrow.", "step": "what"}
    page = Client().post("/report/", told).content.decode()
    assert "This sounds like danger" in page
    assert not Report.objects.exists()


def test_whoever_has_the_number_reads_and_answers(
    send: Callable[..., Sent], client_for: ClientFor, principal: Person
) -> None:
    sent = send()
    address = f"/cases/reports/{sent.report.key}/"
    client_for(principal).post(address, {"do": "ask", "words": "In which chat was it?"})
    page = Client().post("/report/check/", {"receipt": sent.receipt}).content.decode()
    assert "We have a question for you" in page
    assert "In which chat was it?" in page
    Client().post("/report/check/", {"receipt": sent.receipt, "say": "1", "words": "In the blue"})
    assert "In the blue" in client_for(principal).get(address).content.decode()


def test_the_number_works_as_it_was_written_down(send: Callable[..., Sent]) -> None:
    typed = send().receipt.replace(" ", "-")
    assert "told on" in Client().post("/report/check/", {"receipt": typed}).content.decode()


@pytest.mark.parametrize("typed", ["", "1234", "1234 5678 9012 3456"])
def test_a_number_that_is_none_opens_nothing(send: Callable[..., Sent], typed: str) -> None:
    send()
    assert Client().post("/report/check/", {"receipt": typed}).status_code == 422


def test_guessing_is_slowed_down(send: Callable[..., Sent]) -> None:
    sent = send()
    for _ in range(10):
        Client().post("/report/check/", {"receipt": "0000 0000 0000 0000"})
    assert Client().post("/report/check/", {"receipt": sent.receipt}).status_code == 429


def test_from_report_to_case(
    send: Callable[..., Sent], client_for: ClientFor, principal: Person
) -> None:
    sent = send()
    client = client_for(principal)
    told = {"open": "1", "title": "Names in a chat", "kind": "bullying", "conduct_on": "2026-03-02"}
    page = client.post(
        f"/cases/reports/{sent.report.key}/", {**told, "site": str(sent.report.site_id)}
    )
    case = Case.objects.get()
    assert page["Location"] == f"/cases/{case.key}/"
    assert client.get(page["Location"]).status_code == 200
    assert list(Seat.objects.values_list("person", "capacity")) == [(principal.pk, "lead")]
    sent.report.refresh_from_db()
    assert sent.report.state == Report.State.WORK


def test_a_look_is_a_leaf(
    send: Callable[..., Sent], client_for: ClientFor, principal: Person
) -> None:
    sent = send()
    client_for(principal).get(f"/cases/reports/{sent.report.key}/")
    looks = Leaf.objects.filter(verb="look", object=f"report:{sent.report.key}")
    assert [leaf.actor for leaf in looks] == [str(principal)]


def test_others_find_nothing(
    send: Callable[..., Sent],
    client_for: ClientFor,
    colleague: Person,
    other_principal: Person,
    superintendent: Person,
    principal: Person,
) -> None:
    sent = send()
    for person in (colleague, other_principal, superintendent):
        assert client_for(person).get(f"/cases/reports/{sent.report.key}/").status_code == 404
