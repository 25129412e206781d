"""Anybody reads the policy, without an account."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client

from hornbook.district.filtering.models import Action, Category, Rule
from hornbook.district.policy.access import clause_by_key
from hornbook.district.policy.models import ClauseText, LegalBasis
from tests.district.policy.conftest import TINY, Import

pytestmark = pytest.mark.django_db


def page(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def test_without_a_policy_the_page_says_what_to_do(client: Client) -> None:
    assert "No policy is in force here yet" in page(client, "/policy/")


def test_official_and_plain_words_stand_side_by_side(client: Client, import_text: Import) -> None:
    import_text()
    ClauseText.objects.filter(clause__key="SEC-1").update(plain="Log out when you go.")
    text = page(client, "/policy/")
    assert "Users must log out of shared devices." in text
    assert "Log out when you go." in text
    assert text.count("Not yet explained.") == 3
    assert 'id="SEC-1"' in text
    assert "Adopted 13 May 2013" in text


def test_choices_narrow_the_list(client: Client, import_text: Import) -> None:
    import_text()
    text = page(client, "/policy/?force=should&holder=staff")
    assert "Staff should report damage" in text
    assert "Users must log out" not in text
    assert "1 of 4 clauses" in text


def test_a_choice_that_does_not_exist_narrows_nothing(client: Client, import_text: Import) -> None:
    import_text()
    assert "4 clauses" in page(client, "/policy/?force=gentle&holder=robots")


def test_choices_that_fit_nothing_say_so(client: Client, import_text: Import) -> None:
    import_text()
    assert "No clause fits both choices" in page(client, "/policy/?force=may&holder=district")


def test_several_policies_are_offered_by_title(client: Client, import_text: Import) -> None:
    import_text()
    other = TINY.replace("Use of Technology", "Volunteers").replace("log out", "sign out")
    import_text(other, policy="volunteers")
    chosen = page(client, "/policy/")
    assert 'href="?policy=volunteers"' in chosen
    assert "Users must sign out" in page(client, "/policy/?policy=volunteers")
    assert client.get("/policy/?policy=none").status_code == 404


def test_a_clause_has_a_permanent_address(client: Client, import_text: Import) -> None:
    import_text()
    text = page(client, "/policy/SEC-1/")
    assert "Users must log out of shared devices." in text
    assert "SEC-1@2" in text
    assert "9 June 2025" in text
    assert "The wording of this revision is not on file." in text
    assert "No topic and no rule of the filter cites it." in text
    assert client.get("/policy/sec-1/")["Location"] == "/policy/SEC-1/"


def test_a_clause_page_says_what_rests_on_it(client: Client, import_text: Import) -> None:
    import_text()
    clause = clause_by_key("SEC-1")
    Category.objects.create(
        key="malware", name="Malicious software", plain="", clause=clause, basis=LegalBasis.SECURITY
    )
    Rule.objects.create(
        order=1,
        key="no-malware",
        name="Close dangerous places",
        action=Action.BLOCK,
        clause=clause,
        basis=LegalBasis.SECURITY,
    )
    text = page(client, "/policy/SEC-1/")
    assert "Malicious software" in text
    assert "Close dangerous places" in text


def test_an_ended_clause_shows_its_last_words_and_says_so(
    client: Client, import_text: Import
) -> None:
    import_text()
    revised = TINY.replace("Everyone may ask for help.", "")
    import_text(revised, effective=date(2025, 7, 1))
    text = page(client, "/policy/SEC-2/")
    assert "no longer in force" in text
    assert "Everyone may ask for help." in text
    assert "SEC-2" not in page(client, "/policy/")


def test_a_clause_of_a_coming_revision_is_not_shown_as_binding(
    client: Client, import_text: Import
) -> None:
    import_text(TINY.replace("June 9, 2025", "June 9, 2125"))
    text = page(client, "/policy/SEC-1/")
    assert "not yet in force" in text
    assert "No policy is in force here yet" in page(client, "/policy/")


def test_a_key_that_does_not_exist_is_not_found(client: Client, import_text: Import) -> None:
    import_text()
    assert client.get("/policy/XYZ-1/").status_code == 404


def test_words_of_a_policy_are_never_markup(client: Client, import_text: Import) -> None:
    import_text(TINY.replace("shared devices", "<script>alert(1)</script>"))
    for address in ("/policy/", "/policy/SEC-1/"):
        text = page(client, address)
        assert "<script>alert" not in text
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text


@pytest.mark.parametrize("address", ["/policy/", "/policy/SEC-1/"])
def test_the_pages_are_for_reading_only(client: Client, address: str) -> None:
    assert client.post(address).status_code == 405
