"""Anybody reads the policy, without an account."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from pypdf import PdfReader

from hornbook.district.filtering.models import Action, Category, Rule
from hornbook.district.policy.access import clause_by_key
from hornbook.district.policy.languages import Translated
from hornbook.district.policy.library import link_clause, translate_revision
from hornbook.district.policy.models import ClauseText, LegalBasis
from tests.district.policy.conftest import ACTOR, TINY, Import

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
    assert 'href="/policy/volunteers/"' in chosen
    assert "Users must sign out" in page(client, "/policy/volunteers/")
    assert client.get("/policy/?policy=volunteers&on=2026-01-01")["Location"] == (
        "/policy/volunteers/?on=2026-01-01"
    )
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
    book = page(client, "/policy/")
    assert 'id="SEC-2"' not in book
    assert "Taken out then" in book


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


def test_the_policy_is_read_as_it_was_on_a_day(client: Client, import_text: Import) -> None:
    import_text()
    import_text(TINY.replace("must log out of", "must lock") + "\nRevised: May 4, 2026\n")
    now = page(client, "/policy/tiny/")
    assert "Users must lock shared devices." in now
    assert "1 of them changed, came or went then." in now
    assert "log out of" in now, "the old words stand struck out"
    then = page(client, "/policy/tiny/?on=2025-12-31")
    assert "Users must log out of shared devices." in then
    assert "must lock" not in then
    assert "The words of that day are not on file" in page(client, "/policy/tiny/?on=2019-03-01")
    assert "not adopted yet on that day" in page(client, "/policy/tiny/?on=1999-03-01")
    assert "Users must lock" in page(client, "/policy/tiny/?on=someday")


def test_another_language_stands_beside_and_does_not_bind(
    client: Client, import_text: Import
) -> None:
    revision = import_text().revision
    words = {"SEC-1": Translated("Cierren la sesión.", "Cierre al irse.")}
    translate_revision(actor=ACTOR, revision=revision, lang="es", translated=words)
    text = page(client, "/policy/tiny/?lang=es")
    assert "Cierren la sesión." in text
    assert "The English words bind." in text
    assert "3 clauses changed or came since the translation" in text
    assert "Cierren" not in page(client, "/policy/tiny/?lang=fr")


def test_the_pdf_is_tagged_for_those_who_listen(client: Client, import_text: Import) -> None:
    import_text()
    answer = client.get("/policy/tiny/policy.pdf")
    assert answer["Content-Type"] == "application/pdf"
    document: Any = PdfReader(BytesIO(answer.content))
    catalog = document.trailer["/Root"]
    assert catalog["/MarkInfo"]["/Marked"]
    assert str(catalog["/Lang"]).startswith("en")
    assert "pdfuaid" in catalog["/Metadata"].get_object().get_data().decode()
    assert document.metadata.title == "Use of Technology"
    kinds = set(structure(catalog["/StructTreeRoot"]))
    assert {"/H1", "/H2", "/H3", "/P", "/L", "/LI"} <= kinds
    words = " ".join(" ".join(page.extract_text().split()) for page in document.pages)
    assert "Users must log out of shared devices." in words
    assert client.get("/policy/tiny/policy.pdf?on=2019-03-01").status_code == 404


def structure(node: Any) -> Iterator[str]:
    """The kinds of all structure elements below, as a screen reader walks them."""
    node = node.get_object() if hasattr(node, "get_object") else node
    if not isinstance(node, dict):
        return
    if "/S" in node:
        yield node["/S"]
    children = node.get("/K", [])
    for child in children if isinstance(children, list) else [children]:
        yield from structure(child)


def test_a_clause_tells_of_the_policies_that_lean_on_it(
    client: Client, import_text: Import
) -> None:
    import_text()
    other = TINY.replace("Use of Technology", "Volunteers").replace(
        "Users must log out of shared devices.", "They must know the rules of Use of Technology."
    )
    volunteers = import_text(other, policy="volunteers").revision.policy
    target = clause_by_key("PRI-1")
    source = volunteers.clauses.get(texts__official__contains="rules of Use")
    link_clause(actor=ACTOR, source=source, policy=target.policy, clause=target, words="adds to it")
    assert "leans on it: adds to it" in page(client, "/policy/PRI-1/")
    assert 'href="/policy/tiny/"' in page(client, f"/policy/{source.key}/")
